"""Uploads: what may be sent where, signed URLs to send it to, and what became of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts.audit import Operation, Outcome, record_all
from accounts.models import User
from buckets.paths import FolderKey, Reach
from buckets.s3.links import presign_put
from files import cache
from files.batch import Batch, Planned
from files.cache import NewUpload
from files.existence import Lookup
from files.links import new_links
from files.refusals import TooMany, need
from files.settling import BATCH_LIMIT, Arrival, Confirmed, Held, cancel, confirm, confirm_keys
from files.stored import KeyLinks
from files.wanted import CannotUpload, Conflict, OnConflict, Refused, Wanted

__all__ = [
    "BATCH_LIMIT", "Arrival", "Confirmed", "Conflict", "Held", "Offered", "OnConflict", "Prepared", "PreparedUpload", "Presigned",
    "Refused", "Wanted", "cancel", "confirm", "confirm_keys", "prepare", "presign",
]  # fmt: skip

URL_SECONDS = 300
"""How long a browser may take to begin sending to a signed URL."""


@dataclass(frozen=True, slots=True)
class PreparedUpload:
    """A signed upload: PUT the file to `url` with exactly these `headers`, beginning within 300 seconds.

    `name` is where it goes, relative to the folder; it differs from the wanted one after "keep both". `path` is relative
    to the reach's root.
    """

    id: UUID
    client_id: str
    name: str
    path: str
    url: str
    headers: dict[str, str]
    overwrites: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """The answer to a batch. While `conflicts` are to be answered nothing is signed: `uploads` is empty, and the whole
    batch is to be sent again with an answer for each. `skipped` holds client ids."""

    uploads: list[PreparedUpload]
    conflicts: list[Conflict]
    refused: list[Refused]
    skipped: list[str]


def prepare(
    reach: Reach, folder_path: str, wanted: Sequence[Wanted], *, by: User, ip: str | None, now: datetime
) -> Prepared:
    """Signed uploads into the folder at `folder_path` for everything in `wanted` that may be uploaded, in order.

    What is wrong with one file refuses that file alone. A new file is signed create-only: S3 answers 412 when the name
    was taken meanwhile. Raises NotAllowed("upload"), TooMany (2,000 files), OutOfBounds or Malformed for the folder, or
    an S3Error when it must be asked what is there and doesn't answer.
    """
    need(reach, "upload")
    if len(wanted) > BATCH_LIMIT:
        raise TooMany(BATCH_LIMIT)
    batch = Batch(reach, reach.folder(folder_path, field="folder"), Lookup(reach, now=now))
    batch.check(wanted)
    batch.decide()
    uploads = (
        []
        if batch.conflicts
        else [
            _sign(reach, batch.folder, planned, create_only=not planned.overwrites, now=now)
            for planned in batch.planned
        ]
    )
    _note(reach, uploads, batch, by=by, ip=ip, now=now)
    return Prepared(uploads, batch.conflicts, batch.refused, batch.skipped)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file a program wants to upload into `folder` as `name`, one segment. `size` is in bytes. With `create_only` S3
    itself refuses a name that is taken when the file arrives."""

    folder: FolderKey
    name: str
    size: int
    content_type: str
    create_only: bool = False


@dataclass(frozen=True, slots=True)
class Presigned:
    """A signed upload: PUT the file to `url`, beginning within 300 seconds, with its type and `Content-Disposition: inline`
    (and `If-None-Match: *` if it is create-only). `links` are those it will have; None for whoever may not read: they
    open what stands there already, too."""

    name: str
    url: str
    links: KeyLinks | None


def presign(
    offered: Sequence[tuple[Reach, Offered]], *, by: User, ip: str | None, now: datetime
) -> list[Presigned]:
    """Signed uploads for all that is `offered`, each with its reach, in order; or none: what is wrong with one file refuses all.

    Unlike by `prepare`, a name that is taken is overwritten by whoever may, and is refused to others when it is signed.
    Raises NotAllowed("upload"), TooMany (2,000 files), CannotUpload, Malformed, or an S3Error.
    """
    if len(offered) > BATCH_LIMIT:
        raise TooMany(BATCH_LIMIT)
    for reach in {reach.bucket_id: reach for reach, _ in offered}.values():
        need(reach, "upload")
    batches = list(_batches(offered, now=now))
    _refuse_any(batches, by=by, ip=ip, now=now)
    signed = [(int(its.wanted.client_id), batch, _sign(batch.reach, batch.folder, its, now=now,
               create_only=offered[int(its.wanted.client_id)][1].create_only))
              for batch in batches for its in batch.planned]  # fmt: skip
    with transaction.atomic():
        for batch in batches:
            _note(
                batch.reach, [its for _, among, its in signed if among is batch], batch, by=by, ip=ip, now=now
            )
    signed.sort(key=lambda one: one[0])
    return [
        Presigned(offered[number][1].name, its.url, _links(batch.reach, its.path, now=now))
        for number, batch, its in signed
    ]


