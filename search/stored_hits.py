"""The first hits among what is stored already: all a page can show by itself, without listing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from buckets.paths import FolderKey, Reach
from files.models import BucketIndex
from search import index
from search.hits import Hit
from search.matching import Filters, Query

MOST_HITS = 100
FEWEST_A_PLACE = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: everything below a folder, or with `is_level` only what lies in it."""

    reach: Reach
    below: FolderKey
    is_level: bool

    @property
    def path(self) -> str:
        """The folder's path as the person sees it."""
        return self.reach.path_of(self.below)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored of one place: its first hits, and whether there are more."""

    place: Place
    hits: Sequence[Hit]
    has_more: bool


def first_hits(
    places: Sequence[Place], query: Query, *, filters: Filters, limit: int = MOST_HITS
) -> list[Answer]:
    """The first hits in each place, about `limit` in all: every place has its share. A query for each."""
    share = max(FEWEST_A_PLACE, limit // max(1, len(places)))
    answers = []
    for place in places:
        found = index.find(place.reach, query, filters=filters, below=place.below, level=place.is_level)
        hits = list(islice(found, share + 1))
        found.close()
        answers.append(Answer(place, hits[:share], len(hits) > share))
    return answers


def listed_at(reaches: Sequence[Reach]) -> dict[UUID, datetime]:
    """When each bucket was last listed from end to end, by its id; those that never were are left out. One query."""
    of_these = BucketIndex.objects.filter(bucket_id__in=[reach.bucket_id for reach in reaches])
    return {bucket: at for bucket, at in of_these.values_list("bucket_id", "listed_at") if at is not None}
