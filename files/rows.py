"""A listing as the rows that are stored of it, and what changed between two. Pure values; nothing here touches a table."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import NamedTuple, Protocol

from buckets.paths import MAY_BE_UNREACHABLE, why_unreachable
from files.folding import indexed
from files.kinds import group_of, is_thumbnail, source_of, thumbnail_of
from files.models import Entry

FOLDER, FILE = int(Entry.Kind.FOLDER), int(Entry.Kind.FILE)
_DIGEST_VERSION = b"1"
_SUSPECT = re.compile(MAY_BE_UNREACHABLE, re.IGNORECASE)


class Listed(Protocol):
    """A file as S3 lists it; its `name` is relative to the folder."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified_at(self) -> datetime: ...
    @property
    def etag(self) -> str: ...
    @property
    def storage_class(self) -> str: ...


class Row(NamedTuple):
    """What is stored of one entry, in the order of the table's columns."""

    kind: int
    name: str
    name_folded: str
    size: int | None
    modified_at: datetime | None
    etag: str
    storage_class: str
    group: str
    is_hidden: bool
    has_thumbnail: bool


def rows_of(folders: Iterable[str], files: Iterable[Listed], *, up_to: str | None = None) -> list[Row]:
    """The rows of a listing by kind and name, each name once.

    `up_to` is the last name of a listing that isn't whole: a `t-` name whose sibling may still come is held back.
    """
    found = {storable(file.name): file for file in files}
    rows = folder_rows({storable(name) for name in folders})
    for name in sorted(found):
        file = found[name]
        rows.append(
            file_row(
                name,
                size=file.size,
                modified_at=file.modified_at,
                etag=file.etag,
                storage_class=file.storage_class,
                is_hidden=is_thumbnail(name, beside=found) or _may_be_thumbnail(name, up_to=up_to),
                has_thumbnail=thumbnail_of(name) in found,
            )
        )
    return rows


def folder_rows(names: Iterable[str]) -> list[Row]:
    """The rows of the folders with these storable names, by name."""
    return [Row(FOLDER, name, indexed(name), None, None, "", "", "", False, False) for name in sorted(names)]


def file_row(
    name: str,
    *,
    size: int,
    modified_at: datetime,
    etag: str,
    storage_class: str,
    is_hidden: bool,
    has_thumbnail: bool,
) -> Row:
    """The row of the file with this storable name."""
    group = group_of(name).value
    return Row(
        FILE, name, indexed(name), size, modified_at, etag[:80], storage_class[:32], group, is_hidden, has_thumbnail
    )  # fmt: skip


class Sums(NamedTuple):
    """What rows come to: `digest` is 32 bytes that differ when any row does; `files` and their `size` leave out hidden
    ones. `odd` counts the shown files and folders whose names nothing may be done with."""

    digest: bytes
    files: int
    folders: int
    size: int
    odd: int


def sums_of(rows: Iterable[Row]) -> Sums:
    """The sums of `rows`, read once."""
    digest, files, folders, size, odd = hashlib.sha256(_DIGEST_VERSION), 0, 0, 0, 0
    for row in rows:
        digest.update(f"{row[:2]}{row.size}{row.modified_at}{row.etag}{row.storage_class}\n".encode())
        if row.kind == FOLDER:
            folders += 1
        elif not row.is_hidden:
            files += 1
            size += row.size or 0
        if _SUSPECT.search(row.name) and not row.is_hidden and why_unreachable(row.name):
            odd += 1
    return Sums(digest.digest(), files, folders, size, odd)


@dataclass(frozen=True, slots=True)
class Difference:
    """What turns the stored rows into the listed ones: remove `outdated` (ids), then add `fresh`. A changed row is both.

    Of the fresh rows only a mark for each listed one is kept (`is_fresh`), for they may be a whole big folder.
    """

    outdated: list[int]
    listed: Iterable[Row]
    is_fresh: bytearray

    @property
    def fresh(self) -> Iterator[Row]:
        return compress(self.listed, self.is_fresh)


def difference(stored: Iterable[tuple[int, Row]], listed: Iterable[Row]) -> Difference:
    """How `listed` differs from `stored` (ids and rows). Both must be sorted by kind and name; `stored` is read once,
    `listed` again by whoever wants the fresh rows."""
    outdated: list[int] = []
    is_fresh = bytearray()
    coming = iter(listed)
    here = next(coming, None)
    for row_id, row in stored:
        while here is not None and here[:2] < row[:2]:
            is_fresh.append(True)
            here = next(coming, None)
        if here is None or here[:2] > row[:2]:
            outdated.append(row_id)
            continue
        is_fresh.append(here != row)
        if here != row:
            outdated.append(row_id)
        here = next(coming, None)
    while here is not None:
        is_fresh.append(True)
        here = next(coming, None)
    return Difference(outdated, listed, is_fresh)


def _may_be_thumbnail(name: str, *, up_to: str | None) -> bool:
    source = source_of(name)
    return up_to is not None and source is not None and source > up_to


def storable(name: str) -> str:
    """PostgreSQL keeps no NUL. Another control character stands in: such names are listed, never opened."""
    return name.replace("\x00", "\x01")
