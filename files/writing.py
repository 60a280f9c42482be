"""Folders' entries and stretches as they are rewritten: what differs alone. Part of the writer, beside `files.cache`.

Whoever calls holds the folders' rows locked until the transaction ends; nothing else keeps an entry's folder from going.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from files.copying import Place, copy_entries, copy_stretches
from files.models import Entry, Stretch
from files.rows import Columns, Row, difference
from files.stretches import Words, stretches_of


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a folder holds now. `listed` is all of it, by kind and name, in any number of parts; it is read more than once.

    `was_stored` says that something may be stored of it, `was_big` and `is_big` whether its entries stood, and are to stand,
    in the indexes of big folders. What isn't whole has no stretches: nobody searches it.
    """

    folder_id: int
    bucket_id: UUID
    listed: Iterable[Columns]
    was_stored: bool
    was_big: bool
    is_big: bool
    is_whole: bool = True

    @property
    def is_anew(self) -> bool:
        """Whether nothing of what is stored can stay."""
        return not self.was_stored or self.was_big is not self.is_big

    @property
    def rows(self) -> Iterator[Row]:
        return chain.from_iterable(part.rows() for part in self.listed)


def rewrite(rewrites: Sequence[Rewrite]) -> int:
    """Makes what these folders hold what is stored of them; how many entries were added."""
    outdated, fresh = _differences([each for each in rewrites if not each.is_anew])
    stretches: dict[int, list[Words]] = {}
    with connection.cursor() as cursor:
        if emptied := [each.folder_id for each in rewrites if each.is_anew and each.was_stored]:
            cursor.execute("DELETE FROM files_entry WHERE folder_id = ANY(%s)", [emptied])
        if outdated:
            cursor.execute("DELETE FROM files_entry WHERE id = ANY(%s)", [outdated])
        counted = _Counted(_fresh(rewrites, fresh, stretches))
        copy_entries(cursor, counted)
        _renew(cursor, stretches, stored={each.folder_id for each in rewrites if each.was_stored})
    return counted.entries


def _differences(rewrites: Iterable[Rewrite]) -> tuple[list[int], dict[int, bytearray]]:
    """The ids of stored entries that are no more, of all these folders; and which entries of each are new."""
    ordered = sorted(rewrites, key=lambda each: each.folder_id)
    stored = _Stored([each.folder_id for each in ordered])
    outdated: list[int] = []
    fresh = {}
    for each in ordered:
        change = difference(stored.rows_of(each.folder_id), each.rows)
        outdated += change.outdated
        fresh[each.folder_id] = change.is_fresh
    return outdated, fresh


class _Stored:
    """The stored rows of some folders, read once, folder by folder in the order of their ids."""

    def __init__(self, folder_ids: Collection[int]) -> None:
        self._folders: Iterator[tuple[int, Iterator[Any]]] = iter(())
        if folder_ids:
            rows = Entry.objects.filter(folder_id__in=folder_ids).order_by("folder_id", "kind", "name")
            values = rows.values_list("folder_id", "id", *Row._fields).iterator(chunk_size=2_000)
            self._folders = groupby(values, itemgetter(0))
        self._next = next(self._folders, None)

    def rows_of(self, folder_id: int) -> Iterator[tuple[int, Row]]:
        if self._next is None or self._next[0] != folder_id:
            return
        for _, row_id, *values in self._next[1]:
            yield row_id, Row(*values)
        self._next = next(self._folders, None)


def _fresh(
    rewrites: Iterable[Rewrite], fresh: Mapping[int, bytearray], stretches: dict[int, list[Words]]
) -> Iterator[tuple[Place, Columns]]:
    """The entries to add, part by part. Notes the folders' stretches by the way, while the database is busy with the parts."""
    for each in rewrites:
        place = Place(each.folder_id, each.bucket_id, each.is_big)
        marks = fresh.get(each.folder_id)
        seen = 0
        for part in each.listed:
            if marks is None:
                yield place, part
            elif any(marks[seen : seen + len(part)]):
                yield place, Columns.of(compress(part.rows(), marks[seen : seen + len(part)]))
            seen += len(part)
        if each.is_whole:
            stretches[each.folder_id] = list(stretches_of(each.listed))


class _Counted:
    """Counts the entries that pass."""

    def __init__(self, parts: Iterable[tuple[Place, Columns]]) -> None:
        self._parts = parts
        self.entries = 0

    def __iter__(self) -> Iterator[tuple[Place, Columns]]:
        for place, part in self._parts:
            self.entries += len(part)
            yield place, part


def _renew(cursor: CursorWrapper, wanted: Mapping[int, Sequence[Words]], *, stored: Collection[int]) -> None:
    """Makes these stretches what is stored of the folders with these ids; of those not in `stored` nothing is."""
    outdated = []
    missing = {folder_id: dict.fromkeys(stretches) for folder_id, stretches in wanted.items()}
    known = Stretch.objects.filter(folder_id__in=[folder_id for folder_id in wanted if folder_id in stored])
    if stored:
        for row_id, folder_id, *values in known.values_list("id", "folder_id", *Words._fields):
            if Words(*values) in missing[folder_id]:
                del missing[folder_id][Words(*values)]
            else:
                outdated.append(row_id)
    if outdated:
        Stretch.objects.filter(id__in=outdated).delete()
    if any(missing.values()):
        copy_stretches(cursor, {folder_id: list(stretches) for folder_id, stretches in missing.items()})


def forget_entries(folder_ids: Collection[int]) -> None:
    """Removes all that is stored of what these folders hold."""
    Entry.objects.filter(folder_id__in=folder_ids).delete()
    Stretch.objects.filter(folder_id__in=folder_ids).delete()
