"""Folders that uploads under way will make. S3 has no others, so nothing else tells of them before a file arrives.

A folder *expects* one while an upload is under way anywhere below it by a way that its stored entries don't hold. What is
stored may be wrong then from one moment to the next, as that of the folder itself that a file is uploaded to. It is asked
when somebody reads, not noted when the upload is signed: listings that are stored meanwhile change the answer.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from buckets.paths import FolderKey

# Of a row of files_folder. Names first, each once (thousands of uploads go to one folder), then each looked up (OFFSET 0:
# the planner would rather read all entries of a big folder). Behind all paths of 1,024 bytes lies the last character, 256 times.
_EXPECTED = """
    SELECT wanted.name FROM (
        SELECT DISTINCT split_part(substr(upload.folder_path, length(files_folder.path) + 1), '/', 1) AS name
        FROM files_pendingupload AS upload
        WHERE upload.bucket_id = files_folder.bucket_id AND upload.state = 'signed' AND upload.signed_at > %s
          AND upload.folder_path > files_folder.path
          AND upload.folder_path < CASE files_folder.path
              WHEN '' THEN repeat(chr(1114111), 256) ELSE left(files_folder.path, -1) || '0' END
    ) AS wanted
    LEFT JOIN LATERAL (
        SELECT true AS is_there FROM files_entry
        WHERE folder_id = files_folder.id AND kind = 0 AND name = wanted.name OFFSET 0
    ) AS entry ON true
    WHERE entry.is_there IS NULL
"""
_EXPECTED_IN = f"""
    SELECT expected.name FROM files_folder CROSS JOIN LATERAL ({_EXPECTED}) AS expected
    WHERE files_folder.bucket_id = %s AND files_folder.path = %s LIMIT %s
"""  # noqa: S608 - texts of this module alone
_EXPECTING = f"""
    SELECT files_folder.id FROM unnest(%s::text[]) AS asked (path) CROSS JOIN LATERAL (
        SELECT id, bucket_id, path FROM files_folder WHERE bucket_id = %s AND path = asked.path OFFSET 0
    ) AS files_folder WHERE EXISTS ({_EXPECTED})
"""  # noqa: S608 - texts of this module alone
_TARGETS = """
    SELECT DISTINCT folder_path FROM files_pendingupload
    WHERE bucket_id = %s AND state = 'signed' AND signed_at > %s AND folder_path > %s AND starts_with(folder_path, %s)
"""


def expects_a_folder(*, since: datetime) -> RawSQL:
    """For queries of Folder: whether it expects one by an upload signed after `since`. For a few rows: of many the planner
    thinks that they take so long that it compiles what it is going to do."""
    return RawSQL(f"EXISTS ({_EXPECTED})", [since], output_field=BooleanField())  # noqa: S611 - a text of this module


def expected_in(folder: FolderKey, *, since: datetime, limit: int) -> list[str]:
    """The full prefixes of folders that `folder` expects directly in it, `limit` at most; none if nothing is stored of it."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED_IN, [since, folder.bucket_id, folder.text, limit])
        return [f"{folder.text}{name}/" for (name,) in cursor.fetchall()]


def expecting(bucket_id: UUID, *, top: str, since: datetime) -> list[int]:
    """The ids of those among the folders `top` (a full prefix) and below it that expect a folder. Two queries, however many
    folders and uploads there are."""
    with connection.cursor() as cursor:
        cursor.execute(_TARGETS, [bucket_id, since, top, top])
        above = _above((path for (path,) in cursor.fetchall()), top)
        if not above:
            return []
        cursor.execute(_EXPECTING, [above, bucket_id, since])
        return [id_ for (id_,) in cursor.fetchall()]


def _above(paths: Iterable[str], top: str) -> list[str]:
    """All folders that these, which lie below `top`, lie in, from `top` on."""
    above: set[str] = set()
    for path in paths:
        here = path
        while here != top and (here := here[: here.rfind("/", 0, -1) + 1]) not in above:
            above.add(here)
    return sorted(above)
