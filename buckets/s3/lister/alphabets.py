"""Which characters names have at which place, guessed from some of them. Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_CLASSES = (_DIGITS, _UPPER, _LOWER)
_HEX = re.compile("(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,}|(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{8,}")
_RUN = re.compile("[0-9A-Za-z]{8,}")
_TURN = re.compile("(?<=[0-9])[A-Za-z]|(?<=[A-Z])[0-9a-z]|(?<=[a-z])[0-9A-Z]")
_RANDOM_TURNS = 4
_DATE = re.compile(
    r"(?<!\d)20(?P<decade>[0-3])\d(?P<between>[-_./]?)(?P<month>0[1-9]|1[0-2])(?P=between)(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?:[-_T ./]?(?P<hour>[01]\d|2[0-3])(?P<apart>[-_:.]?)(?P<minute>[0-5]\d)(?P=apart)(?P<second>[0-5]\d))?(?!\d{3})"
)
_OF_A_DATE = {
    "decade": "012",
    "month": "01",
    "day": "0123",
    "hour": "012",
    "minute": "012345",
    "second": "012345",
}
_BLOCKS = ((0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
BLOCK = 128


class Alphabets:
    """Which characters stand at which place of keys like `samples`.

    Digits are never alone: where a 0 stands there may be a 9, except in dates. Letters are, as long as all samples have the
    same, except beyond ASCII, where a script has too many, and in runs that look random. Where `settled` has a place, there
    is nothing else than what was seen. `bounds` is for `keyspace`, to keep what it works out from them.
    """

    def __init__(self, samples: Sequence[str], settled: Mapping[int, set[str]] | None = None) -> None:
        self._samples = samples
        self._settled = settled or {}
        self._known: dict[int, str] = {}
        # Column by column, as far as all samples reach.
        self._columns = list(zip(*samples, strict=False))
        runs = [_runs_without_meaning(sample) for sample in samples]
        self._hex = [span for hexadecimal, _ in runs for span in hexadecimal]
        self._random = [run for _, random in runs for run in random]
        self._dates = _date_places(samples[-1]) if samples else {}
        self.bounds: dict[tuple[str, str | None, int], tuple[int, float, float]] = {}

    def at(self, place: int) -> str:
        """The characters of this place in order; empty behind the end of all samples."""
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._learnt(place)
        return known

    def ahead(self, place: int) -> str:
        """The characters that may follow at this place; what `at` knows, and letters beside a letter."""
        known = self.at(place)
        if len(known) > BLOCK:
            return known
        return _in_order(frozenset(known), tuple(of for of in (_LOWER, _UPPER) if {*known} & {*of}))

    def _learnt(self, place: int) -> str:
        if place < len(self._columns):
            seen = set(self._columns[place])
        else:
            seen = {sample[place] for sample in self._samples if len(sample) > place}
        if seen and seen <= self._settled.get(place, set()):
            return "".join(sorted(self._settled[place]))
        if place in self._dates and seen <= {*self._dates[place]}:
            return self._dates[place]
        classes = [_DIGITS] if seen & {*_DIGITS} else []
        if any(start <= place < end for start, end in self._hex) and seen <= {*"0123456789abcdefABCDEF"}:
            is_upper = any(character in "ABCDEF" for character in seen)
            classes += [_DIGITS, "ABCDEF" if is_upper else "abcdef"]
        elif around := [of for start, end, of in self._random if start <= place < end]:
            classes += {letters for of in around for letters in of}
        elif len(seen) > 1:
            classes += [letters for letters in (_LOWER, _UPPER) if seen & {*letters}]
        classes += {_block(character) for character in seen if character >= "\x80"}
        return _in_order(frozenset(seen), tuple(classes))


@lru_cache(maxsize=256)
def _in_order(characters: frozenset[str], classes: tuple[str, ...]) -> str:
    """These characters and those of the classes, in order; a class may be a script of thousands."""
    if len(classes) == 1 and all(character in classes[0] for character in characters):
        return classes[0]
    return "".join(sorted(characters.union(*classes)))


def _runs_without_meaning(sample: str) -> tuple[list[tuple[int, int]], list[tuple[int, int, list[str]]]]:
    """Where hexadecimal digits stand, and where letters and digits take turns too often to be words and numbers, with which
    there are."""
    hexadecimal, random = [], []
    for run in _RUN.finditer(sample):
        text = run[0]
        if text.isdigit() or (text.isalpha() and (text.islower() or text.isupper())):
            continue  # a number or a word, as most are
        hexadecimal += [found.span() for found in _HEX.finditer(sample, *run.span())]
        if len(_TURN.findall(text)) >= _RANDOM_TURNS:
            random.append((*run.span(), [of for of in _CLASSES if {*text} & {*of}]))
    return hexadecimal, random


def looks_random(sample: str, place: int) -> bool:
    """Whether the character there belongs to a digest or another run without meaning."""
    hexadecimal, random = _runs_without_meaning(sample)
    spans = [*hexadecimal, *((start, end) for start, end, _ in random)]
    return any(start <= place < end for start, end in spans)


def _date_places(sample: str) -> dict[int, str]:
    """The digits that can stand at the places of a date, where there are fewer than ten."""
    return {
        found.start(part): of
        for found in _DATE.finditer(sample)
        for part, of in _OF_A_DATE.items()
        if found[part]
    }


def _block(character: str) -> str:
    """The script that a letter beyond ASCII is of, or the characters beside it."""
    place = ord(character)
    start = place // BLOCK * BLOCK
    return _characters(
        *next(
            (block for block in _BLOCKS if block[0] <= place <= block[1]),
            (start, start + BLOCK - 1),
        )
    )


@lru_cache(maxsize=64)
def _characters(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))
