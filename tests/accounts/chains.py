"""A sealed audit log, and hands that reach past its triggers, as only the owner of the tables can."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from accounts import sealing
from accounts.audit import Operation, record
from accounts.models import AuditEntry

TABLES = ("accounts_auditentry", "accounts_auditseal")


def entries(count: int, *, seal: bool = True, at: datetime | None = None) -> list[AuditEntry]:
    """`count` fresh entries, sealed unless told otherwise, as if written at `at`."""
    made = [record(by=None, operation=Operation.DELETED, path=f"a/{number}") for number in range(count)]
    if at is not None:
        tamper(
            "UPDATE accounts_auditentry SET at = %s WHERE id = ANY(%s)", [at, [entry.id for entry in made]]
        )
    if seal:
        sealing.seal_new(now=timezone.now())
    return made


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def tamper(statement: str, values: Sequence[Any] = ()) -> None:
    """Runs `statement` with the triggers of the audit log switched off."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def another_connection() -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the same database, closed at the end with whatever it left open."""
    other = connection.copy()
    try:
        yield other
    finally:
        other.close()


def write_elsewhere(other: BaseDatabaseWrapper, path: str) -> None:
    """An entry with `path`, written through the connection `other` in the transaction it has open."""
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_auditentry (at, operation, outcome, actor_name, actor_email, bucket_code, path, detail)"
            " VALUES (now(), 'deleted', 'done', '', '', '', %s, '{}')",
            [path],
        )
