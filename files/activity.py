"""When something last happened in a bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import AuditEntry
from buckets.paths import Reach

_CHANGES = [AuditEntry.Operation.UPLOAD_CONFIRMED, AuditEntry.Operation.DELETED]


@dataclass(frozen=True, slots=True)
class Activity:
    """The latest upload or deletion a person may know of."""

    at: datetime
    operation: str
    actor_name: str


def latest(reaches: Sequence[Reach]) -> dict[UUID, Activity]:
    """The latest upload or deletion below the root of each reach, by bucket id; buckets where nothing happened are left
    out. One query."""
    found = [_latest_in(reach) for reach in reaches]
    if not found:
        return {}
    rows = found[0] if len(found) == 1 else found[0].union(*found[1:], all=True)
    return {
        entry.bucket_id: Activity(entry.at, entry.operation, entry.actor_name)
        for entry in rows
        if entry.bucket_id is not None
    }


def _latest_in(reach: Reach) -> QuerySet[AuditEntry]:
    below = AuditEntry.objects.filter(
        bucket_id=reach.bucket_id, operation__in=_CHANGES, outcome=AuditEntry.Outcome.DONE
    )
    return below.filter(path__startswith=reach.root).order_by("-at", "-id")[:1]
