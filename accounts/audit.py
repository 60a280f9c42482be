"""The audit log. Rows are only ever added; nothing here or elsewhere changes or removes one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import AuditEntry, User

Operation = AuditEntry.Operation
Outcome = AuditEntry.Outcome


def record(
    *,
    by: User | None,
    operation: AuditEntry.Operation,
    bucket_id: UUID | None = None,
    bucket_code: str = "",
    path: str = "",
    ip: str | None = None,
    outcome: AuditEntry.Outcome = Outcome.DONE,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """The entry that says what `by` did, saved in the caller's transaction. `by` is None for the system and strangers.

    Names are copied in, so deleting a person or a bucket later touches no entry. `detail` must hold no secret.
    """
    entry = _entry(
        by=by,
        operation=operation,
        bucket_id=bucket_id,
        bucket_code=bucket_code,
        path=path,
        ip=ip,
        outcome=outcome,
        detail=detail,
    )
    entry.save(force_insert=True)
    return entry


def record_all(
    acts: Iterable[tuple[str, dict[str, Any]]],
    *,
    by: User | None,
    operation: AuditEntry.Operation,
    bucket_id: UUID,
    bucket_code: str,
    ip: str | None,
    outcome: AuditEntry.Outcome = Outcome.DONE,
) -> None:
    """One entry for each path and detail in `acts`, which `by` did at once; saved together in the caller's transaction."""
    AuditEntry.objects.bulk_create(
        _entry(
            by=by,
            operation=operation,
            bucket_id=bucket_id,
            bucket_code=bucket_code,
            path=path,
            ip=ip,
            outcome=outcome,
            detail=detail,
        )
        for path, detail in acts
    )


def _entry(
    *,
    by: User | None,
    operation: AuditEntry.Operation,
    bucket_id: UUID | None,
    bucket_code: str,
    path: str,
    ip: str | None,
    outcome: AuditEntry.Outcome,
    detail: dict[str, Any] | None,
) -> AuditEntry:
    return AuditEntry(
        operation=operation,
        outcome=outcome,
        actor_id=by.id if by else None,
        actor_name=by.name if by else "",
        actor_email=by.email if by else "",
        bucket_id=bucket_id,
        bucket_code=bucket_code,
        path=_storable(path),
        ip=ip,
        detail=detail or {},
    )


def _storable(text: str) -> str:
    """`text` as PostgreSQL can keep it: what people send may hold NUL and lone surrogates."""
    return text.replace("\x00", "␀").encode("utf-8", "backslashreplace").decode()
