"""The only writer of what is stored: listings, links handed out, uploads under way.

A listing is stored whole under a ticket, taken before S3 is asked. Evicting a folder raises its generation, so a listing
begun before is refused afterwards, whoever made it and however long it took.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from files import writing
from files.folding import folded
from files.models import Entry, Folder, PendingUpload, StoredUrl
from files.moments import lock_tree, note_flush, raise_generations
from files.rows import Row
from files.signals import folder_changed
from files.sums import Parts, sums_of
from files.writing import Rewrite

CLAIM_SECONDS = 60
MANY_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to store one listing of one folder: valid until the folder is evicted, flushed or found missing."""

    folder_id: int
    bucket_id: UUID
    path: str
    generation: int


class Stored(StrEnum):
    """What became of a listing: it is what is stored now; it was stored already; or it came too late."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


def begin(*, bucket_id: UUID, path: str) -> Ticket:
    """A ticket for listing the folder with the full prefix `path`. Take it before asking S3."""
    folder, _ = Folder.objects.get_or_create(
        bucket_id=bucket_id, path=path, defaults={"path_folded": folded(path)}
    )
    return Ticket(folder.id, bucket_id, path, folder.generation)


def claim(*, bucket_id: UUID, path: str) -> Ticket | None:
    """A ticket that nobody else can claim for 60 seconds, or None while somebody else has it."""
    ticket = begin(bucket_id=bucket_id, path=path)
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=Now() - timedelta(seconds=CLAIM_SECONDS))
    got = Folder.objects.filter(free, id=ticket.folder_id, generation=ticket.generation).update(
        claimed_at=Now()
    )
    return ticket if got else None


def renew(ticket: Ticket) -> bool:
    """Another 60 seconds for a claim; False when the ticket has become worthless, so that listing on is in vain."""
    return bool(_of(ticket).update(claimed_at=Now()))


def release(ticket: Ticket) -> None:
    """Gives a claim back before its time, for a listing that failed."""
    if not forget_stranger(ticket):
        _of(ticket).update(claimed_at=None)


def forget_stranger(ticket: Ticket) -> bool:
    """Drops the row of a folder nothing was ever stored of, so that a failed look at any path leaves nothing behind.

    One that was evicted stays: a listing of the whole bucket may be under way, and began before."""
    return bool(_of(ticket).filter(stored_generation=None, evicted=0).delete()[0])


def _of(ticket: Ticket) -> QuerySet[Folder]:
    return Folder.objects.filter(id=ticket.folder_id, generation=ticket.generation)


def store_folder(ticket: Ticket, rows: Iterable[Row], *, listed_at: datetime) -> Stored:
    """Makes `rows` (all there are, as `rows_of` sorts them) what is stored of the folder; unchanged rows aren't rewritten.

    `rows` are read four times at most, a thousand at a time. `listed_at` is when S3 was asked first.
    """
    return _store(ticket, rows, listed_at=listed_at, is_whole=True)


def store_first_page(ticket: Ticket, rows: Iterable[Row], *, listed_at: datetime) -> Stored:
    """Stores the first part of a big folder, marked as not whole. Refused where a whole listing is stored: it says more."""
    return _store(ticket, rows, listed_at=listed_at, is_whole=False)


def _store(ticket: Ticket, rows: Iterable[Row], *, listed_at: datetime, is_whole: bool) -> Stored:
    listed = Parts(rows)
    sums = sums_of(listed)
    with transaction.atomic():
        folder = _of(ticket).select_for_update().first()
        if folder is None or (folder.is_whole and not is_whole):
            return Stored.REFUSED
        is_known = folder.is_whole and folder.digest is not None and bytes(folder.digest) == sums.digest
        rewrite = Rewrite(
            folder.id, folder.bucket_id, listed,
            was_stored=folder.stored_generation is not None,
            was_big=folder.is_big, is_big=folder.is_big or sums.is_big,
            is_whole=is_whole,
        )  # fmt: skip
        written = 0 if is_known else writing.rewrite([rewrite])
        _of(ticket).update(
            is_whole=is_whole,
            is_missing=False,
            is_big=rewrite.is_big,
            stored_generation=ticket.generation,
            digest=sums.digest,
            listed_at=listed_at,
            claimed_at=None if is_whole else F("claimed_at"),
            file_count=sums.files,
            folder_count=sums.folders,
            total_size=sums.size,
            odd_count=sums.odd,
        )
    _keep_the_planner_informed(written)
    return Stored.UNCHANGED if is_known else Stored.NEW


def _keep_the_planner_informed(written: int) -> None:
    """A big folder the planner knows nothing of is sorted anew for every page, instead of read along an index."""
    if written >= MANY_ROWS:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE files_entry")


def store_missing(ticket: Ticket, *, listed_at: datetime) -> bool:
    """Notes that S3 holds nothing below the folder; says whether it ever was known to. Of a stranger nothing is kept."""
    with transaction.atomic():
        folder = _of(ticket).select_for_update().first()
        if folder is None:
            return False
        if folder.stored_generation is None:
            release(ticket)
            return False
        writing.forget_entries([folder.id])
        _of(ticket).update(
            is_whole=True, is_missing=True, is_big=False, stored_generation=ticket.generation, digest=None, listed_at=listed_at,
            claimed_at=None, file_count=0, folder_count=0, total_size=0, odd_count=0,
        )  # fmt: skip
    return True


def evict(*, bucket_id: UUID, keys: Collection[str]) -> None:
    """Forgets the files with these full keys: their entries, the links to them, and that their folders and every folder
    above, up to the bucket's top, are known. A listing of any of them that is under way won't be stored."""
    if not keys:
        return
    places = {key: _split(key) for key in keys}
    folders = sorted({above for folder, _ in places.values() for above in _with_ancestors(folder)})
    with transaction.atomic():
        raise_generations(bucket_id, folders)
        with connection.cursor() as cursor:
            cursor.execute(_DELETE_ENTRIES, [*map(list, zip(*places.values(), strict=True)), bucket_id])
        StoredUrl.objects.filter(bucket_id=bucket_id, key__in=list(keys)).delete()
        _announce(bucket_id, sorted({folder for folder, _ in places.values()}))


_DELETE_ENTRIES = """
    DELETE FROM files_entry USING files_folder AS folder, unnest(%s::text[], %s::text[]) AS gone (path, name)
    WHERE files_entry.folder_id = folder.id AND folder.bucket_id = %s AND folder.path = gone.path
      AND files_entry.kind = 1 AND files_entry.name = gone.name
