"""The words in a folder's names, stretch by stretch: what a search looks through before it looks at entries. Pure.

Names of one folder are much alike, so all words of a hundred names, each once, are a fraction of the names; an index of them
is made in a tenth of the time that an index of every name takes, and is a tenth as long. Where a stretch ends is said by the
names themselves: a file that comes or goes changes one stretch, not all behind it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from files.folding import all_indexed
from files.rows import FILE, FOLDER, Columns

USUAL = 128
"""How many names a stretch of a big folder has on average."""
MOST = 4 * USUAL
_APART = bytes(code if code > 127 or chr(code).isalnum() else 32 for code in range(256))
_WORD = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
_SHORTEST = 3


class Words(NamedTuple):
    """A stretch: some shown entries of one kind that follow each other by name, from `first` to `last`. `words` are the words of their
    folded names, each once, with a space before, between and behind; what is no ASCII counts as part of a word."""

    kind: int
    first: str
    last: str
    words: str


def stretches_of(portions: Iterable[Columns]) -> Iterator[Words]:
    """The stretches of a folder, whose entries come sorted by kind and name, divided in any way."""
    cutting = {FOLDER: _Cutting(FOLDER), FILE: _Cutting(FILE)}
    for part in portions:
        yield from cutting[FOLDER].add(part.folders, all_indexed(part.folders))
        if part.hidden:
            shown = [pair for pair in zip(part.names, part.folded, strict=True) if pair[0] not in part.hidden]
            yield from cutting[FILE].add([name for name, _ in shown], [folded for _, folded in shown])
        else:
            yield from cutting[FILE].add(part.names, part.folded)
    for each in cutting.values():
        yield from each.rest()


class _Cutting:
    """Divides names of one kind as they come. A stretch begins with every name that a checksum chooses."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._names: list[str] = []
        self._folded: list[str] = []

    def add(self, names: Sequence[str], folded: Sequence[str]) -> Iterator[Words]:
        if not names:
            return
        codes = map(crc32, "\x00".join(names).encode().split(b"\x00"))
        done = 0
        for place in [place for place, code in enumerate(codes) if not code % USUAL]:
            yield from self._take(names[done:place], folded[done:place])
            yield from self.rest()
            done = place
        yield from self._take(names[done:], folded[done:])

    def _take(self, names: Sequence[str], folded: Sequence[str]) -> Iterator[Words]:
        while names:
            room = MOST - len(self._names)
            self._names += names[:room]
            self._folded += folded[:room]
            names, folded = names[room:], folded[room:]
            if len(self._names) == MOST:
                yield from self.rest()

    def rest(self) -> Iterator[Words]:
        """What has been taken and not handed out, if anything."""
        if self._names:
            yield Words(self._kind, self._names[0], self._names[-1], _words_of(self._folded))
        self._names, self._folded = [], []


def _words_of(folded: Sequence[str]) -> str:
    words = dict.fromkeys("\x00".join(folded).encode().translate(_APART).split())
    return f" {b' '.join(words).decode()} "


def patterns_of(text: str, *, begins: bool = False, ends: bool = False) -> list[str]:
    """What for LIKE the words of a stretch must be like when a name in it holds the folded `text`, or begins or ends with it.

    The index finds them. A text of nothing but short words may have none: see `short_parts_of`.
    """
    return [f"%{part}%" for part in _parts_of(text, begins, ends) if len(part) >= _SHORTEST]


def short_parts_of(text: str, *, begins: bool = False, ends: bool = False) -> list[str]:
    """What the words of such a stretch must hold besides, literally: parts too short for the index, though looking through the
    words is a fraction of looking through the names."""
    return [part for part in _parts_of(text, begins, ends) if len(part) < _SHORTEST]


def _parts_of(text: str, begins: bool, ends: bool) -> Iterator[str]:
    for word in _WORD.finditer(text):
        before = " " if word.start() or begins else ""
        behind = " " if word.end() < len(text) or ends else ""
        yield f"{before}{word[0]}{behind}"
