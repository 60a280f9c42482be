"""What is looked for ahead of a listing's pages, to show where it may be cut: folders, and words that names begin with. Pure.

Both are the same question to the store: what do the keys below here go on with, up to the next slash, or the next space?
"""

from collections import deque
from collections.abc import Sequence

from buckets.s3.lister.alphabets import looks_random
from buckets.s3.lister.keyspace import shared
from buckets.s3.lister.ranges import Job, Range

FOLDERS_ENOUGH = 8
_DEEPEST = 4
_PAGES_TO_WAIT = 3
_WORDS_AT_ONCE = 1
_MOST_WORDS = 56


class Lookout:
    """The questions of one listing below `prefix`: folders with `descends`, words once its names prove to be made of them."""

    def __init__(self, prefix: str, *, descends: bool) -> None:
        self._prefix = prefix
        self._descends = descends
        self._waiting: deque[Job] = deque()
        self._asked: set[tuple[str, str]] = set()
        self._awaited: set[tuple[str, str]] = set()
        self._under_way = 0
        self._words = 0
        self._between = ""
        self.are_words = False
        if descends:
            self._ask([prefix], "/", is_awaited=True)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def are_coming(self) -> bool:
        """Whether answers are still to come."""
        return bool(self._waiting or self._under_way)

    def is_worth_waiting_for(self, *, pages: int) -> bool:
        """Whether to cut only when answers are there; after so many pages nobody waits any more."""
        return bool(self._awaited) and pages < _PAGES_TO_WAIT

    def take(self) -> Job:
        self._under_way += 1
        return self._waiting.popleft()

    def answered(self, job: Job) -> None:
        """An answer came, or won't come any more."""
        self._under_way -= 1
        self._awaited.discard((job.folder, job.delimiter))

    def look_around(self, samples: Sequence[str]) -> None:
        """After the first page: the folders that hold it are looked into at once, instead of one after the other from the top,
        and the words that its names begin with."""
        common = samples[0][: shared(samples[0], samples[-1])]
        above = common[: common.rfind("/") + 1]
        is_flat = "/" not in samples[0][len(common) :]
        if self._descends:
            names = common[len(self._prefix) :].split("/")[:-1]
            inside = ["/".join(names[: depth + 1]) for depth in range(len(names) - is_flat)]
            self._ask([f"{self._prefix}{name}/" for name in inside[:_DEEPEST]], "/", is_awaited=True)
        self.are_words = " " in samples[0] and " " in samples[-1]
        if is_flat:
            self._between = _between_words(samples, start=max(len(above), len(self._prefix)))
            self.are_words = self.are_words or bool(self._between)
            self._ask_words(samples[-1], start=len(above), is_awaited=True)

    def look_further(self, ahead: Range, *, is_known: bool) -> None:
        """After a page that did not end its range: its words are looked for, unless it `is_known` where to cut."""
        if self._between and not is_known:
            common = 0 if ahead.until is None else shared(ahead.at, ahead.until)
            stem = ahead.at[: max(common, len(self._prefix))]
            start = max(stem.rfind("/"), stem.rfind(self._between)) + 1
            self._ask_words(ahead.at, start=max(start, len(self._prefix), ahead.at.rfind("/") + 1))

    def found(self, job: Job, names: Sequence[str], *, is_whole: bool) -> list[str]:
        """What of an answer shows where to cut: with words not what lies in folders, nor what is no word but goes on and on."""
        if job.delimiter == "/":
            return list(names)
        own = [name for name in names if "/" not in name[len(job.folder) :]]
        return own if is_whole else []

    def descend(self, job: Job, found: Sequence[str], *, known: int, pages: float) -> None:
        """Looks into what was `found`, too, while there are few places to cut for so many pages."""
        if job.delimiter != "/":
            if known < pages and self._words + len(found) <= _MOST_WORDS:
                self._words += len(found)
                self._ask(found, job.delimiter)
        elif job.folder[len(self._prefix) :].count("/") + 1 < _DEEPEST and known < FOLDERS_ENOUGH:
            self._ask(found, "/")

    def _ask_words(self, key: str, *, start: int, is_awaited: bool = False) -> None:
        if not self._between or self._words >= _MOST_WORDS:
            return
        ends = [start, *(at + 1 for at in range(start, len(key)) if key[at] == self._between)]
        stems = [key[:end] for end in ends if (key[:end], self._between) not in self._asked]
        self._words += len(stems[:_WORDS_AT_ONCE])
        self._ask(stems[:_WORDS_AT_ONCE], self._between, is_awaited=is_awaited)

    def _ask(self, folders: Sequence[str], delimiter: str, *, is_awaited: bool = False) -> None:
        for folder in folders:
            if (folder, delimiter) not in self._asked:
                self._asked.add((folder, delimiter))
                self._waiting.append(Job(None, folder, delimiter))
                if is_awaited:
                    self._awaited.add((folder, delimiter))


def _between_words(samples: Sequence[str], *, start: int) -> str:
    """What stands between the words of these names, which begin at character `start`; empty where they aren't made of words."""
    names = [sample[start:] for sample in samples]
    if 2 * sum(" " in name for name in names) >= len(names):
        return " "
    at = shared(names[0], names[-1])
    if not names[-1][at : at + 1].isalpha() or looks_random(names[-1], at):
        return ""
    return next((mark for mark in "_-" if 2 * sum(mark in name for name in names) >= len(names)), "")
