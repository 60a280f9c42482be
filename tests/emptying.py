"""Emptying tables between tests that commit. Of the audit log the database refuses it, as it must, unless its owner says
otherwise: the triggers that refuse are switched off for the one transaction that empties, and stand in every test.

Few rows are deleted in a hundredth of the time that truncating takes. What migrations put in place, and every test
expects, stays: nothing has to be made again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from django.db import connection, transaction
from django.test import TransactionTestCase

from accounts import sealing

GUARDED = ("accounts_auditentry", "accounts_auditseal")
KEPT = ("auth_permission", "django_content_type")


def empty(*tables: str) -> None:
    """Removes every row of `tables`, in one transaction that waits for whoever is writing into them.

    While it holds the sealer's lock no worker can be sealing: the two would wait for each other's tables."""
    guarded = [table for table in GUARDED if table in tables]
    statements = [
        f"SELECT pg_advisory_xact_lock({sealing._SEAL_LOCK})",
        f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE",
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
        *(f"DELETE FROM {table}" for table in tables),
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


@contextmanager
def emptying_is_allowed() -> Iterator[None]:
    """Has tests that commit leave empty tables behind, in place of Django's own flush."""
    with patch.object(TransactionTestCase, "_fixture_teardown", lambda _: empty(*_tables())):
        yield


@cache
def _tables() -> tuple[str, ...]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(sorted(set(found) - set(KEPT)))
