"""Sealing the audit log: new entries are linked into one chain of hashes, soon after they are committed.

Entries get their ids when they are written and can be seen when their transaction ends, which is another order. So the
chain has positions of its own, in the order of sealing, and what waits for a seal stands in a queue that is written in
the entry's own transaction: nothing has to be guessed about transactions that are still open, in this database or in
others of the same server, and the chain survives a dump and a restore.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction

from accounts import chain
from accounts.models import AuditEntry, AuditSeal, UnsealedEntry

log = structlog.get_logger(__name__)

BATCH = 500
_MOST_BATCHES = 100
_SEAL_LOCK = 0x4D42_0005


def seal_new(*, now: datetime) -> int:
    """Seals the entries that wait, at most 50,000. How many; none while somebody else is sealing."""
    sealed = 0
    for _ in range(_MOST_BATCHES):
        count = _seal_batch(now)
        sealed += count
        if count < BATCH:
            break
    return sealed


@transaction.atomic
def _seal_batch(now: datetime) -> int:
    if not _alone():
        return 0
    # Asked after the lock is held, so what the sealer before committed is seen.
    waiting = list(UnsealedEntry.objects.order_by("entry_id").values_list("entry_id", flat=True)[:BATCH])
    if not waiting:
        return 0
    last = AuditSeal.objects.order_by("-position").first()
    position, before = (last.position, bytes(last.hash)) if last else (0, chain.FIRST)
    sealed_at = max(now, last.sealed_at) if last else now
    seals = []
    sealed = AuditSeal.objects.filter(entry_id__in=waiting).values("entry_id")
    for entry in AuditEntry.objects.filter(id__in=waiting).exclude(id__in=sealed).order_by("id"):
        position += 1
        seals.append(
            chain.seal(
                entry, position=position, before=before, sealed_at=sealed_at, key=settings.AUDIT_KEYS[0]
            )
        )
        before = bytes(seals[-1].hash)
    AuditSeal.objects.bulk_create(seals)
    UnsealedEntry.objects.filter(entry_id__in=waiting).delete()
    # A witness outside the database: a chain that was cut off or made anew does not lead through it.
    log.info("audit_sealed", count=len(seals), head=f"{position}:{before.hex()}")
    return len(waiting)


def _alone() -> bool:
    """Whether this transaction now is the one that seals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEAL_LOCK])
        return bool(cursor.fetchone()[0])
