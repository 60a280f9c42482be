"""How soon a search in a bucket of very many folders tells its first hits, when all of them are known."""

from collections.abc import Callable

from django.db import connection

from benchmarks.figures import Figure, milliseconds, timed
from buckets.models import Bucket
from buckets.paths import Rights
from files.models import BucketIndex, Folder
from search import answers, known
from search.matching import parse
from search.traversal import Wanted
from tests import people
from tests.browser.database import committed_database
from tests.files.flat_pages import NOON

CLIENTS, A_CLIENT, IN_A_FOLDER = 2_000, 100, 5
NEEDLES = {"in every name": "plan", "1 in 90,000": "unicorn", "nothing": "zebrafish"}

FOLDERS = """
    INSERT INTO files_folder (bucket_id, path, path_folded, generation, stored_generation, is_whole, is_missing, is_big, listed_at,
                              file_count, folder_count, total_size, odd_count, evicted, swept)
    SELECT %s, path, path, 1, 1, true, false, false, %s, 0, folders, 0, 0, 0, 0
    FROM (SELECT '' AS path, %s AS folders
          UNION ALL SELECT 'client-' || client || '/', %s FROM generate_series(1, %s) AS client
          UNION ALL SELECT 'client-' || client || '/' || number || '/', 0
          FROM generate_series(1, %s) AS client, generate_series(1, %s) AS number) AS made
"""
INSIDE = """
    INSERT INTO files_entry (folder_id, bucket_id, kind, name, name_folded, size, modified_at, etag, storage_class, "group",
                             is_hidden, has_thumbnail, is_big)
    SELECT parent.id, parent.bucket_id, 0, name, name, NULL, NULL::timestamptz, '', '', '', false, false, false
    FROM (SELECT regexp_replace(path, '[^/]*/$', '') AS above, regexp_replace(path, '^.*?([^/]*)/$', '\\1') AS name
          FROM files_folder WHERE path <> '') AS child
    JOIN files_folder AS parent ON parent.path = child.above
    UNION ALL
    SELECT id, bucket_id, 1, name, name, 1, %s, 'e', 'STANDARD', 'image', false, false, false
    FROM (SELECT id, bucket_id, 'plan-' || id || CASE WHEN id %% 18000 = 7 AND n = 1 THEN '-unicorn-' ELSE '-' END || n AS name
          FROM files_folder, generate_series(1, %s) AS n WHERE folder_count = 0) AS file
"""
STRETCHES = """
    INSERT INTO files_stretch (folder_id, kind, first, last, words)
    SELECT folder_id, kind, min(name), max(name), ' ' || replace(string_agg(name, ' '), '-', ' ') || ' '
    FROM files_entry GROUP BY folder_id, kind
"""


def warm_search() -> list[Figure]:
    """A million names in 200,000 folders, listed as a whole a moment ago."""
    with committed_database():
        bucket = people.press_bucket()
        with connection.cursor() as cursor:
            cursor.execute(FOLDERS, [bucket.pk, NOON, CLIENTS, A_CLIENT, CLIENTS, CLIENTS, A_CLIENT])
            cursor.execute(INSIDE, [NOON, IN_A_FOLDER])
            cursor.execute(STRETCHES)
            cursor.execute("VACUUM ANALYZE files_entry, files_stretch, files_folder")
        BucketIndex.objects.create(bucket=bucket, listed_at=NOON, file_count=1, folder_count=1, total_size=1)
        called = f"{CLIENTS * A_CLIENT * IN_A_FOLDER:,} names in {Folder.objects.count():,} folders"
        return _figures(bucket, called)


def _figures(bucket: Bucket, called: str) -> list[Figure]:
    reach = bucket.reach(root="", rights=Rights())

    def first(typed: str) -> Callable[[], None]:
        def ask() -> None:
            found = answers.stored(Wanted(reach, reach.folder(""), parse(typed)), within=60, now=NOON)
            next(found)
            found.close()

        return ask

    took = {said: min(timed(first(typed), times=5, warm_up=1)) for said, typed in NEEDLES.items()}
    asked = min(timed(lambda: known.is_everything_known(reach, within=60, now=NOON), times=3, warm_up=1))
    paths = min(timed(lambda: known.known(reach, within=60, now=NOON), times=1))
    return [
        Figure(f"first word of a warm search, {called}", ", ".join(f"{milliseconds(took[said])} ({said})" for said in took)),
        Figure("of these, whether everything is known", milliseconds(asked)),
        Figure("how long every folder's path would take", milliseconds(paths)),
    ]  # fmt: skip