"""


def evict_folder(*, bucket_id: UUID, path: str) -> None:
    """As `evict`, for the folder with the full prefix `path` and everything below it, folders nobody ever looked at too."""
    with transaction.atomic():
        lock_tree(bucket_id)
        concerned = Q(path__startswith=path) | Q(path__in=_with_ancestors(path))
        known = Folder.objects.filter(concerned, bucket_id=bucket_id).values_list("path", flat=True)
        raise_generations(bucket_id, {path, *known}, swept=path)
        StoredUrl.objects.filter(bucket_id=bucket_id, key__startswith=path).delete()
        _announce(bucket_id, [path])


def _split(key: str) -> tuple[str, str]:
    folder, slash, name = key.rpartition("/")
    return folder + slash, name


def _with_ancestors(path: str) -> list[str]:
    ends = [place + 1 for place, character in enumerate(path) if character == "/"]
    return ["", *(path[:end] for end in ends)]


def _announce(bucket_id: UUID, paths: list[str]) -> None:
    transaction.on_commit(lambda: folder_changed.send_robust(None, bucket_id=bucket_id, paths=paths))


@dataclass(frozen=True, slots=True)
class Flushed:
    """How much was forgotten."""

    folders: int
    entries: int
    links: int


def flush(bucket_id: UUID | None = None) -> Flushed:
    """Forgets every stored listing and link of one bucket, or of all. Uploads under way stay known."""
    which = Q() if bucket_id is None else Q(bucket_id=bucket_id)
    with transaction.atomic():
        lock_tree(bucket_id)
        note_flush(bucket_id)
        folders = list(Folder.objects.select_for_update().filter(which).order_by("path").values_list("id"))
        entries, _ = Entry.objects.filter(which).delete()
        Folder.objects.filter(which).delete()
        links, _ = StoredUrl.objects.filter(which).delete()
    return Flushed(len(folders), entries, links)


def keep_links(
    links: Mapping[str, tuple[str, str]], *, expires_at: datetime, bucket_id: UUID, credential_version: int
) -> None:
    """Remembers the links to a file and its thumbnail by full key, so that they are handed out again while they are good; a newer one replaces an older."""
    if links:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_LINKS, [bucket_id, expires_at, credential_version, json.dumps(links)])


# As one text: tens of thousands of parameters take longer than the signatures.
_KEEP_LINKS = """
    INSERT INTO files_storedurl (bucket_id, key, url, thumbnail_url, expires_at, credential_version)
    SELECT %s, key, value->>0, value->>1, %s, %s FROM json_each(%s::json) ORDER BY key COLLATE "C"
    ON CONFLICT (bucket_id, key) DO UPDATE SET url = excluded.url, thumbnail_url = excluded.thumbnail_url,
        expires_at = excluded.expires_at, credential_version = excluded.credential_version
"""


@dataclass(frozen=True, slots=True)
class NewUpload:
    """An upload that was signed: `key` in full, its folder's full prefix, `size` in bytes."""

    id: UUID
    folder_path: str
    key: str
    size: int
    content_type: str
    overwrites: bool


def open_uploads(uploads: Iterable[NewUpload], *, bucket_id: UUID, user_id: UUID, now: datetime) -> None:
    """Notes signed uploads. Until they are settled, or 300 s have passed, their folders' listings aren't trusted."""
    PendingUpload.objects.bulk_create(
        PendingUpload(bucket_id=bucket_id, user_id=user_id, signed_at=now, **asdict(upload))
        for upload in uploads
    )


def settle_uploads(ids: Collection[UUID], *, state: PendingUpload.State, now: datetime) -> set[UUID]:
    """Settles uploads as `state`; the ids of those this changed. A confirmed one stays confirmed."""
    open_ones = PendingUpload.objects.filter(id__in=ids).exclude(state__in=["confirmed", state])
    with transaction.atomic():
        changed = set(open_ones.select_for_update().order_by("id").values_list("id", flat=True))
        PendingUpload.objects.filter(id__in=changed).update(state=state, settled_at=now)
    return changed


def drop_outdated(*, now: datetime) -> int:
    """Removes links that have run out, and uploads settled more than a week ago; says how many rows."""
    links, _ = StoredUrl.objects.filter(expires_at__lt=now).delete()
    uploads, _ = PendingUpload.objects.filter(settled_at__lt=now - timedelta(days=7)).delete()
    return links + uploads
