"""What a listing comes to: how much it holds, and a digest by which the same listing is known again. Pure."""

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from buckets.paths import MAY_BE_UNREACHABLE, why_unreachable
from files.rows import BIGGEST, Columns, Row

BIG = 2_000
"""Folders with more entries are kept in indexes by name, date and size; those of others are sorted when they are shown."""
_BATCH = 1_000
_DIGEST_VERSION = b"2"
_PLAIN = bytes(code for code in range(127) if code == 0 or (code > 31 and chr(code) not in "\\%"))
_SUSPECT = re.compile(MAY_BE_UNREACHABLE, re.IGNORECASE)


class Sums(NamedTuple):
    """What entries come to: `digest` is 32 bytes that differ when any entry does; `files` and their `size` leave out hidden
    ones. `odd` counts the shown files and folders whose names nothing may be done with, `entries` all there are."""

    digest: bytes
    files: int
    folders: int
    size: int
    odd: int
    entries: int

    @property
    def is_big(self) -> bool:
        """Whether sorting all entries for every page would take too long."""
        return self.entries > BIG


class Parts:
    """Rows sorted by kind and name as columns, a thousand at a time; they are read anew every time."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Columns]:
        coming = iter(self._rows)
        while batch := list(islice(coming, _BATCH)):
            yield Columns.of(batch)


def sums_of(parts: Iterable[Columns]) -> Sums:
    """The sums of all of a folder's entries, read once."""
    # Each column has a digest of its own, so that it doesn't matter how the entries were divided. Every text ends in NUL,
    # which none that is stored contains, and every number takes eight bytes: nothing else looks the same.
    digests = [hashlib.sha256(_DIGEST_VERSION) for _ in range(6)]
    files = folders = size = odd = entries = 0
    for part in parts:
        for digest, column in zip(digests, _packed(part), strict=True):
            digest.update(column)
        folders += len(part.folders)
        files += len(part.names) - len(part.hidden)
        size += sum(part.sizes)
        if part.hidden:
            size -= sum(
                size for name, size in zip(part.names, part.sizes, strict=True) if name in part.hidden
            )
        odd += _odd(part.folders) + _odd(part.names, without=part.hidden)
        entries += len(part)
    whole = hashlib.sha256(b"".join(digest.digest() for digest in digests))
    return Sums(whole.digest(), files, folders, min(size, BIGGEST), odd, entries)


def _packed(part: Columns) -> tuple[bytes, ...]:
    numbers = array("q", part.sizes).tobytes(), array("q", part.microseconds).tobytes()
    return (*map(_ended, (part.folders, part.names, part.etags, part.classes)), *numbers)


def _ended(texts: Sequence[str]) -> bytes:
    return "\x00".join((*texts, "")).encode()


def _odd(names: Sequence[str], *, without: frozenset[str] = frozenset()) -> int:
    if not names or _are_plain(names):
        return 0
    return sum(1 for name in names if name not in without and _SUSPECT.search(name) and why_unreachable(name))


def _are_plain(names: Sequence[str]) -> bool:
    """Whether no name can be odd, told by all of them at once; a few that are not look so, too."""
    ended = _ended(names)
    if ended.translate(None, _PLAIN) and not _is_plain_beyond_ascii(names):
        return False
    return b"\x00\x00" not in b"\x00" + ended.translate(None, b". ")


def _is_plain_beyond_ascii(names: Sequence[str]) -> bool:
    joined = "".join(names)
    return joined.isprintable() and "\\" not in joined and "%" not in joined
