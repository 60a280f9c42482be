"""When something last happened in a bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from buckets.paths import Reach


@dataclass(frozen=True, slots=True)
class Activity:
    """The latest upload or deletion a person may know of."""

    at: datetime
    operation: str
    actor_name: str


def latest(reaches: Sequence[Reach]) -> dict[UUID, Activity]:
    """The latest upload or deletion below the root of each reach, by bucket id; buckets where nothing happened are left
    out. One query."""
    raise NotImplementedError
