"""Emptying the audit log between tests that commit: the database refuses it, as it must, unless its owner says otherwise.

The triggers against TRUNCATE are switched off for the one statement that empties the tables and stand in every test.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from accounts import sealing

TABLES = ("accounts_auditentry", "accounts_auditseal")


def empty(statements: Sequence[str]) -> None:
    """Runs `statements`, which empty tables, in one transaction without the triggers that refuse it.

    While it holds the sealer's lock no worker can be sealing: the two would wait for each other's tables."""
    _plainly(
        connection.ops,
        [
            f"SELECT pg_advisory_xact_lock({sealing._SEAL_LOCK})",
            *(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate" for table in TABLES),
            *statements,
            *(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate" for table in TABLES),
        ],
    )


@contextmanager
def emptying_is_allowed() -> Iterator[None]:
    """Lets Django empty the tables after a test that commits."""
    DatabaseOperations.execute_sql_flush = lambda _, statements: empty(statements)
    try:
        yield
    finally:
        DatabaseOperations.execute_sql_flush = _plainly


_plainly = DatabaseOperations.execute_sql_flush
