"""Uploads: what may be sent where, signed URLs to send it to, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from accounts.models import User
from buckets.paths import Reach

URL_SECONDS = 300
"""How long a browser may take to begin sending to a signed URL."""
BATCH_LIMIT = 2_000


class OnConflict(StrEnum):
    ASK = "ask"
    OVERWRITE = "overwrite"
    KEEP_BOTH = "keep_both"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file somebody wants to upload. `client_id` is the page's own and comes back with every answer.

    `name` may hold sub-folders (`album/one.jpg`). `size` is in bytes. An empty `content_type` is sent as
    `application/octet-stream`. `on_conflict` says what to do when the name is taken.
    """

    client_id: str
    name: str
    size: int
    content_type: str
    on_conflict: OnConflict = OnConflict.ASK


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
class Conflict:
    """A wanted name that is taken: by a stored file (`size`, `modified_at`) or by another file of the same batch
    (`in_batch`). `keep_both_name` is what "keep both" would call it now."""

    client_id: str
    name: str
    size: int | None
    modified_at: datetime | None
    in_batch: bool
    may_overwrite: bool
    keep_both_name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A wanted file that can't be uploaded. `field` names the input (`filename`, `size`, `contentType`), `reason` is a
    sentence for the person, `code` one of TOO_LARGE, TYPE_NOT_ALLOWED, RESERVED_NAME, NOT_ALLOWED, INVALID."""

    client_id: str
    name: str
    field: str
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """The answer to a batch. While `conflicts` are to be answered nothing is signed: `uploads` is empty, and the whole
    batch is to be sent again with an answer for each. `skipped` holds client ids."""

    uploads: list[PreparedUpload]
    conflicts: list[Conflict]
    refused: list[Refused]
    skipped: list[str]


class Arrival(StrEnum):
    """What S3 holds of an upload: this very file; nothing (yet); or something else under that name."""

    PRESENT = "present"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of an upload. `size` and `etag` are of what S3 holds, None and empty when it holds nothing. `path` is
    relative to the reach's root, empty for an id that is nobody's here."""

    id: UUID
    state: Arrival
    path: str
    size: int | None
    etag: str


def prepare(
    reach: Reach, folder_path: str, wanted: Sequence[Wanted], *, by: User, ip: str | None, now: datetime
) -> Prepared:
    """Signed uploads into the folder at `folder_path` for everything in `wanted` that may be uploaded, in order.

    What is wrong with one file refuses that file alone. A new file is signed create-only: S3 answers 412 when the name
    was taken meanwhile. Raises NotAllowed("upload"), TooMany (2,000 files), OutOfBounds or Malformed for the folder, or
    an S3Error when it must be asked what is there and doesn't answer.
    """
    raise NotImplementedError


def confirm(
    reach: Reach,
    ids: Sequence[UUID],
    *,
    etags: Mapping[UUID, str] | None = None,
    by: User,
    ip: str | None,
    now: datetime,
) -> list[Confirmed]:
    """What became of these uploads of `by`, in order; those present are settled, audited, and their folders right at once.

    Call it after each PUT, also when it was answered 412: a file of the same size (and ETag, when the page knows it) that
    arrived since is the same file. Asking twice changes nothing. Raises TooMany, or an S3Error.
    """
    raise NotImplementedError


def cancel(reach: Reach, ids: Collection[UUID], *, by: User, now: datetime) -> int:
    """Gives up these uploads of `by` that aren't settled; says how many. What has arrived all the same stays."""
    raise NotImplementedError