def _links(reach: Reach, path: str, *, now: datetime) -> KeyLinks | None:
    return new_links(reach, reach.file(path), now=now) if reach.rights.read else None


def _batches(offered: Sequence[tuple[Reach, Offered]], *, now: datetime) -> Iterator[Batch]:
    """One for each bucket, checked and decided; each file's client id is its number."""
    numbers: dict[UUID, list[int]] = defaultdict(list)
    for number, (reach, _) in enumerate(offered):
        numbers[reach.bucket_id].append(number)
    for among in numbers.values():
        reach = offered[among[0]][0]
        top = _common([offered[number][1].folder for number in among])
        batch = Batch(reach, top, Lookup(reach, now=now))
        batch.check([_as_wanted(str(number), offered[number][1], top) for number in among])
        batch.decide()
        batch.refuse_uncertain()
        yield batch


def _as_wanted(number: str, offered: Offered, top: FolderKey) -> Wanted:
    name = offered.name
    if not name or ".." in name or "/" in name:
        raise CannotUpload("filename", f"Invalid filename: {name or 'it is empty'}", "INVALID")
    return Wanted(
        client_id=number,
        name=f"{offered.folder.text[len(top.text) :]}{name}",
        size=offered.size,
        content_type=offered.content_type,
        on_conflict=OnConflict.ASK if offered.create_only else OnConflict.OVERWRITE,
    )


def _common(folders: Sequence[FolderKey]) -> FolderKey:
    """The deepest folder that all of `folders` are or lie in."""
    top = folders[0]
    while not all(folder.text.startswith(top.text) for folder in folders):
        top = top.parent
    return top


def _refuse_any(batches: Sequence[Batch], *, by: User, ip: str | None, now: datetime) -> None:
    """Raises for the first file that can't be uploaded, after writing down what somebody had no right to overwrite."""
    refused = [one for batch in batches for one in batch.refused]
    refused += [
        Refused(taken.client_id, taken.name, "filename", "There is a file with this name already.", "TAKEN")
        for batch in batches
        for taken in batch.conflicts
    ]
    if not refused:
        return
    for batch in batches:
        _note(batch.reach, [], batch, by=by, ip=ip, now=now)
    raise min(refused, key=lambda one: int(one.client_id)).problem


def _sign(
    reach: Reach, folder: FolderKey, planned: Planned, *, create_only: bool, now: datetime
) -> PreparedUpload:
    signed = presign_put(
        reach,
        planned.key,
        size=planned.wanted.size,
        content_type=planned.content_type,
        create_only=create_only,
        expires=URL_SECONDS,
        now=now,
    )
    path = reach.path_of(planned.key)
    return PreparedUpload(
        id=uuid4(),
        client_id=planned.wanted.client_id,
        name=path[len(reach.path_of(folder)) :],
        path=path,
        url=signed.url,
        headers=signed.headers,
        overwrites=planned.overwrites,
    )


def _note(
    reach: Reach,
    uploads: Sequence[PreparedUpload],
    batch: Batch,
    *,
    by: User,
    ip: str | None,
    now: datetime,
) -> None:
    """Writes down what was signed before anybody gets a URL: the uploads under way, and an audit entry for each, also for
    what the person had no right to overwrite."""
    if not uploads and not batch.forbidden:
        return
    both = list(zip(uploads, batch.planned if uploads else [], strict=True))
    plain = [its for _, its in both if not its.overwrites]
    overwriting = [its for _, its in both if its.overwrites]
    with transaction.atomic():
        cache.open_uploads(
            (NewUpload(upload.id, its.folder.text, its.key.text, its.wanted.size, its.content_type, its.overwrites)
             for upload, its in both),
            bucket_id=reach.bucket_id,
            user_id=by.id,
            now=now,
        )  # fmt: skip
        for operation, outcome, noted in (
            (Operation.UPLOAD_SIGNED, Outcome.DONE, plain),
            (Operation.OVERWRITE_SIGNED, Outcome.DONE, overwriting),
            (Operation.OVERWRITE_SIGNED, Outcome.REFUSED, batch.forbidden),
        ):
            record_all(
                ((its.key.text, {"size": its.wanted.size}) for its in noted),
                by=by,
                operation=operation,
                bucket_id=reach.bucket_id,
                bucket_code=reach.bucket_code,
                ip=ip,
                outcome=outcome,
            )
