"""The indexes of what is stored of buckets: each for something that no other one finds as well."""

import re

from django.db import connection

COLUMNS = re.compile(r"USING btree \((.*?)\)(?: WHERE|$)")


def indexes_of_files() -> dict[str, list[str]]:
    """The columns of each whole B-tree index on a table of this app."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename || ' ' || indexname, indexdef FROM pg_indexes WHERE starts_with(tablename, 'files_')"
        )
        told = [(name, COLUMNS.search(text)) for name, text in cursor.fetchall() if " WHERE " not in text]
    return {name: found[1].split(", ") for name, found in told if found}


def test_none_begins_as_another_one_does(db: None) -> None:
    # Where a table's statistics are from before it grew, as after a flush, both look equally good, and the planner may take
    # the shorter one: ten thousand folders were each looked for among all of their bucket's.
    indexes = indexes_of_files()
    assert "files_folder folder_once" in indexes
    pairs = [
        (short, long)
        for short, columns in indexes.items()
        for long, more in indexes.items()
        if short != long
        and short.split()[0] == long.split()[0]
        and more[: len(columns)] == columns
        and not short.endswith("_pkey")
    ]
    assert pairs == []
