"""A guess how a bucket's keys are spread: by the folders that were seen, and between them by how names look. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from buckets.s3.lister.alphabets import Alphabets
from buckets.s3.lister.keyspace import after_folder, cut, fraction

_MARKS = 20_000


class Hint(NamedTuple):
    """A page of an earlier listing: its last key, and how many keys it had."""

    upto: str
    keys: int


class Ruler:
    """Turns keys into shares of all keys below `prefix`, 0 to 1, and back.

    `settled` are the characters of folders that are known to the last, by their place. A folder's share is divided evenly among the folders in it as soon as they are known. Hints are worth the keys they had.
    """

    def __init__(self, prefix: str, hints: Sequence["Hint"] = ()) -> None:
        self._prefix = prefix
        self._children: dict[str, list[str]] = {}
        self.settled: dict[int, set[str]] = {}
        self._ceiling: str | None = None
        if hints:
            starts = [prefix, *(hint.upto for hint in hints)]
            keys = [*(hint.keys for hint in hints), 1]
            self._lay([(start, count / sum(keys)) for start, count in zip(starts, keys, strict=True)])
        else:
            self._lay([(prefix, 1.0)])

    def know(
        self, folder: str, children: list[str], *, last: str, is_whole: bool, are_words: bool = False
    ) -> None:
        """`folder` holds the folders `children`, in order, and maybe more unless it `is_whole`; `last` is its last entry.

        Or they `are_words`: what the names that begin with `folder` go on with.
        """
        if children and len(self._marks) + len(children) <= _MARKS:
            self._children[folder] = children
            self._settle(folder, children if is_whole and not are_words else [])
            self._lay(list(self._weighed(self._prefix, 1.0)))
        if is_whole and folder == self._prefix and last:
            self._ceiling = after_folder(last) if last.endswith("/") or last in children[-1:] else last

    def share(self, key: str | None, alphabets: Alphabets) -> float:
        """How much of all keys lies up to `key`; None means the end."""
        if key is None:
            return 1.0
        at = max(0, bisect_right(self._marks, key) - 1)
        inside = fraction(self._marks[at], self._end(at), key, alphabets, floor=len(self._prefix))
        return self._before[at] + self._weights[at] * inside

    def key(self, share: float, alphabets: Alphabets) -> str:
        """A text about where this share of all keys ends."""
        at = min(max(0, bisect_right(self._before, share) - 1), len(self._marks) - 1)
        weight = self._weights[at]
        inside = (share - self._before[at]) / weight if weight else 0.0
        found = cut(self._marks[at], self._end(at), inside, alphabets, floor=len(self._prefix))
        return max(found, self._marks[at])

    def marks_between(self, after: str, upto: str | None) -> list[str]:
        """Folders and hints that are known to lie there, in order."""
        end = len(self._marks) if upto is None else bisect_left(self._marks, upto)
        return self._marks[bisect_right(self._marks, after) : end]

    @property
    def folders(self) -> int:
        """How many folders are known."""
        return sum(map(len, self._children.values()))

    def _settle(self, folder: str, children: list[str]) -> None:
        for child in children:
            for place in range(len(folder), len(child)):
                self.settled.setdefault(place, set()).add(child[place])

    def _end(self, at: int) -> str | None:
        if at + 1 < len(self._marks):
            return self._marks[at + 1]
        return self._ceiling if self._ceiling is None or self._ceiling > self._marks[at] else None

    def _weighed(self, folder: str, weight: float) -> Iterator[tuple[str, float]]:
        children = self._children.get(folder)
        if not children:
            yield folder, weight
            return
        # What lies in the folder itself before its first folder is worth little; what lies behind one counts with it.
        yield folder, weight * 0.01
        for child in children:
            yield from self._weighed(child, weight * 0.98 / len(children))
            yield after_folder(child), weight * 0.01 * (child is children[-1])

    def _lay(self, weighed: list[tuple[str, float]]) -> None:
        self._marks = [mark for mark, _ in weighed]
        self._weights = [weight for _, weight in weighed]
        self._before = [0.0, *accumulate(self._weights)][:-1]


def fitting(hints: Sequence[Hint], prefix: str) -> list[Hint]:
    """The hints that say something of keys below `prefix`, in order, each place once."""
    kept = {
        hint.upto: hint
        for hint in hints
        if hint.upto.startswith(prefix) and hint.upto > prefix and hint.keys > 0
    }
    return [kept[upto] for upto in sorted(kept)]
