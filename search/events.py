"""What a search tells while it runs. Folders are relative to the person's root."""

from collections.abc import Sequence
from typing import NamedTuple

from search.hits import Hit


class Traversing(NamedTuple):
    """Where the search is: told as often as a person can read. `listed` counts what it has been through."""

    folder: str
    listed: int = 0


class CacheHit(NamedTuple):
    """So many hits in and below this folder were known already."""

    folder: str
    hits: int


class Found(NamedTuple):
    """Hits, each once."""

    hits: Sequence[Hit]


class FolderDone(NamedTuple):
    """Everything in and below this folder has been looked through."""

    folder: str


class Complete(NamedTuple):
    """The end: there are no more hits. `listed` counts what was listed for it."""

    listed: int = 0


class Failed(NamedTuple):
    """The end, too: what was found is true, but there may be more."""

    problem: Exception


Event = Traversing | CacheHit | Found | FolderDone | Complete | Failed
"""Every search ends with exactly one Complete or Failed, and tells nothing after it."""
