"""Where keys lie between two others, guessed from how names look. Pure.

Everything here is a guess that costs a request when it is wrong, and never a key: listings stay exact wherever they are
cut. Text is compared by code point, which is the order of its UTF-8 bytes, and so S3's.
"""

from bisect import bisect_left

from buckets.s3.lister.alphabets import BLOCK, Alphabets

_DEEPEST = 40
_FINEST = 1e-15
_FINER = 1e-9


def fraction(start: str, end: str | None, at: str, alphabets: Alphabets, *, floor: int = 0) -> float:
    """How far `at` is from `start` to `end`, 0 to 1. Without an end, to the last name that has these characters.

    `floor` is how many characters all keys have in common.
    """
    if at == start:
        return 0.0
    place, low, high = _bounds(start, end, alphabets, floor)
    if high <= low:
        return 0.0
    return min(1.0, max(0.0, (_value(at, place, alphabets) - low) / (high - low)))


def cut(start: str, end: str | None, share: float, alphabets: Alphabets, *, floor: int = 0) -> str:
    """A text about `share` of the way from `start` to `end`; it may lie outside them when names look otherwise."""
    place, low, high = _bounds(start, end, alphabets, floor)
    wanted = low + share * (high - low)
    written, value, width = [start[:place]], 0.0, 1.0
    finest = max(_FINEST, (high - low) * _FINER)
    for at in range(place, place + _DEEPEST):
        alphabet = alphabets.at(at)
        if not alphabet or width <= finest:
            break
        rank = min(int((wanted - value) / width * len(alphabet)), len(alphabet) - 1)
        written.append(alphabet[rank])
        value += width * rank / len(alphabet)
        width /= len(alphabet)
    return "".join(written)


def gallop(first: str, last: str, alphabets: Alphabets, *, floor: int = 0) -> list[str]:
    """Places ahead of `last`, ever further away, for keys that begin as `first` and `last` of one page do.

    The characters from the first that differs leftwards are raised, as a number grows, and the first letter of each word;
    the furthest place lies behind all names that begin with another number or letter.
    """
    place = shared(first, last)
    if place >= len(last):
        return []
    found: list[str] = []
    beyond: list[str] = []
    for distance, at in enumerate(
        at for at in range(place, floor - 1, -1) if at == place or _may_turn(last, at)
    ):
        alphabet = alphabets.ahead(at) or last[at]
        rank = bisect_left(alphabet, last[at])
        steps = _steps(len(alphabet)) if distance < 3 else (1, 3)
        found += [last[:at] + alphabet[rank + step] for step in steps if rank + step < len(alphabet)]
        beyond = [last[:at] + _next_character(alphabet[-1])]
    return found + beyond


def _may_turn(text: str, at: int) -> bool:
    """Whether names that are alike up to here may go on otherwise: in a number, or where a word begins."""
    character = text[at]
    return (
        character.isdecimal()
        or character >= "\x80"
        or (character.isalpha() and not text[at - 1 : at].isalpha())
    )


def shared(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(at for at in range(length) if one[at] != other[at])


def after_folder(folder: str) -> str:
    """The first text behind everything that begins with `folder`."""
    return f"{folder[:-1]}{_next_character(folder[-1])}"


def _steps(size: int) -> tuple[int, ...]:
    if size > BLOCK:
        return tuple(size * part // 256 + 1 for part in (0, 1, 4, 16, 32, 64, 128))
    return (1, 2, 4, 7) if size <= 10 else (1, 4, 8, 12) if size <= 16 else (1, 3, 8, 16)


def _next_character(character: str) -> str:
    following = ord(character) + 1
    return chr(0xE000 if 0xD800 <= following < 0xE000 else min(following, 0x10FFFF))


def _bounds(start: str, end: str | None, alphabets: Alphabets, floor: int) -> tuple[int, float, float]:
    """From which place on texts between two others differ, and what both are worth from there. A page asks for the same
    two again and again."""
    found = alphabets.bounds.get((start, end, floor))
    if found is None:
        place = shared(start, end) if end is not None else floor
        low, high = _value(start, place, alphabets), 1.0 if end is None else _value(end, place, alphabets)
        found = alphabets.bounds[start, end, floor] = place, low, high
    return found


def _value(text: str, place: int, alphabets: Alphabets) -> float:
    """The text from `place` on as a number from 0 to 1, each place a digit of its alphabet."""
    value, width = 0.0, 1.0
    for at in range(place, min(len(text), place + _DEEPEST)):
        alphabet = alphabets.at(at)
        if not alphabet or width <= _FINEST:
            break
        rank = bisect_left(alphabet, text[at])
        value += width * rank / len(alphabet)
        if rank == len(alphabet) or alphabet[rank] != text[at]:
            break
        width /= len(alphabet)
    return value
