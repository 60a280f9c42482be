"""A folder by numbers, for programs that count: any stretch of it, and how many entries it has in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from buckets.paths import MAY_BE_UNREACHABLE, FolderKey, Malformed, Reach, why_unreachable
from files import relisting, settling
from files.entries import EntryView, Order, as_seen
from files.models import Entry
from files.paging import Cursor, entries_at, entries_behind, unknown_place
from files.refusals import need
from files.rows import FOLDER, Row
from files.stored import StoredFolder, stored_folder

MOST = 10_000
NEWEST_FIRST = Order()
_ONE_REQUEST = 1_000
"""So many entries S3 names in one answer."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some entries of a folder: folders first, by name, then the newest file, and names from A where dates are equal.

    Entries whose names nothing may be done with are left out, and so are thumbnails; `total` is how many entries remain
    in the whole folder. `from_store` says that S3 needn't be asked. `next_cursor` is empty behind the last entry.
    """

    entries: list[EntryView]
    total: int
    from_store: bool
    next_cursor: str = ""


def part(reach: Reach, path: str, *, offset: int = 0, limit: int = 20, now: datetime) -> Slice:
    """The `limit` entries of the folder at `path` from number `offset` on, which counts from 0.

    Waits until the whole folder is listed where it isn't stored. A folder that isn't there has no entries. Raises
    NotAllowed("read"), OutOfBounds, Malformed or S3Error.
    """
    need(reach, "read")
    folder = reach.folder(path, field="prefix")
    known = _whole(reach, folder, is_first=offset == 0, now=now)
    if isinstance(known, _Seen):
        shown = known.entries[offset : offset + limit]
        return Slice(_seen(shown, reach, folder), len(known.entries), from_store=False)
    odd = _odd_ones(known.stored)
    folders = known.stored.folder_count - sum(kind == FOLDER for _, kind in odd)
    found = entries_at(
        known.stored, order=NEWEST_FIRST, offset=offset, limit=limit, folders=folders, without=[id_ for id_, _ in odd]
    )  # fmt: skip
    return Slice(_seen(found, reach, folder), _total(known.stored, odd), from_store=known.from_store)


def part_behind(reach: Reach, path: str, *, cursor: str, limit: int = 20, now: datetime) -> Slice:
    """As `part`, but behind `cursor` (empty: from the first entry on), which is as quick at a folder's end as at its
    beginning; it may hold fewer entries than `limit` and still have a next cursor.

    Raises Malformed with field `cursor` for one that isn't of this order, too.
    """
    need(reach, "read")
    folder = reach.folder(path, field="prefix")
    place = _place(cursor)
    known = _whole(reach, folder, is_first=place is None, now=now)
    if isinstance(known, _Seen):
        return Slice(_seen(known.entries, reach, folder), len(known.entries), from_store=False)
    rows = entries_behind(known.stored, order=NEWEST_FIRST, group=None, cursor=place, limit=limit + 1)
    shown = rows[:limit]
    odd = _odd_ones(known.stored)
    return Slice(
        [view for view in _seen(shown, reach, folder) if not view.unreachable],
        _total(known.stored, odd),
        from_store=known.from_store,
        next_cursor=Cursor.behind(shown[-1], NEWEST_FIRST).text if len(rows) > limit else "",
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A folder that is stored whole."""

    stored: StoredFolder
    from_store: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """A folder that S3 told of and that isn't stored: gone, never there, or changed faster than it could be stored."""

    entries: Sequence[Row]


def _whole(reach: Reach, folder: FolderKey, *, is_first: bool, now: datetime) -> _Kept | _Seen:
    """All of `folder`. A further part goes on with what the first one showed, uploads under way or not."""
    stored = stored_folder(folder, now=now)
    is_current = (
        stored is not None and stored.is_whole and stored.is_current(within=settings.LISTING_TTL, now=now)
    )
    if stored is not None and is_current and not (is_first and _is_changing(reach, folder, stored, now=now)):
        relisting.keep_fresh(folder, stored, now=now)
        return _Kept(stored, from_store=True)
    seen = relisting.look_through(reach, folder, now=now)
    if not seen.is_stored:
        return _Seen(_in_order(seen.rows))
    fresh = stored_folder(folder, now=now)
    # Only a flush of everything in this very moment takes it away again.
    return _Kept(fresh, from_store=False) if fresh else _whole(reach, folder, is_first=is_first, now=now)


def _is_changing(reach: Reach, folder: FolderKey, stored: StoredFolder, *, now: datetime) -> bool:
    """Whether uploads under way keep what is stored from being right. Of a big folder those are asked about one by one:
    a program needn't say when they have ended, and listing it all for each call would take too long."""
    if not stored.has_pending:
        return False
    is_big = stored.file_count + stored.folder_count > _ONE_REQUEST
    return not is_big or settling.settle_arrived(reach, folder, now=now)


def _in_order(rows: Iterable[Row]) -> list[Row]:
    shown = [row for row in rows if not row.is_hidden and why_unreachable(row.name) is None]
    return sorted(shown, key=_place_of)


def _place_of(row: Row) -> tuple[int, float, str, str]:
    is_folder = row.kind == FOLDER or row.modified_at is None
    newest = 0.0 if is_folder or row.modified_at is None else -row.modified_at.timestamp()
    return row.kind, newest, row.name_folded if is_folder else "", row.name


def _odd_ones(stored: StoredFolder) -> list[tuple[int, int]]:
    """Ids and kinds of the entries nothing may be done with. Nearly every folder has none, and that is stored with it."""
    if not stored.odd_count:
        return []
    suspects = Entry.objects.filter(folder_id=stored.id, is_hidden=False, name__iregex=MAY_BE_UNREACHABLE)
    return [
        (id_, kind) for id_, kind, name in suspects.values_list("id", "kind", "name") if why_unreachable(name)
    ]


def _total(stored: StoredFolder, odd: Sequence[object]) -> int:
    return stored.file_count + stored.folder_count - len(odd)


def _seen(rows: Iterable[Entry | Row], reach: Reach, folder: FolderKey) -> list[EntryView]:
    return [as_seen(row, reach=reach, folder=folder) for row in rows]


def _place(text: str) -> Cursor | None:
    try:
        cursor = Cursor.read(text)
        if cursor is not None and (cursor.order, cursor.group) != (NEWEST_FIRST, None):
            raise unknown_place()
    except Malformed as problem:
        raise Malformed("cursor", problem.reason) from None
    return cursor
