"""Deleting files and whole folders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from buckets.paths import Reach

OBJECT_LIMIT = 10_000
"""How many objects one deletion may remove."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deletion would remove: `files` in all (also below the folders), their `bytes`, and the chosen `folders`.

    With `too_many` the counts stop at the limit and `delete` will refuse.
    """

    files: int
    bytes: int
    folders: int
    too_many: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `reason` is a sentence for the person when it wasn't deleted."""

    path: str
    deleted: bool
    reason: str = ""


def plan(reach: Reach, paths: Sequence[str], *, now: datetime) -> Plan:
    """What deleting `paths` (files, and folders ending in a slash) would remove. Asks S3 about folders.

    Raises NotAllowed("delete"), OutOfBounds, Malformed or an S3Error.
    """
    raise NotImplementedError


def delete(reach: Reach, paths: Sequence[str], *, by: User, ip: str | None, now: datetime) -> list[Outcome]:
    """Removes files, and folders (ending in a slash) with all they hold; one outcome a file, thumbnails go along unsaid.

    Nothing is removed when this raises: NotAllowed("delete"), TooMany (10,000 objects), OutOfBounds, Malformed, or an
    S3Error before the first removal. A failure in the middle is told in the outcomes.
    """
    raise NotImplementedError
