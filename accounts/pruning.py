"""Letting go of old entries of the audit log: from its beginning on, sealed ones only, and never in silence.

The last seal that is let go stays as the anchor of the chain, and an entry proves that whoever pruned had the key. So the
rest of the chain can be checked as before, and a log that was cut off in another way can be told from a pruned one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from accounts import chain
from accounts.audit import Operation, record
from accounts.models import AuditSeal

BATCH = 10_000
_PRUNE_LOCK = 0x4D42_0006


class Busy(Exception):
    """The log is being checked or pruned at this moment."""

    def __init__(self) -> None:
        super().__init__("The audit log is being checked or pruned at this moment. Try again later.")


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many entries went, or would go, and the position of the last; 0 when there was nothing to prune."""

    entries: int
    upto: int


def prune(*, before: datetime, dry_run: bool = False) -> Pruned:
    """Removes the sealed entries older than `before` from the beginning of the log, the newest seal excepted, in batches of
    10,000, each with an entry that says so. With `dry_run` only counts. Raises Busy."""
    entries, upto = 0, 0
    while True:
        batch = _count_batch(before, after=upto) if dry_run else _prune_batch(before)
        if batch is None:
            return Pruned(entries, upto)
        entries += batch.entries
        upto = batch.upto


def keep_from_pruning() -> None:
    """Lets nobody prune until the present transaction ends. Waits for who is pruning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_PRUNE_LOCK])


@transaction.atomic
def _prune_batch(before: datetime) -> Pruned | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_PRUNE_LOCK])
        if not cursor.fetchone()[0]:
            raise Busy
        batch = _count_batch(before, after=0)
        if batch is None:
            return None
        cursor.execute("SELECT accounts_prune_audit_log(%s)", [batch.upto])
        entries = int(cursor.fetchone()[0])
    anchor = AuditSeal.objects.get(position=batch.upto)
    digest = bytes(anchor.hash)
    record(
        by=None,
        operation=Operation.AUDIT_PRUNED,
        detail={
            "before": before.isoformat(),
            "entries": entries,
            "position": anchor.position,
            "hash": digest.hex(),
            "proof": chain.anchor_proof(anchor.position, digest, key=settings.AUDIT_KEYS[0]),
        },
    )
    return Pruned(entries, anchor.position)


def _count_batch(before: datetime, *, after: int) -> Pruned | None:
    """What one batch after the position `after` takes: up to the first entry that is young enough to stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seal.position, entry.at FROM accounts_auditseal seal"
            " LEFT JOIN accounts_auditentry entry ON entry.id = seal.entry_id"
            " WHERE seal.position > %s ORDER BY seal.position LIMIT %s",
            [after, BATCH + 2],
        )
        found = cursor.fetchall()
    entries, upto = 0, 0
    # The very last seal never goes: the next link needs it.
    for position, at in found[:-1][: BATCH + 1]:
        if at is None:
            continue
        if at >= before:
            break
        entries, upto = entries + 1, position
    return Pruned(entries, upto) if entries else None
