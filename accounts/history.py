"""Reading the audit log: newest first, filtered, a page at a time from where the last one ended.

Nothing is ever counted, and no page skips rows: a cursor says after which entry to go on, and every filter has an index
that begins with it and ends with the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import AuditEntry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 18


class Cursor(NamedTuple):
    """The entry after which the next page begins."""

    at: datetime
    id: int

    @classmethod
    def of(cls, text: str) -> "Cursor | None":
        """The cursor that `text` is; None for what is none."""
        micros, _, entry_id = text.partition(".")
        if not all(
            part.isdecimal() and part.isascii() and len(part) <= _LONGEST for part in (micros, entry_id)
        ):
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(micros)), int(entry_id))
        except OverflowError:
            return None

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; None is any. `since` is the first moment, `until` the first one after."""

    actor_id: UUID | None = None
    operation: str | None = None
    outcome: str | None = None
    bucket_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    @property
    def condition(self) -> Q:
        """The entries that are meant, for a query."""
        asked = {
            "actor_id": self.actor_id,
            "operation": self.operation,
            "outcome": self.outcome,
            "bucket_id": self.bucket_id,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        return Q(**{name: value for name, value in asked.items() if value is not None})


def midnight(text: str) -> datetime:
    """The beginning, in UTC, of a day such as 2026-01-31. Raises ValueError."""
    return datetime.combine(date.fromisoformat(text), time(), UTC)


def everything() -> QuerySet[AuditEntry]:
    """All there is, for administrators."""
    return AuditEntry.objects.order_by("-at", "-id")


def page(
    parts: Sequence[QuerySet[AuditEntry]], wanted: Wanted, *, after: Cursor | None, limit: int
) -> list[AuditEntry]:
    """The newest `limit` entries of all `parts` together that are `wanted`, of those after a cursor. One query.

    The parts may hold no entry twice.
    """
    condition = wanted.condition & (_after(after) if after else Q())
    found = [part.filter(condition).order_by("-at", "-id")[:limit] for part in parts]
    if not found:
        return []
    together = found[0] if len(found) == 1 else found[0].union(*found[1:], all=True).order_by("-at", "-id")
    return list(together[:limit])


def pages(
    parts: Sequence[QuerySet[AuditEntry]], wanted: Wanted, *, size: int = 2_000
) -> Iterator[list[AuditEntry]]:
    """All entries of `parts` that are `wanted`, some thousand at a time: a query each, and no transaction between them."""
    after = None
    while entries := page(parts, wanted, after=after, limit=size):
        yield entries
        after = cursor_of(entries[-1])


def cursor_of(entry: AuditEntry) -> Cursor:
    """Where to go on after `entry`."""
    return Cursor(entry.at, entry.id)


def _after(cursor: Cursor) -> Q:
    # Said twice, because PostgreSQL looks up only the first in an index.
    return Q(at__lte=cursor.at) & (Q(at__lt=cursor.at) | Q(id__lt=cursor.id))
