"""Reading what is stored of folders, and how far it can be trusted."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from buckets.paths import FolderKey
from files.cache import CLAIM_SECONDS
from files.expected import expects_a_folder
from files.models import Folder, PendingUpload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PENDING_SECONDS = 300
"""How long a signed upload that nobody settled keeps stored listings from being trusted: its folder's, and those that don't
hold the way to it."""


class KeyLinks(NamedTuple):
    """Links to a file and to its thumbnail, whether or not that exists yet; private ones are good for 6 days at least."""

    file: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """What is stored of one folder.

    `is_known` says that something is; `is_evicted` that it was true once and may not be any more; `has_pending` that an
    upload to the folder is under way, `is_big` that its entries are kept in the indexes of orders. `odd_count` counts the entries nothing may be done with.
    """

    id: int
    is_known: bool
    is_evicted: bool
    is_whole: bool
    is_missing: bool
    is_big: bool
    has_pending: bool
    listed_at: datetime | None
    claimed_at: datetime | None
    file_count: int
    folder_count: int
    total_size: int
    odd_count: int

    def is_current(self, *, within: float, now: datetime) -> bool:
        """Whether what is stored was listed at most `within` seconds ago and not evicted since."""
        if not self.is_known or self.is_evicted or self.is_missing or self.listed_at is None:
            return False
        return (now - self.listed_at).total_seconds() <= within

    def is_claimed(self, *, now: datetime) -> bool:
        """Whether somebody is listing the folder right now."""
        return self.claimed_at is not None and (now - self.claimed_at).total_seconds() < CLAIM_SECONDS


def stored_folder(folder: FolderKey, *, now: datetime) -> StoredFolder | None:
    """What is stored of `folder`. Uploads to folders below count as pending, too, where these are new and will show in it.
    One query."""
    since = now - timedelta(seconds=PENDING_SECONDS)
    pending = _pending(since) | expects_a_folder(since=since)
    return _stored(folder.bucket_id, [folder.text], pending).get(folder.text)


def stored_folders(bucket_id: UUID, paths: Collection[str], *, now: datetime) -> dict[str, StoredFolder]:
    """What is stored of the folders with these full prefixes, by prefix, and of the files in them: who asks for more has
    each folder by itself. One query."""
    return _stored(bucket_id, paths, Q(_pending(now - timedelta(seconds=PENDING_SECONDS))))


def _pending(since: datetime) -> Exists:
    return Exists(
        PendingUpload.objects.filter(
            bucket_id=OuterRef("bucket_id"),
            folder_path=OuterRef("path"),
            state=PendingUpload.State.SIGNED,
            signed_at__gt=since,
        )
    )


def _stored(bucket_id: UUID, paths: Collection[str], pending: Q) -> dict[str, StoredFolder]:
    found = Folder.objects.filter(bucket_id=bucket_id, path__in=paths).annotate(has_pending=pending)
    return {
        folder.path: StoredFolder(
            id=folder.id,
            is_known=folder.stored_generation is not None,
            is_evicted=folder.stored_generation != folder.generation,
            is_whole=folder.is_whole,
            is_missing=folder.is_missing,
            is_big=folder.is_big,
            has_pending=folder.has_pending,
            listed_at=folder.listed_at,
            claimed_at=folder.claimed_at,
            file_count=folder.file_count,
            folder_count=folder.folder_count,
            total_size=folder.total_size,
            odd_count=folder.odd_count,
        )
        for folder in found
    }


def stored_links(
    bucket_id: UUID, keys: Collection[str], *, credential_version: int, good_until: datetime
) -> dict[str, tuple[KeyLinks, datetime]]:
    """The links handed out before to these full keys that are good until then at least, each with its end. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED_LINKS, [json.dumps(list(keys)), bucket_id, credential_version, good_until])
        return {
            key: (KeyLinks(url, thumbnail_url), _EPOCH + timedelta(microseconds=microseconds))
            for key, url, thumbnail_url, microseconds in cursor.fetchall()
        }


# Keys as one text, dates as numbers: with tens of thousands of each that is ten times as quick. Looked up one by one
# (OFFSET 0): a table that grew a moment ago has no statistics, and a join of what looks like few rows takes minutes.
_STORED_LINKS = """
    SELECT asked.key, link.url, link.thumbnail_url, link.microseconds FROM json_array_elements_text(%s::json) AS asked (key)
    CROSS JOIN LATERAL (
        SELECT url, thumbnail_url, (extract(epoch FROM expires_at) * 1000000)::bigint AS microseconds FROM files_storedurl
        WHERE bucket_id = %s AND key = asked.key AND credential_version = %s AND expires_at >= %s OFFSET 0
    ) AS link
"""
