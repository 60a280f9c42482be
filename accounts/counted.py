"""The audit log by numbers, for programs that count: any stretch of some operations, and how many entries there are."""

from collections.abc import Collection

from accounts.models import AuditEntry


def part(operations: Collection[str], *, offset: int, limit: int) -> tuple[list[AuditEntry], int]:
    """The `limit` entries from number `offset` on, newest first, of what was done of these operations; and how many
    there are in all. Two queries."""
    entries = AuditEntry.objects.filter(operation__in=operations, outcome=AuditEntry.Outcome.DONE)
    return list(entries.order_by("-at", "-id")[offset : offset + limit]), entries.count()
