"""Pages of a stored folder: twenty rows after a cursor in any order, from one query. Of a big folder it reads an index and no
more; all entries of another are sorted, which takes about as long."""

import base64
import binascii
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Value

from buckets.paths import Malformed
from files.entries import Direction, Group, Order, Sort
from files.folding import indexed
from files.models import Entry
from files.stored import StoredFolder

FOLDER, FILE = Entry.Kind.FOLDER, Entry.Kind.FILE
BY_NAME = Order(Sort.NAME, Direction.ASCENDING)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_CURSOR = 8_000
_COLUMN = {Sort.NAME: "name_folded", Sort.SIZE: "size", Sort.MODIFIED: "modified_at"}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a folder: right behind the entry with this kind, sort value and name, in an order and a group.

    `value` is the folded name, the size in bytes or the date, by the order the cursor was made for.
    """

    order: Order
    group: Group | None
    kind: int
    value: str | int | datetime
    name: str

    @property
    def text(self) -> str:
        """The cursor as it travels in an address: opaque, and no secret."""
        value = _microseconds(self.value) if isinstance(self.value, datetime) else self.value
        parts = [
            self.order.sort,
            self.order.direction,
            self.group or "",
            int(self.kind),
            "" if self.by_name else value,
            self.name,
        ]
        packed = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @property
    def by_name(self) -> bool:
        return self.kind == FOLDER or self.order.sort is Sort.NAME

    @classmethod
    def behind(cls, entry: Entry, order: Order, group: Group | None = None) -> "Cursor":
        """The place right behind `entry`."""
        by_name = entry.kind == FOLDER or order.sort is Sort.NAME
        value = entry.name_folded if by_name else getattr(entry, _COLUMN[order.sort])
        return cls(order, group, entry.kind, value, entry.name)

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor that `text` is, None when it is empty. Raises Malformed("after") when it is none."""
        if not text:
            return None
        try:
            return cls._unpacked(text)
        except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
            raise unknown_place() from None

    @classmethod
    def _unpacked(cls, text: str) -> "Cursor":
        if len(text) > _LONGEST_CURSOR:
            raise ValueError
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        sort, direction, group, kind, value, name = json.loads(packed.decode())
        order = Order(Sort(sort), Direction(direction))
        if type(kind) is not int or kind not in (FOLDER, FILE) or not isinstance(name, str) or "\x00" in name:
            raise ValueError
        name.encode()
        by_name = kind == FOLDER or order.sort is Sort.NAME
        return cls(
            order,
            Group(group) if group else None,
            kind,
            _checked(value, order, by_name=by_name, name=name),
            name,
        )


def unknown_place() -> Malformed:
    """What to raise for a cursor that leads nowhere."""
    return Malformed("after", "This place in the list isn't known. Open the folder again.")


def _checked(value: Any, order: Order, *, by_name: bool, name: str) -> str | int | datetime:
    if by_name:
        if value != "":
            raise ValueError
        return indexed(name)
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError
    return _EPOCH + timedelta(microseconds=value) if order.sort is Sort.MODIFIED else value


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def entries_behind(
    stored: StoredFolder,
    *,
    order: Order,
    group: Group | None,
    cursor: Cursor | None,
    limit: int,
    folders: bool = True,
) -> Sequence[Entry]:
    """Up to `limit` shown entries of a folder behind `cursor` (None: from the start). One query.

    Folders first, by name, then files in `order`; with a `group`, or without `folders`, files alone.
    """
    parts = list(
        _parts(stored, order=order, group=group, cursor=cursor, with_folders=folders and group is None)
    )
    limited = [part.annotate(part=Value(number))[:limit] for number, part in enumerate(parts)]
    rows = limited[0] if len(limited) == 1 else limited[0].union(*limited[1:], all=True)
    return sorted(rows, key=lambda row: row.part)[:limit]


def entries_at(
    stored: StoredFolder,
    *,
    order: Order,
    offset: int,
    limit: int,
    folders: int,
    without: Collection[int] = (),
) -> Sequence[Entry]:
    """Up to `limit` shown entries of a folder from number `offset` on, in the order of `entries_behind`. One query.

    `folders` is how many shown folders there are besides those among `without`, the ids of entries to leave out.
    """
    shown = _shown(stored.id, is_big=stored.is_big)
    if without:
        shown = shown.exclude(id__in=without)
    first = range(offset, min(offset + limit, folders))
    then = range(max(offset - folders, 0), max(offset + limit - folders, 0))
    stretches = (
        (_ordered(shown.filter(kind=FOLDER), BY_NAME), first),
        (_ordered(shown.filter(kind=FILE), order), then),
    )
    parts = [
        rows.annotate(part=Value(number))[wanted.start : wanted.stop]
        for number, (rows, wanted) in enumerate(stretches)
        if wanted
    ]
    if not parts:
        return []
    rows = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True)
    return sorted(rows, key=lambda row: row.part)


