"""How far stored listings speak for a folder with everything below it, so that it needn't be listed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from buckets.paths import FolderKey, Reach
from files.expected import expecting
from files.models import BucketIndex
from search.hits import FOLDER

MOST_OUTDATED = 1_000
"""How many folders are worth listing one by one rather than all with everything below."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""No seconds are counted here: an upload is under way until it is settled, which the sweeper sees to."""

# A whole listing writes nothing about folders it finds unchanged: what it vouches for is as fresh as itself.
FRESH = """
    folder.stored_generation >= folder.generation AND greatest(folder.listed_at, %(whole)s::timestamptz) >= %(since)s
    AND NOT EXISTS (
        SELECT FROM files_pendingupload AS upload WHERE upload.bucket_id = folder.bucket_id
        AND upload.folder_path = folder.path AND upload.state = 'signed'
    ) AND folder.id <> ALL (%(expecting)s::bigint[])
"""
"""In SQL, of a row `folder` that is whole: whether it is fresh, with the values of `freshness`."""


@dataclass(frozen=True, slots=True)
class Known:
    """How far stored listings speak for everything below a folder. Folders are given by their full keys.

    `folders` are those that are fresh. `outdated` were listed once and may have changed: each is to be listed again by itself.
    `unlisted` were seen in their parents and never listed: to be listed with everything below. Where too many are outdated,
    it is the folder in question that counts as unlisted. `oldest` is when the fresh one that was listed longest ago was; None
    where there is none. `listed_at` is when the whole bucket was last listed, None if never.
    """

    folders: frozenset[str]
    outdated: tuple[str, ...]
    unlisted: tuple[str, ...]
    oldest: datetime | None
    listed_at: datetime | None

    @property
    def is_everything(self) -> bool:
        """Whether nothing need be listed."""
        return not (self.outdated or self.unlisted)


def known(
    reach: Reach, *, below: FolderKey | None = None, level: bool = False, within: float, now: datetime
) -> Known:
    """How far what was listed at most `within` seconds ago speaks for `below`; with `level` for that folder alone.

    A folder with an upload under way, to it or to a new folder below that it doesn't show yet, counts as outdated. Reads the
    path of every folder: ask `is_everything_known` first. Raises OutOfBounds for a folder of another reach.
    """
    values = _values(reach, below, level=level, within=within, now=now)
    top = values["top"]
    fresh, outdated, unlisted, oldest = set(), [], [], None
    with connection.cursor() as cursor:
        cursor.execute(_FOLDERS, values)
        for path, at, is_fresh in cursor.fetchall():
            if is_fresh:
                fresh.add(path)
                oldest = at if oldest is None else min(at, oldest)
            else:
                outdated.append(path)
        if len(outdated) > MOST_OUTDATED or not (top in fresh or top in outdated):
            outdated, unlisted = [], [top]
        elif not level:
            cursor.execute(_UNLISTED, values)
            unlisted = [path for (path,) in cursor.fetchall()]
    return Known(frozenset(fresh), tuple(outdated), tuple(unlisted), oldest, values["whole"])


def is_everything_known(
    reach: Reach, *, below: FolderKey | None = None, level: bool = False, within: float, now: datetime
) -> bool:
    """Whether `known` would say that nothing need be listed, without bringing the folders here.

    Where the whole bucket was listed within that time, only what happened since is looked at: whatever that listing found
    stands, and a folder it did not hear of is no older than it. Raises OutOfBounds for a folder of another reach.
    """
    values = _values(reach, below, level=level, within=within, now=now)
    whole = values["whole"]
    if level:
        question = _TOP_IS_FRESH
    elif whole is not None and whole >= values["since"]:
        question = f"{_TOP_IS_FRESH} AND {_NONE_IS_OUTDATED} AND {_NONE_IS_UNLISTED_SINCE}"
    else:
        question = f"{_TOP_IS_FRESH} AND {_NONE_IS_OUTDATED} AND NOT EXISTS ({_UNLISTED})"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {question}", values)
        (is_everything,) = cursor.fetchone()
    return bool(is_everything)


def _values(
    reach: Reach, below: FolderKey | None, *, level: bool, within: float, now: datetime
) -> dict[str, Any]:
    top = top_of(reach, below)
    return {
        "bucket": reach.bucket_id, "top": top, "behind": behind(top) if top else None, "is_level": level,
        **freshness(reach, top, since=now - timedelta(seconds=within)),
    }  # fmt: skip


