"""Entries as people see them, and the orders they are shown in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from buckets.paths import FolderKey, Reach, why_unreachable
from files.models import Entry
from files.rows import Row

Group = Entry.Group
ARCHIVED_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects must be restored before they can be read (GLACIER_IR needs no restore)."""


class Sort(StrEnum):
    NAME = "name"
    SIZE = "size"
    MODIFIED = "modified"


class Direction(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"


class Kind(StrEnum):
    FOLDER = "folder"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of files; folders always come first, by name. The name breaks ties.

    The reverse of an order is its exact mirror, ties too, so that one index serves both.
    """

    sort: Sort = Sort.MODIFIED
    direction: Direction = Direction.DESCENDING


@dataclass(frozen=True, slots=True)
class EntryView:
    """A file or folder in a listing, as a person of this reach may see it.

    `path` is relative to the reach's root (a folder's ends in a slash); for an entry that can't be acted on it is empty
    and `unreachable` says why in a sentence. `size` is in bytes; folders have none, nor a date, ETag or group.
    `archived` says the object must be restored before it can be opened.
    """

    kind: Kind
    name: str
    path: str
    size: int | None = None
    modified_at: datetime | None = None
    etag: str = ""
    storage_class: str = ""
    group: str = ""
    unreachable: str | None = None
    has_thumbnail: bool = False

    @property
    def is_folder(self) -> bool:
        return self.kind is Kind.FOLDER

    @property
    def archived(self) -> bool:
        return self.storage_class in ARCHIVED_CLASSES


def as_seen(entry: Entry | Row, *, reach: Reach, folder: FolderKey) -> EntryView:
    """`entry`, which stands in `folder`, for a person of `reach`."""
    is_folder = entry.kind == Entry.Kind.FOLDER
    unreachable = why_unreachable(entry.name)
    path = "" if unreachable else f"{reach.path_of(folder)}{entry.name}{'/' if is_folder else ''}"
    return EntryView(
        kind=Kind.FOLDER if is_folder else Kind.FILE,
        name=entry.name,
        path=path,
        size=entry.size,
        modified_at=entry.modified_at,
        etag=entry.etag,
        storage_class=entry.storage_class,
        group=entry.group,
        unreachable=unreachable,
        has_thumbnail=entry.has_thumbnail,
    )