def place_before(entry: Entry, *, order: Order, group: Group | None, steps: int) -> Cursor | None:
    """The place from which a list goes on with `steps` entries and then `entry`, at most; None when that is its beginning."""
    is_folder = entry.kind == FOLDER
    files_order, order = order, BY_NAME if is_folder else order
    shown = _shown(entry.folder_id, is_big=entry.is_big)
    rows = (
        shown.filter(kind=entry.kind) if is_folder or group is None else shown.filter(kind=FILE, group=group)
    )
    back = mirrored(order)
    found: list[Entry] = []
    for part in _behind(_ordered(rows, back), Cursor.behind(entry, back, group), back):
        found += part[: steps + 1 - len(found)]
    if len(found) <= steps and not is_folder and group is None:
        found += _ordered(shown.filter(kind=FOLDER), mirrored(BY_NAME))[: steps + 1 - len(found)]
    return Cursor.behind(found[-1], files_order, group) if len(found) > steps else None


def count_behind(stored: StoredFolder, order: Order, group: Group | None, cursor: Cursor | None) -> int:
    """How many shown files of a folder (of one `group`) lie behind `cursor` in `order`; None counts all."""
    files = _shown(stored.id, is_big=stored.is_big).filter(kind=FILE)
    files = files if group is None else files.filter(group=group)
    if cursor is None:
        return files.count()
    return sum(part.count() for part in _behind(files, cursor, order))


def _shown(folder_id: int, *, is_big: bool) -> QuerySet[Entry]:
    """The shown entries of a folder. The indexes of orders hold those of big ones, and only who says so may read them."""
    shown = Entry.objects.filter(folder_id=folder_id, is_hidden=False)
    return shown.filter(is_big=True) if is_big else shown


def _parts(
    stored: StoredFolder, *, order: Order, group: Group | None, cursor: Cursor | None, with_folders: bool
) -> Iterable[QuerySet[Entry]]:
    """The stretches of index that make up what comes, in order: the rest of the cursor's ties, what follows, and files
    after folders. Each reads one index from one place on, which "value above, or value equal and name above" would not."""
    shown = _shown(stored.id, is_big=stored.is_big)
    files = shown.filter(kind=FILE) if group is None else shown.filter(kind=FILE, group=group)
    by_name = _ordered(shown.filter(kind=FOLDER), BY_NAME)
    if cursor is None:
        yield from [by_name] * with_folders
    elif cursor.kind == FOLDER:
        yield from [part for part in _behind(by_name, cursor, BY_NAME) if with_folders]
    else:
        yield from _behind(_ordered(files, order), cursor, order)
        return
    yield _ordered(files, order)


def _ordered(rows: QuerySet[Entry], order: Order) -> QuerySet[Entry]:
    return rows.order_by(*_order_by(order))


def _order_by(order: Order) -> tuple[str, str]:
    above = "" if order.direction is Direction.ASCENDING else "-"
    return f"{above}{_COLUMN[order.sort]}", f"{'' if _names_rise(order) else '-'}name"


def _names_rise(order: Order) -> bool:
    """Newest first goes with names from A to Z, and so do the others from their smallest; the mirror image has both turned."""
    return (order.direction is Direction.ASCENDING) is not (order.sort is Sort.MODIFIED)


def _behind(rows: QuerySet[Entry], cursor: Cursor, order: Order) -> Iterable[QuerySet[Entry]]:
    column = _COLUMN[order.sort]
    name_beyond = "name__gt" if _names_rise(order) else "name__lt"
    beyond = "gt" if order.direction is Direction.ASCENDING else "lt"
    yield rows.filter(**{column: cursor.value, name_beyond: cursor.name})
    yield rows.filter(**{f"{column}__{beyond}": cursor.value})


def mirrored(order: Order) -> Order:
    """The same order from its other end."""
    turned = Direction.DESCENDING if order.direction is Direction.ASCENDING else Direction.ASCENDING
    return Order(order.sort, turned)
