"""Listing folders from S3 and storing them: the first round trip while a person waits, the rest behind, many at once."""

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from buckets.access import reach_without_person
from buckets.paths import FolderKey, Reach
from buckets.s3 import lister
from buckets.s3.calls import release_database
from buckets.s3.errors import S3Unavailable
from files import cache
from files.beginnings import Known, known_of
from files.cache import Stored, Ticket
from files.gathered import Gathered
from files.rows import Row, rows_of
from files.signals import listing_wanted
from files.stored import StoredFolder, stored_folder

_ATTEMPTS = 3
_RENEW_SECONDS = 5.0
_OVERDUE_SECONDS = 15
_PATIENCE_SECONDS = 120
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Look:
    """What one round trip told of a folder. `rows` are all of it when `is_whole`, else the first ones S3 names.

    `is_stored` says that the stored rows are now these. A folder that `is_missing` holds nothing at all; `was_known`
    says it once did.
    """

    rows: list[Row]
    is_whole: bool
    is_stored: bool
    is_missing: bool = False
    was_known: bool = False


def look(reach: Reach, folder: FolderKey, *, now: datetime) -> Look:
    """Lists `folder` with one S3 request and stores what it can; of a bigger folder the rest is asked for behind.

    Raises S3Error. A listing that an eviction overtakes is made again, twice at most.
    """
    for _ in range(_ATTEMPTS):
        seen = _look_once(reach, folder, now=now)
        if seen.is_stored or seen.is_missing or not seen.is_whole:
            return seen
    want_listing(folder)
    return seen


def _look_once(reach: Reach, folder: FolderKey, *, now: datetime) -> Look:
    ticket = cache.begin(bucket_id=folder.bucket_id, path=folder.text)
    try:
        page = next(lister.folder_pages(reach, folder))
        is_missing = page.last and _is_missing(reach, folder, is_empty=not (page.folders or page.files))
    except BaseException:  # whatever ended it, a failed look leaves nothing behind
        cache.forget_stranger(ticket)
        raise
    if is_missing:
        was_known = cache.store_missing(ticket, listed_at=now)
        return Look([], is_whole=True, is_stored=False, is_missing=True, was_known=was_known)
    if page.last:
        rows = rows_of(page.folders, page.files)
        stored = cache.store_folder(ticket, rows, listed_at=now)
        return Look(rows, is_whole=True, is_stored=stored is not Stored.REFUSED)
    last_names = [*(f"{name}/" for name in page.folders[-1:]), *(file.name for file in page.files[-1:])]
    rows = rows_of(page.folders, page.files, up_to=max(last_names))
    stored = cache.store_first_page(ticket, rows, listed_at=now)
    want_listing(folder)
    return Look(rows, is_whole=False, is_stored=stored is not Stored.REFUSED)


def _is_missing(reach: Reach, folder: FolderKey, *, is_empty: bool) -> bool:
    """Whether an empty listing means that there is no such folder: not even its own marker. A root always exists."""
    return is_empty and bool(reach.path_of(folder)) and not lister.keys_below(reach, folder, limit=1).objects


def want_listing(folder: FolderKey, *, is_overdue: bool = False) -> None:
    """Asks for `folder` to be listed soon, by whoever has the time."""
    listing_wanted.send_robust(None, bucket_id=folder.bucket_id, path=folder.text, is_overdue=is_overdue)


def keep_fresh(folder: FolderKey, stored: StoredFolder, *, now: datetime) -> None:
    """Has the folder listed behind whoever was shown what is stored of it, when it is due and nobody is at it."""
    is_fresh = stored.is_whole and stored.is_current(within=settings.LISTING_FRESH, now=now)
    if is_fresh or stored.is_claimed(now=now):
        return
    is_late = not stored.is_whole and not stored.is_current(within=_OVERDUE_SECONDS, now=now)
    want_listing(folder, is_overdue=is_late)


def look_through(reach: Reach, folder: FolderKey, *, now: datetime) -> Look:
    """As `look`, but to the end of a big folder, too, whose rows are then stored and not in the answer.

    While somebody else is listing it, theirs is waited for: one folder is listed once. Raises S3Error.
    """
    seen = look(reach, folder, now=now)
    if seen.is_whole:
        return seen
    until = time.monotonic() + _PATIENCE_SECONDS
    while not _is_stored_since(folder, now=now):
        ticket = cache.claim(bucket_id=folder.bucket_id, path=folder.text)
        if ticket is not None and _finish_once(reach, folder, ticket, now=now):
            break
        if time.monotonic() > until:
            raise S3Unavailable("The folder is so big that it is still being listed.", action=lister.ACTION)
        if ticket is None:
            release_database()
            time.sleep(_LOOK_AGAIN_SECONDS)
    return Look([], is_whole=True, is_stored=True)


def _is_stored_since(folder: FolderKey, *, now: datetime) -> bool:
    """Whether all of `folder` is stored as it was at `now` or later, or is as it was because nothing can have changed it."""
    stored = stored_folder(folder, now=now)
    if stored is None or not stored.is_whole or not stored.is_current(within=settings.LISTING_TTL, now=now):
        return False
    return not stored.has_pending or (stored.listed_at is not None and stored.listed_at >= now)


def finish(*, bucket_id: UUID, path: str, now: datetime) -> bool:
    """Lists the folder with the full prefix `path` to its end and stores it; says whether it is stored.

    One process at a time; somebody else at it, or evictions faster than the listing: False. Raises NoSuchBucket,
    OutOfBounds or S3Error.
    """
    reach = reach_without_person(bucket_id=bucket_id)
    folder = reach.folder(reach.path_of(path))
    for _ in range(_ATTEMPTS):
        ticket = cache.claim(bucket_id=bucket_id, path=folder.text)
        if ticket is None:
            return False
        if _finish_once(reach, folder, ticket, now=now):
            return True
    return False


def _finish_once(reach: Reach, folder: FolderKey, ticket: Ticket, *, now: datetime) -> bool:
    try:
        known = known_of(folder, ticket, now=now)
        rows = _gather(reach, folder, ticket, known)
        if rows is None:
            return False
        is_missing = _is_missing(reach, folder, is_empty=rows.is_empty)
    except BaseException:  # whatever ended it, the next one needn't wait for the claim to run out
        cache.release(ticket)
        raise
    if is_missing:
        cache.store_missing(ticket, listed_at=now)
        return True
    return cache.store_folder(ticket, rows, listed_at=known.listed_at) is not Stored.REFUSED


def _gather(reach: Reach, folder: FolderKey, ticket: Ticket, known: Known) -> Gathered | None:
    """Everything directly in `folder`; None when an eviction made the ticket worthless meanwhile."""
    rows = Gathered()
    rows.add(known.folders, known.files)
    renewed_at, has_more = time.monotonic(), False
    pieces = lister.folder_entries(reach, folder, beginning=known.beginning, hints=known.hints)
    with closing(pieces):
        for piece in pieces:
            rows.add(piece.folders, piece.files)
            has_more = has_more or bool(piece.folders or piece.files)
            if time.monotonic() - renewed_at >= _RENEW_SECONDS:
                renewed_at = time.monotonic()
                if not cache.renew(ticket):
                    return None
    if known.beginning and not has_more:
        # There was more behind it, and now nothing is: who knows what became of the beginning.
        return _gather(reach, folder, ticket, Known(known.listed_at))
    return rows if cache.renew(ticket) else None
