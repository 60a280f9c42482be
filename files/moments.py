"""Evictions, counted, so that a listing knows what was evicted since it began, of folders without a row, too.

Part of the writer: `files.cache` and `files.storing` alone use it. A listing of one folder holds a ticket, which stands for
the folder's row; one of a whole bucket begins before anybody knows which folders there are, so it holds a number instead.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from files.folding import folded

_LOCKS = 0x6D62


def moment() -> int:
    """The number of this moment: evictions before it have smaller ones, those after it bigger ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('files_moment')")
        (number,) = cursor.fetchone()
    return int(number)


def raise_generations(bucket_id: UUID, paths: Collection[str], *, swept: str | None = None) -> None:
    """Evicts these folders; of `swept`, one of them, all below it is meant.

    Always in the order of the paths: two evictions that meet would otherwise wait for each other for ever.
    """
    asked = sorted(paths)
    with connection.cursor() as cursor:
        cursor.execute(_RAISE_GENERATIONS, [bucket_id, swept, asked, [folded(path) for path in asked]])


_RAISE_GENERATIONS = """
    WITH this AS MATERIALIZED (SELECT nextval('files_moment') AS moment)
    INSERT INTO files_folder (bucket_id, path, path_folded, generation, is_whole, is_missing, is_big, file_count,
                              folder_count, total_size, odd_count, evicted, swept)
    SELECT %s, path, path_folded, 1, false, false, false, 0, 0, 0, 0, moment, CASE WHEN path = %s THEN moment ELSE 0 END
    FROM unnest(%s::text[], %s::text[]) AS evicted (path, path_folded), this ORDER BY path COLLATE "C"
    ON CONFLICT (bucket_id, path)
    DO UPDATE SET generation = files_folder.generation + 1, claimed_at = NULL, digest = NULL, evicted = excluded.evicted,
                  swept = greatest(files_folder.swept, excluded.swept)
"""


def note_flush(bucket_id: UUID | None) -> None:
    """Evicts all that a bucket, or every bucket, has; nothing is known of them as a whole any more."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_FLUSH, [bucket_id, bucket_id])


_NOTE_FLUSH = """
    INSERT INTO files_bucketindex (bucket_id, page_ends, flushed, keys_so_far, problem, tried_seconds)
    SELECT id, '[]', nextval('files_moment'), 0, '', 0 FROM buckets_bucket WHERE %s::uuid IS NULL OR id = %s ORDER BY id
    ON CONFLICT (bucket_id)
    DO UPDATE SET flushed = excluded.flushed, listed_at = NULL, took_seconds = NULL, file_count = NULL, folder_count = NULL,
                  total_size = NULL, key_count = NULL, page_ends = '[]', problem = '', tried_at = NULL
"""


def lock_tree(bucket_id: UUID | None, *, shared: bool = False) -> None:
    """Until the transaction ends nobody stores folders without a row of this bucket (or of any) while somebody evicts all
    that lies below one. Those who store share it."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE_TREE if shared else _LOCK_TREE, [_LOCKS, bucket_id, bucket_id])


_PLACES = """
    (%s, place) FROM (
        SELECT hashtext(id::text) AS place FROM buckets_bucket WHERE %s::uuid IS NULL OR id = %s ORDER BY 1
    ) AS places
"""
_LOCK_TREE = f"SELECT pg_advisory_xact_lock{_PLACES}"
_SHARE_TREE = f"SELECT pg_advisory_xact_lock_shared{_PLACES}"


def evicted_below(bucket_id: UUID, *, since: int) -> list[str] | None:
    """The folders evicted with all below them since that moment; None when all the bucket has was."""
    with connection.cursor() as cursor:
        cursor.execute(_EVICTED_BELOW, [bucket_id, since, bucket_id, since])
        found = [path for (path,) in cursor.fetchall()]
    return None if None in found else found


_EVICTED_BELOW = """
    SELECT path FROM files_folder WHERE bucket_id = %s AND swept > greatest(%s, 0)
    UNION ALL SELECT NULL FROM files_bucketindex WHERE bucket_id = %s AND flushed > %s
"""
