"""What a folder holds, as one person may see it: from what is stored while that can be trusted, else from S3."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from buckets.paths import FolderKey, Key, Reach
from buckets.s3 import objects
from buckets.s3.errors import S3Error
from files import relisting
from files.entries import Direction, EntryView, Group, Kind, Order, Sort, as_seen
from files.kinds import group_of
from files.models import Entry
from files.pages import Crumb, FolderMissing, ListingPage, Neighbours, State
from files.paging import BY_NAME, Cursor, count_behind, entries_behind, mirrored, place_before, unknown_place
from files.refusals import need
from files.rows import FILE, Row
from files.stored import StoredFolder, stored_folder

__all__ = [
    "Crumb", "Direction", "EntryView", "FolderMissing", "Group", "Kind", "ListingPage", "Neighbours", "Order", "Sort",
    "State", "crumbs", "holds_folder", "neighbours", "page", "place_of",
]  # fmt: skip

PAGE_SIZE = 20
PLACE_ABOVE = 8
"""How many entries are shown above one that somebody was led to."""
COUNT_LIMIT = 20_000
"""In folders with more files nobody counts which one is shown: counting would take longer than showing."""


def page(
    reach: Reach,
    path: str,
    *,
    sort: Sort = Sort.MODIFIED,
    direction: Direction = Direction.DESCENDING,
    group: Group | None = None,
    after: str = "",
    limit: int = PAGE_SIZE,
    now: datetime,
) -> ListingPage:
    """The page of `limit` entries of the folder at `path` that follows the cursor `after` (empty: the first one).

    With a `group` only files of that group are shown, no folders. Raises NotAllowed("read"), OutOfBounds or Malformed for
    the path, Malformed with field `after` for a cursor that isn't one, FolderMissing, or an S3Error when S3 refuses or
    can't be reached and nothing is known of the folder.
    """
    need(reach, "read")
    folder = reach.folder(path)
    asked = _Asked(reach, folder, Order(sort, direction), group, Cursor.read(after), limit)
    stored = stored_folder(folder, now=now)
    if stored is not None and _can_be_shown(stored, asked, now=now):
        shown = _show(asked, stored)
        relisting.keep_fresh(folder, stored, now=now)
        return shown
    try:
        seen = relisting.look(reach, folder, now=now)
    except S3Error as problem:
        if stored is None or not stored.is_known or stored.is_missing:
            raise
        return _show(asked, stored, problem=problem)
    if seen.is_missing:
        raise FolderMissing(_show_rows(asked, [], State.WHOLE, now=now), was_known=seen.was_known)
    fresh = stored_folder(folder, now=now) if seen.is_stored else None
    return _show(asked, fresh) if fresh else _show_rows(asked, seen.rows, State.STILL_LISTING, now=now)


def refresh(reach: Reach, path: str, *, now: datetime) -> None:
    """Asks S3 now what the folder at `path` holds, however fresh the stored listing is; of a big folder only the first
    thousand entries are awaited. Raises NotAllowed("read"), OutOfBounds, Malformed or S3Error."""
    need(reach, "read")
    relisting.look(reach, reach.folder(path), now=now)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody wants to see."""

    reach: Reach
    folder: FolderKey
    order: Order
    group: Group | None
    cursor: Cursor | None
    limit: int = PAGE_SIZE


def _can_be_shown(stored: StoredFolder, asked: _Asked, *, now: datetime) -> bool:
    """Whether S3 needn't be asked. A further page goes on with what the first one showed, uploads under way or not."""
    if not stored.is_current(within=settings.LISTING_TTL, now=now):
        return False
    if asked.cursor is not None:
        return True
    if stored.has_pending:
        return False
    is_young = stored.is_current(within=settings.LISTING_FRESH, now=now)
    return stored.is_whole or is_young or stored.is_claimed(now=now)


def _show(asked: _Asked, stored: StoredFolder, *, problem: S3Error | None = None) -> ListingPage:
    """A page of what is stored."""
    order, group = (asked.order, asked.group) if stored.is_whole else (BY_NAME, None)
    if asked.cursor is not None:
        order, group = _continued(asked.cursor, order, group)
    found = entries_behind(stored, order=order, group=group, cursor=asked.cursor, limit=asked.limit + 1)
    shown = found[: asked.limit]
    state = State.WHOLE if stored.is_whole else State.STILL_LISTING
    path = asked.reach.path_of(asked.folder)
    return ListingPage(
        path=path,
        crumbs=crumbs(asked.reach, path),
        state=State.LAST_KNOWN if problem else state,
        problem=problem,
        listed_at=stored.listed_at,
        is_empty=stored.is_whole and not stored.file_count and not stored.folder_count,
        file_count=stored.file_count if stored.is_whole else None,
        folder_count=stored.folder_count if stored.is_whole else None,
        total_size=stored.total_size if stored.is_whole else None,
        entries=[as_seen(entry, reach=asked.reach, folder=asked.folder) for entry in shown],
        next_cursor=Cursor.behind(shown[-1], order, group).text if len(found) > asked.limit else "",
        order=order,
        group=group,
    )


def _continued(cursor: Cursor, order: Order, group: Group | None) -> tuple[Order, Group | None]:
    """The order to go on in. A list begun by name while the folder was still being listed goes on by name."""
    if (cursor.order, cursor.group) not in ((order, group), (BY_NAME, None)):
        raise unknown_place()
    return cursor.order, cursor.group


