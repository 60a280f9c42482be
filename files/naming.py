"""Names beside names that are taken."""

import itertools
import re
from collections.abc import Callable

_NUMBERED = re.compile(r" \((\d{1,6})\)$")
_DOUBLE = re.compile(r"\.tar$", re.IGNORECASE)


def split_name(name: str) -> tuple[str, str]:
    """`name` as stem and extension with its dot: `report.pdf` → (`report`, `.pdf`), `a.tar.gz` → (`a`, `.tar.gz`).

    A name that only starts with a dot has no extension.
    """
    stem, dot, extension = name.rpartition(".")
    if not stem or not dot or not extension or " " in extension or not stem.strip("."):
        return name, ""
    if double := _DOUBLE.search(stem):
        inner = stem[: double.start()]
        if inner.strip("."):
            return inner, f"{double.group()}.{extension}"
    return stem, f".{extension}"


def free_name(name: str, *, room: int, is_taken: Callable[[str], bool]) -> str:
    """`name` with the lowest number from 2 that is free: `photo (2).jpg`; a number it already has is counted on.

    The stem is cut where the name would have more than `room` bytes.
    """
    stem, extension = split_name(name)
    first = 2
    if match := _NUMBERED.search(stem):
        stem, first = stem[: match.start()], int(match.group(1)) + 1
    candidates = (_fitted(stem, f" ({number}){extension}", room=room) for number in itertools.count(first))
    return next(candidate for candidate in candidates if not is_taken(candidate))


def _fitted(stem: str, ending: str, *, room: int) -> str:
    left = max(0, room - len(ending.encode()))
    return stem.encode()[:left].decode(errors="ignore") + ending
