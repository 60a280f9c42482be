"""Where in a name and in a folder's path the match lies, in the letters as they are written. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from unicodedata import combining

from files.folding import folded
from search.matching import Query


class Piece(NamedTuple):
    """A stretch of text, and whether it is what was looked for."""

    text: str
    is_match: bool


def marked_name(query: Query, name: str) -> list[Piece]:
    """`name`, a hit's, in pieces."""
    letters = _Letters(name)
    if query.ending is None and not query.means_folders:
        spans = letters.everywhere(query.words)
    elif query.ending is None:
        spans = letters.at_the_end(query.name)
    else:
        spans = letters.at_the_start(query.name)
    return _pieces(name, spans)


def marked_folder(query: Query, path: str) -> list[Piece]:
    """The path of the folder that a hit lies in, in pieces. It ends in a slash, unless it is the root."""
    if query.ending is None or not path:
        return _pieces(path, [])
    return _pieces(path, _Letters(path).at_the_end(query.ending.removeprefix("/")))


class _Letters:
    """A text folded letter by letter (a letter with its accents), so that a place in the one is known in the other."""

    def __init__(self, text: str) -> None:
        self.folded = ""
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in _letters(text):
            piece = folded(text[start:end])
            self.folded += piece
            self._starts += [start] * len(piece)
            self._ends += [end] * len(piece)

    def everywhere(self, words: Iterable[str]) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for start, end in sorted(span for word in words if word for span in self._each(word)):
            if spans and start < spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((start, end))
        return spans

    def _each(self, word: str) -> Iterator[tuple[int, int]]:
        at = self.folded.find(word)
        while at >= 0:
            yield self._span(at, word)
            at = self.folded.find(word, at + len(word))

    def at_the_start(self, needle: str) -> list[tuple[int, int]]:
        return [self._span(0, needle)] if needle and self.folded.startswith(needle) else []

    def at_the_end(self, needle: str) -> list[tuple[int, int]]:
        at = len(self.folded) - len(needle)
        return [self._span(at, needle)] if needle and self.folded.endswith(needle) else []

    def _span(self, at: int, needle: str) -> tuple[int, int]:
        return self._starts[at], self._ends[at + len(needle) - 1]


def _letters(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not combining(text[end]):
            yield start, end
            start = end


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [Piece(text[at:start], False), Piece(text[max(start, at) : end], True)]
        at = end
    pieces.append(Piece(text[at:], False))
    return [piece for piece in pieces if piece.text]