def freshness(reach: Reach, top: str, *, since: datetime) -> dict[str, Any]:
    """The values by which `FRESH` says which folders from `top` on were listed at `since` or later and hold all there can be.

    Which expect a folder is asked beforehand: folders and uploads may both be very many, and PostgreSQL looks for a number
    among given ones by a hash.
    """
    return {
        "since": since, "whole": listed_at(reach),
        "expecting": expecting(reach.bucket_id, top=top, since=_EVER),
    }  # fmt: skip


def top_of(reach: Reach, below: FolderKey | None) -> str:
    """The full key of `below`, without one of the reach's root. Raises OutOfBounds for a folder of another reach."""
    if below is None:
        return reach.folder("").text
    reach.path_of(below)
    return below.text


def behind(folder: str) -> str:
    """The first path behind everything below `folder`, which ends in a slash."""
    return f"{folder[:-1]}0"


def listed_at(reach: Reach) -> datetime | None:
    """When the whole bucket was last listed; None if never."""
    found = BucketIndex.objects.filter(bucket_id=reach.bucket_id).values_list("listed_at", flat=True)
    return found.first()


_PLACE = """
    folder.bucket_id = %(bucket)s AND (folder.path = %(top)s OR NOT %(is_level)s
        AND folder.path >= %(top)s AND (%(behind)s::text IS NULL OR folder.path < %(behind)s))
"""
_FOLDERS = f"""
    SELECT path, greatest(listed_at, %(whole)s::timestamptz), NOT is_missing AND {FRESH}
    FROM files_folder AS folder WHERE {_PLACE} AND is_whole AND (NOT is_missing OR stored_generation <> generation)
"""  # noqa: S608 - texts of this module alone
_UNLISTED = f"""
    SELECT folder.path || entry.name || '/' FROM files_folder AS folder JOIN files_entry AS entry ON entry.folder_id = folder.id
    WHERE {_PLACE} AND folder.is_whole AND folder.folder_count > 0
    AND entry.kind = {FOLDER} AND strpos(entry.name, chr(1)) = 0 AND NOT EXISTS (
        SELECT FROM files_folder AS child WHERE child.bucket_id = folder.bucket_id
        AND child.path = folder.path || entry.name || '/' AND child.is_whole AND NOT child.is_missing
    )
"""  # noqa: S608 - texts of this module alone

_TOP_IS_FRESH = f"""
    EXISTS (
        SELECT FROM files_folder AS folder WHERE folder.bucket_id = %(bucket)s AND folder.path = %(top)s
        AND is_whole AND NOT is_missing AND {FRESH}
    )
"""
_NONE_IS_OUTDATED = f"""
    NOT EXISTS (
        SELECT FROM files_folder AS folder WHERE {_PLACE} AND is_whole
        AND (NOT is_missing OR stored_generation <> generation) AND NOT (NOT is_missing AND {FRESH})
    )
"""
# Every folder that a whole listing names it stores, but those evicted meanwhile, and these have rows that say so.
_NONE_IS_UNLISTED_SINCE = f"""
    NOT EXISTS ({_UNLISTED} AND folder.listed_at > %(whole)s) AND NOT EXISTS (
        SELECT FROM files_folder AS folder JOIN files_folder AS parent ON parent.bucket_id = folder.bucket_id
            AND parent.path = regexp_replace(folder.path, '[^/]*/$', '')
        WHERE {_PLACE} AND folder.path <> %(top)s AND (NOT folder.is_whole OR folder.is_missing) AND parent.is_whole
        AND EXISTS (
            SELECT FROM files_entry AS entry WHERE entry.folder_id = parent.id AND entry.kind = {FOLDER}
            AND entry.name = substr(folder.path, length(parent.path) + 1, length(folder.path) - length(parent.path) - 1)
        )
    )
"""  # noqa: S608 - texts of this module alone


@contextmanager
def one_moment() -> Iterator[None]:
    """What is asked inside is answered as of the same moment, whatever is stored or evicted meanwhile. Keep it short."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if is_first:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Compiling a plan takes longer than most of them run.
            cursor.execute("SET LOCAL jit = off")
        yield
