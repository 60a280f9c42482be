import sys
from typing import Any

from django.db import DatabaseError, migrations, transaction

INDEXES = {
    "entry_name_trigrams": "files_entry USING gin (name_folded gin_trgm_ops)",
    "folder_path_trigrams": "files_folder USING gin (path_folded gin_trgm_ops)",
}
WITHOUT = """
  The database has no pg_trgm, or this user may not create it. Searching works without, but reads every name.
  To make it quick later, create the extension as a superuser and the indexes as docs/operations.md says.
"""


def index_names(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        sys.stderr.write(WITHOUT)
        return
    with connection.cursor() as cursor:
        for name, what in INDEXES.items():
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def drop_indexes(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("files", "0005_folded_names")]

    operations = [migrations.RunPython(index_names, drop_indexes)]
