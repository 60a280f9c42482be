"""What the search page shows before its script runs, and without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buckets.paths import Reach, lies_below, why_unreachable
from files.folder_page import storage_label
from files.hrefs import file_href, folder_href
from files.phrases import shown_name
from search.hits import FOLDER, Hit
from search.marking import Piece, marked_folder, marked_name
from search.matching import Query
from search.stored_hits import Answer


@dataclass(frozen=True, slots=True)
class Row:
    """A hit as the templates show it; one that can't be opened has no `href`."""

    bucket_title: str
    name: list[Piece]
    folder: list[Piece]
    href: str
    folder_href: str
    is_folder: bool
    group: str
    size: int | None
    modified_at: datetime | None
    storage: str


@dataclass(frozen=True, slots=True)
class BucketLine:
    """A bucket in the list of those that are searched. `listed_at` is when it was last listed from end to end."""

    id: str
    code: str
    title: str
    may_delete: bool
    is_public: bool
    listed_at: datetime | None


def rows_of(answers: Sequence[Answer], query: Query) -> list[Row]:
    """The hits of all places as rows, place by place."""
    return [_row(answer.place.reach, hit, query) for answer in answers for hit in answer.hits]


def _row(reach: Reach, hit: Hit, query: Query) -> Row:
    path, is_folder = hit.folder[len(reach.root) :], hit.kind == FOLDER
    is_sound = not hit.folder or lies_below(hit.folder, reach.root)
    href = ""
    if is_sound and not why_unreachable(hit.name):
        make = folder_href if is_folder else file_href
        href = make(reach.bucket_code, path + hit.name)
    name = marked_name(query, hit.name) if shown_name(hit.name) == hit.name else []
    return Row(
        bucket_title=reach.bucket_title,
        name=name or [Piece(shown_name(hit.name), False)],
        folder=marked_folder(query, path),
        href=href,
        folder_href=folder_href(reach.bucket_code, path) if is_sound else "",
        is_folder=is_folder,
        group="folder" if is_folder else hit.group,
        size=hit.size,
        modified_at=hit.modified_at,
        storage=storage_label(hit.storage_class),
    )
