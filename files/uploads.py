"""Uploads: what may be sent where, signed URLs to send it to, and what became of it."""

from collections.abc import Sequence
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
from files.refusals import TooMany, need
from files.settling import BATCH_LIMIT, Arrival, Confirmed, cancel, confirm
from files.wanted import Conflict, OnConflict, Refused, Wanted

__all__ = [
    "BATCH_LIMIT", "Arrival", "Confirmed", "Conflict", "OnConflict", "Prepared", "PreparedUpload", "Refused", "Wanted",
    "cancel", "confirm", "prepare",
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
        [] if batch.conflicts else [_sign(reach, batch.folder, planned, now=now) for planned in batch.planned]
    )
    _note(reach, uploads, batch, by=by, ip=ip, now=now)
    return Prepared(uploads, batch.conflicts, batch.refused, batch.skipped)


def _sign(reach: Reach, folder: FolderKey, planned: Planned, *, now: datetime) -> PreparedUpload:
    signed = presign_put(
        reach,
        planned.key,
        size=planned.wanted.size,
        content_type=planned.content_type,
        create_only=not planned.overwrites,
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
