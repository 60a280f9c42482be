"""Which of many files are there, as far as that is known or cheap to learn."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from buckets.paths import FolderKey, Key, Reach
from buckets.s3 import lister
from files.entries import ARCHIVED_CLASSES
from files.stored import stored_folders

_ASKED_AT_MOST = 64
_AT_ONCE = 8


def missing_among(reach: Reach, keys: Collection[Key], *, now: datetime) -> set[str]:
    """The full keys of those files among `keys` that aren't there. Raises S3Error.

    What is stored is believed. Of folders that aren't, S3 is asked for the first thousand entries, of 64 folders at most;
    what that doesn't tell counts as there.
    """
    found = _stored_among(reach.bucket_id, keys)
    unsure: dict[str, set[str]] = defaultdict(set)
    folders: dict[str, FolderKey] = {}
    for key in keys:
        if key.text not in found:
            path = key.text[: key.text.rfind("/") + 1]
            unsure[path].add(key.text)
            folders.setdefault(path, key.parent)
    return _unstored_missing(reach, unsure, folders, now=now)


def archived_among(reach: Reach, keys: Collection[Key]) -> set[str]:
    """The full keys of those files among `keys` that rest in an archive class, as far as stored listings tell. One query."""
    found = _stored_among(reach.bucket_id, keys)
    return {text for text, storage_class in found.items() if storage_class in ARCHIVED_CLASSES}


def _unstored_missing(
    reach: Reach, unsure: Mapping[str, set[str]], folders: Mapping[str, FolderKey], *, now: datetime
) -> set[str]:
    """Those of the keys in `unsure`, by folder, that aren't there."""
    missing: set[str] = set()
    unknown = []
    stored = stored_folders(reach.bucket_id, unsure, now=now) if unsure else {}
    for path, keys in unsure.items():
        known = stored.get(path)
        is_sure = known is not None and known.is_whole and not known.has_pending
        if known is not None and is_sure and known.is_current(within=settings.LISTING_TTL, now=now):
            missing |= keys
        else:
            unknown.append(path)
    if unknown:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
            asked = unknown[:_ASKED_AT_MOST]
            answers = pool.map(lambda path: _absent(reach, folders[path], unsure[path]), asked)
            missing = missing.union(*answers)
    return missing


def _absent(reach: Reach, folder: FolderKey, keys: set[str]) -> set[str]:
    """Those of `keys`, all directly in `folder`, that S3 doesn't name where it would have."""
    page = next(lister.folder_pages(reach, folder))
    files = {f"{folder.text}{file.name}" for file in page.files}
    if page.last:
        return keys - files
    last = max([*files, *(f"{folder.text}{name}/" for name in page.folders)])
    return {key for key in keys - files if key < last}


def _stored_among(bucket_id: UUID, keys: Collection[Key]) -> dict[str, str]:
    """The storage classes of those files that stand in a stored listing, by full key. One query."""
    names: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        path, slash, name = key.text.rpartition("/")
        names[path + slash].append(name)
    with connection.cursor() as cursor:
        cursor.execute(_STORED_AMONG, [json.dumps(names), bucket_id])
        return dict(cursor.fetchall())


# As one text, by folder: tens of thousands of parameters take longer than finding what they name. Looked up one by one, as
# in `files.stored`.
_STORED_AMONG = """
    SELECT asked.path || listed.name, entry.storage_class
    FROM json_each(%s::json) AS asked (path, names)
    JOIN files_folder AS folder ON folder.bucket_id = %s AND folder.path = asked.path
    CROSS JOIN json_array_elements_text(asked.names) AS listed (name)
    CROSS JOIN LATERAL (
        SELECT storage_class FROM files_entry WHERE folder_id = folder.id AND kind = 1 AND name = listed.name OFFSET 0
    ) AS entry
"""
