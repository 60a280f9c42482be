"""What a folder's page is made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from buckets.s3.errors import S3Error
from files.entries import EntryView, Group, Order


class State(StrEnum):
    """How far a page can be trusted: everything there is; the first part of a big folder, the rest is on its way (in
    name order, no sort, filter or totals); or what was known when S3 last answered."""

    WHOLE = "whole"
    STILL_LISTING = "still_listing"
    LAST_KNOWN = "last_known"


@dataclass(frozen=True, slots=True)
class Crumb:
    """A folder on the way from the root to here. The root's name is the bucket's title and its path is empty."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a folder.

    `problem` is why S3 could not be asked, when `state` is LAST_KNOWN (`buckets.s3.errors.S3Error`). `listed_at` is when
    S3 was asked for what is shown. `file_count`, `folder_count` and `total_size` (bytes) are of the whole folder,
    thumbnails left out, whatever the filter; all None while STILL_LISTING. `next_cursor` is empty on the last page.
    `order` and `group` are those really used: while STILL_LISTING the order is by name and there is no filter.
    """

    path: str
    crumbs: list[Crumb]
    state: State
    problem: S3Error | None
    listed_at: datetime | None
    is_empty: bool
    file_count: int | None
    folder_count: int | None
    total_size: int | None
    entries: list[EntryView]
    next_cursor: str
    order: Order
    group: Group | None


class FolderMissing(Exception):
    """S3 holds nothing below this folder.

    `was_known` says it once held something: it is gone. Otherwise it may be a folder somebody is about to make, which
    exists in the page alone until a first file lands; `page` is what to show for it, empty.
    """

    def __init__(self, page: ListingPage, *, was_known: bool) -> None:
        super().__init__(
            "There is nothing in this folder any more." if was_known else "There is no such folder yet."
        )
        self.page = page
        self.was_known = was_known


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A file and those before and after it in the folder's order (nearest first), folders and unreachable ones left out.

    `position` counts from 1 and `count` is how many files the order has; both None when the file isn't in the stored
    listing, or there are more than 20,000.
    """

    entry: EntryView
    before: list[EntryView]
    after: list[EntryView]
    position: int | None
    count: int | None
