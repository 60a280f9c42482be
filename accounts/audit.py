"""The audit log. Rows are only ever added; nothing here or elsewhere changes or removes one."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils.text import capfirst

from accounts.models import AuditEntry, User
from accounts.signals import audited

Operation = AuditEntry.Operation
Outcome = AuditEntry.Outcome


class Circumstances(TypedDict, total=False):
    """What an entry holds besides the person, the path and the detail; what is left out is empty, the outcome "done"."""

    operation: Required[AuditEntry.Operation]
    bucket_id: UUID | None
    bucket_code: str
    ip: str | None
    outcome: AuditEntry.Outcome


def record(
    *,
    by: User | None,
    path: str = "",
    detail: dict[str, Any] | None = None,
    **circumstances: Unpack[Circumstances],
) -> AuditEntry:
    """The entry that says what `by` did, saved in the caller's transaction. `by` is None for the system and strangers.

    Names are copied in, so deleting a person or a bucket later touches no entry. `detail` must hold no secret. That a
    personal token acted for `by` is added to it.
    """
    entry = _entry(by, path, detail or {}, circumstances)
    entry.save(force_insert=True)
    _announce()
    return entry


def note(
    row: Model,
    *,
    by: User | None,
    changes: object = None,
    **circumstances: Unpack[Circumstances],
) -> AuditEntry:
    """The entry that says what an administrator did to `row`. `changes` names fields and never their values."""
    detail = {"kind": str(row._meta.verbose_name), "id": str(row.pk), "name": str(row)}
    return record(by=by, detail={**detail, "changes": changes} if changes else detail, **circumstances)


def changed(row: Model, fields: Iterable[str]) -> list[dict[str, Any]]:
    """That these `fields` of `row` changed, in the words of its forms: for `note`."""
    labels = [capfirst(str(row._meta.get_field(field).verbose_name)) for field in fields]  # type: ignore[union-attr]
    return [{"changed": {"fields": labels}}] if labels else []


def record_all(
    acts: Iterable[tuple[str, dict[str, Any]]], *, by: User | None, **circumstances: Unpack[Circumstances]
) -> None:
    """One entry for each path and detail in `acts`, which `by` did at once; saved together in the caller's transaction."""
    if AuditEntry.objects.bulk_create(_entry(by, path, detail, circumstances) for path, detail in acts):
        _announce()


def _announce() -> None:
    # What is announced is only a nudge, so it may fail without taking along what was written.
    transaction.on_commit(partial(audited.send_robust, sender=AuditEntry), robust=True)


def _entry(by: User | None, path: str, detail: dict[str, Any], circumstances: Circumstances) -> AuditEntry:
    acted = {"token": {"id": str(by.token.id), "name": str(by.token)}} if by and by.token else {}
    return AuditEntry(
        actor_id=by.id if by else None,
        actor_name=by.name if by else "",
        actor_email=by.email if by else "",
        path=_storable(path),
        detail={**detail, **acted},
        **circumstances,
    )


def _storable(text: str) -> str:
    """`text` as PostgreSQL can keep it: what people send may hold NUL and lone surrogates."""
    return text.replace("\x00", "␀").encode("utf-8", "backslashreplace").decode()
