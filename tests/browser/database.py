"""The test database as the live product uses it: rows are committed, and other processes hold connections."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from tests.emptying import empty


@contextmanager
def committed_database() -> Iterator[None]:
    """The empty test database. It is made here, and removed, where pytest-django hasn't made it already."""
    is_there = str(connection.settings_dict["NAME"]).startswith("test_")
    made = [] if is_there else setup_databases(verbosity=0, interactive=False)
    empty_tables()
    yield
    empty_tables()
    with connection.cursor() as cursor:
        # A server that was just ended may not have given its connections back yet.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()
    teardown_databases(made, verbosity=0)


def empty_tables() -> None:
    """Removes every row of the product's apps."""
    tables = [
        model._meta.db_table
        for name in ("accounts", "buckets", "files", "restore")
        for model in apps.get_app_config(name).get_models()
    ]
    empty(*tables)
