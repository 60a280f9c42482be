"""The requests by numbers, for programs that count. Ignored ones don't."""

from dataclasses import dataclass

from django.db.models import Count, Q

from restore.models import RestoreRequest

Status = RestoreRequest.Status


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests there are, in all and by how far they are."""

    total: int
    not_started: int
    pending: int
    restored: int


def part(*, offset: int, limit: int) -> tuple[list[RestoreRequest], Tally]:
    """The `limit` requests from number `offset` on, newest first, and the tally of them all. Two queries."""
    counting = RestoreRequest.objects.exclude(status=Status.IGNORED)
    names = {
        status.value: Count("pk", filter=Q(status=status)) for status in Status if status != Status.IGNORED
    }
    counts = counting.aggregate(total=Count("pk"), **names)
    return list(counting[offset : offset + limit]), Tally(**counts)