def _show_rows(asked: _Asked, rows: Iterable[Row], state: State, *, now: datetime) -> ListingPage:
    """A first page of rows that aren't stored."""
    shown = sorted(
        (row for row in rows if not row.is_hidden), key=lambda row: (row.kind, row.name_folded, row.name)
    )
    path = asked.reach.path_of(asked.folder)
    is_whole = state is State.WHOLE
    first = shown[: asked.limit] if asked.cursor is None else []
    return ListingPage(
        path=path,
        crumbs=crumbs(asked.reach, path),
        state=state,
        problem=None,
        listed_at=now,
        is_empty=is_whole and not shown,
        file_count=sum(row.kind == FILE for row in shown) if is_whole else None,
        folder_count=sum(row.kind != FILE for row in shown) if is_whole else None,
        total_size=sum(row.size or 0 for row in shown) if is_whole else None,
        entries=[as_seen(row, reach=asked.reach, folder=asked.folder) for row in first],
        next_cursor="",
        order=BY_NAME,
        group=None,
    )


def neighbours(
    reach: Reach,
    path: str,
    *,
    sort: Sort = Sort.MODIFIED,
    direction: Direction = Direction.DESCENDING,
    group: Group | None = None,
    span: int = 1,
    now: datetime,
) -> Neighbours:
    """The file at `path` with up to `span` files on either side, in the order of `page`.

    Raises NotAllowed("read"), OutOfBounds, Malformed, `buckets.s3.errors.ObjectMissing`, or another S3Error when nothing
    is known.
    """
    need(reach, "read")
    key = reach.file(path)
    stored = _known(reach, key.parent, now=now)
    here = Entry.objects.filter(folder_id=stored.id, kind=FILE, name=key.name).first() if stored else None
    if stored is None or here is None:
        return Neighbours(_as_s3_knows(reach, key), before=[], after=[], position=None, count=None)
    order, group = (Order(sort, direction), group) if stored.is_whole else (BY_NAME, None)
    asked = _Asked(reach, key.parent, order, group, Cursor.behind(here, order, group))
    is_counted = stored.is_whole and stored.file_count <= COUNT_LIMIT
    return Neighbours(
        entry=as_seen(here, reach=reach, folder=key.parent),
        before=_openable(asked, stored, mirrored(order), span),
        after=_openable(asked, stored, order, span),
        position=count_behind(stored, mirrored(order), group, asked.cursor) + 1 if is_counted else None,
        count=_count(stored, group) if is_counted else None,
    )


def place_of(
    reach: Reach,
    path: str,
    name: str,
    *,
    sort: Sort,
    direction: Direction,
    group: Group | None,
    now: datetime,
) -> str:
    """The cursor from which the folder at `path` shows the entry `name` (a folder's ends in a slash) among its first rows;
    empty when that is the beginning, or when no such entry is known. Raises NotAllowed("read"), OutOfBounds or Malformed."""
    need(reach, "read")
    folder = reach.folder(path)
    try:
        stored = _known(reach, folder, now=now)
    except S3Error:
        # Whoever asks for the page itself is told.
        return ""
    if stored is None or not stored.is_whole or "\x00" in name:
        return ""
    kind = Entry.Kind.FOLDER if name.endswith("/") else FILE
    named = Entry.objects.filter(folder_id=stored.id, kind=kind, name=name.removesuffix("/"), is_hidden=False)
    here = named.first()
    if here is None:
        return ""
    place = place_before(here, order=Order(sort, direction), group=group, steps=PLACE_ABOVE)
    return place.text if place else ""


def holds_folder(reach: Reach, path: str) -> bool:
    """Whether a folder at `path` stands in what is stored of its parent. One query. Raises NotAllowed("read"), OutOfBounds
    or Malformed."""
    need(reach, "read")
    folder = reach.folder(path)
    above = {"folder__bucket_id": reach.bucket_id, "folder__path": folder.parent.text}
    return Entry.objects.filter(**above, kind=Entry.Kind.FOLDER, name=folder.name).exists()


def _known(reach: Reach, folder: FolderKey, *, now: datetime) -> StoredFolder | None:
    """What is stored of `folder`, listed now when it is too old; None when it can't be stored."""
    stored = stored_folder(folder, now=now)
    if stored is not None and stored.is_current(within=settings.LISTING_TTL, now=now):
        return stored
    try:
        seen = relisting.look(reach, folder, now=now)
    except S3Error:
        if stored is None or not stored.is_known:
            raise
        return stored
    return stored_folder(folder, now=now) if seen.is_stored else None


def _as_s3_knows(reach: Reach, key: Key) -> EntryView:
    facts = objects.head(reach, key)
    return EntryView(
        kind=Kind.FILE,
        name=key.name,
        path=reach.path_of(key),
        size=facts.size,
        modified_at=facts.modified_at,
        etag=facts.etag,
        storage_class=facts.storage_class,
        group=group_of(key.name).value,
    )


def _openable(asked: _Asked, stored: StoredFolder, order: Order, span: int) -> list[EntryView]:
    """The next `span` files behind the cursor that can be opened; names that can't are rare, so a few more are read."""
    cursor = replace(asked.cursor, order=order) if asked.cursor else None
    found = entries_behind(
        stored, order=order, group=asked.group, cursor=cursor, limit=span + PAGE_SIZE, folders=False
    )
    seen = (as_seen(entry, reach=asked.reach, folder=asked.folder) for entry in found)
    return [entry for entry in seen if not entry.unreachable][:span]


def _count(stored: StoredFolder, group: Group | None) -> int:
    return stored.file_count if group is None else count_behind(stored, BY_NAME, group, None)


def crumbs(reach: Reach, path: str) -> list[Crumb]:
    """The folders from the root to the one that `path` is or lies in, root first. Raises OutOfBounds or Malformed."""
    folder = reach.folder(path) if not path or path.endswith("/") else reach.file(path).parent
    way = [*reversed(list(folder.ancestors)), folder]
    return [
        Crumb(name=key.name if reach.path_of(key) else reach.bucket_title, path=reach.path_of(key))
        for key in way
    ]
