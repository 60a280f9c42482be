"""A listing as the rows that are stored of it, and what changed between two. Pure values; nothing here touches a table.

What must be done for each of a million entries is done for a column at once (`Columns`); a `Row` is one entry of them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import compress, islice, repeat
from operator import ge
from typing import NamedTuple, Protocol

from files.folding import all_indexed, indexed
from files.kinds import THUMBNAIL_MARK, group_of, groups_of, source_of
from files.models import Entry

FOLDER, FILE = int(Entry.Kind.FOLDER), int(Entry.Kind.FILE)
BIGGEST = 2**63 - 1
_ETAG, _CLASS = 80, 32
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BEHIND_MARK = THUMBNAIL_MARK[:-1] + chr(ord(THUMBNAIL_MARK[-1]) + 1)

File = tuple[str, int, datetime, str, str]
"""A file as S3 lists it: its name, size in bytes, date, ETag and storage class."""


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


@dataclass(frozen=True)
class Columns:
    """Entries of one folder: the names of folders, by name, and the columns of files, by name; each name once.

    `hidden` are the names of files that are thumbnails, `pictured` of those that have one.
    """

    folders: Sequence[str]
    names: Sequence[str]
    sizes: Sequence[int]
    moments: Sequence[datetime]
    etags: Sequence[str]
    classes: Sequence[str]
    hidden: frozenset[str] = frozenset()
    pictured: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.folders) + len(self.names)

    @cached_property
    def folded(self) -> list[str]:
        """The files' names as they are ordered and searched."""
        return all_indexed(self.names)

    @cached_property
    def microseconds(self) -> list[int]:
        """The files' dates as microseconds since the beginning of 2000, to the last one."""
        return [(moment - _EPOCH) // _MICROSECOND for moment in self.moments]

    @cached_property
    def groups(self) -> list[str]:
        """The files' type groups."""
        return groups_of(self.names)

    def rows(self) -> list[Row]:
        """One row for each entry, by kind and name."""
        nothing = repeat(False)
        hidden = [name in self.hidden for name in self.names] if self.hidden else nothing
        pictured = [name in self.pictured for name in self.names] if self.pictured else nothing
        files = zip(
            repeat(FILE), self.names, self.folded, self.sizes, self.moments, self.etags, self.classes, self.groups,
            hidden, pictured,
        )  # fmt: skip
        return folder_rows(self.folders) + list(map(Row._make, files))

    def divided(self, most: int = 5_000) -> list["Columns"]:
        """The same entries in parts with so many files at most, in order."""
        if len(self.names) <= most:
            return [self]
        return [self._part(start, start + most) for start in range(0, len(self.names), most)]

    def _part(self, start: int, end: int) -> "Columns":
        names = self.names[start:end]
        return Columns(
            () if start else self.folders, names, self.sizes[start:end], self.moments[start:end], self.etags[start:end],
            self.classes[start:end], self.hidden.intersection(names), self.pictured.intersection(names),
        )  # fmt: skip

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Columns":
        """The columns of rows that are sorted by name."""
        folders, files = [], []
        for row in rows:
            if row.kind == FOLDER:
                folders.append(row.name)
            else:
                files.append(row)
        columns = list(zip(*files, strict=True)) or [()] * len(Row._fields)
        _, names, _, sizes, moments, etags, classes, _, hidden, pictured = columns
        return cls(
            folders, names, sizes, moments, etags, classes,
            frozenset(compress(names, hidden)), frozenset(compress(names, pictured)),
        )  # fmt: skip


def columns_of(
    folders: Iterable[str], files: Sequence[File], *, start: int = 0, up_to: str | None = None
) -> Columns:
    """The columns of a listing. Names of files begin at character `start`.

    `up_to` is the last name of a listing that isn't whole: a `t-` name whose sibling may still come is held back.
    """
    names, sizes, moments, etags, classes = (
        (list(column) for column in zip(*files, strict=True)) if files else ([], [], [], [], [])
    )
    if start:
        names = [name[start:] for name in names]
    if not _rise(names) or "\x00" in "".join(names):
        found = {storable(name): place for place, name in enumerate(names)}
        order = [found[name] for name in sorted(found)]
        names = sorted(found)
        sizes, moments, etags, classes = (
            [column[place] for place in order] for column in (sizes, moments, etags, classes)
        )
    thumbnails, held_back = _thumbnails(names, up_to=up_to)
    return Columns(
        sorted({storable(name) for name in folders}),
        names,
        sizes if max(sizes, default=0) <= BIGGEST else [min(size, BIGGEST) for size in sizes],
        moments,
        _fitting(etags, _ETAG),
        _fitting(classes, _CLASS),
        hidden=thumbnails | held_back,
        pictured=frozenset(name[len(THUMBNAIL_MARK) :] for name in thumbnails),
    )


def _rise(names: Sequence[str]) -> bool:
    return not any(map(ge, names, islice(names, 1, None)))


def _thumbnails(names: Sequence[str], *, up_to: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """The names that are thumbnails of others, and those that may prove to be."""
    marked = names[bisect_left(names, THUMBNAIL_MARK) : bisect_left(names, _BEHIND_MARK)]
    there = frozenset(names) if marked else frozenset()
    thumbnails = frozenset(name for name in marked if source_of(name) in there)
    if up_to is None:
        return thumbnails, frozenset()
    return thumbnails, frozenset(name for name in marked if (source_of(name) or "") > up_to)


def _fitting(texts: Sequence[str], most: int) -> Sequence[str]:
    if max(map(len, texts), default=0) <= most and "\x00" not in "".join(texts):
        return texts
    return [storable(text[:most]) for text in texts]


def rows_of(folders: Iterable[str], files: Iterable[File], *, up_to: str | None = None) -> list[Row]:
    """The rows of a listing by kind and name, each name once; `up_to` as in `columns_of`."""
    return columns_of(folders, list(files), up_to=up_to).rows()


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
        FILE, name, indexed(name), min(size, BIGGEST), modified_at, storable(etag[:_ETAG]),
        storable(storage_class[:_CLASS]), group, is_hidden, has_thumbnail,
    )  # fmt: skip


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


def storable(name: str) -> str:
    """PostgreSQL keeps no NUL. Another control character stands in: such names are listed, never opened."""
    return name.replace("\x00", "\x01")
