"""What of a listing is still to be asked: ranges of keys, and the requests for their next pages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from buckets.s3.lister.alphabets import Alphabets


class Beginning(NamedTuple):
    """What is known already: every key up to and including `upto`, of which `samples` are some, in order."""

    upto: str
    samples: Sequence[str]


MOST_EMPTY = 1_000
"""Pages without a key that may follow each other: a store may have looked at a million deleted ones by then."""


@dataclass(eq=False, slots=True)
class Range:
    """Keys after `cur` up to and including `hi` (None: to the end) that are still to be listed; positions are raw bytes.

    `left` is a guess how many pages that takes; None before anything is known.
    """

    cur: bytes
    hi: bytes | None
    left: float | None = None
    token: str = ""
    is_busy: bool = False
    pages: int = 0
    empty: int = 0
    firsts: set[bytes] = field(default_factory=set)
    galloped: bool = False
    is_behind: bool = False
    samples: Sequence[str] = ()
    alphabets: Alphabets = field(default_factory=lambda: Alphabets(()))

    def gets_nowhere(self, first: bytes | None, *, is_empty: bool, may_return: bool) -> bool:
        """Takes note of a page; whether too many in a row were empty or, where keys `may_return`, were there before."""
        if may_return and first is not None:
            is_empty = is_empty or first in self.firsts
            self.firsts.add(first)
        self.empty = self.empty + 1 if is_empty else 0
        return self.empty > MOST_EMPTY

    @property
    def at(self) -> str:
        return self.cur.decode(errors="replace")

    @property
    def until(self) -> str | None:
        return None if self.hi is None else self.hi.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Job:
    """One request: the next page of `range`, or, without one, what keys that begin with `folder` go on with up to the next
    `delimiter`."""

    range: Range | None
    folder: str = ""
    delimiter: str = "/"

    @property
    def start_after(self) -> bytes:
        return self.range.cur if self.range and not self.range.token else b""

    @property
    def token(self) -> str:
        return self.range.token if self.range else ""


def sendable(text: str) -> bytes:
    """A cut as a store takes it: at most as long as a key, and whole characters."""
    return text.encode(errors="ignore")[:1000].decode(errors="ignore").encode()


def spread(places: list[str], count: int) -> list[str]:
    """At most `count` of them, near ones and far ones."""
    if count >= len(places):
        return places
    return [places[(2 * number + 1) * len(places) // (2 * count)] for number in range(count)]
