"""What somebody wants to upload, and what can be said of it before S3 is asked: its size, its type."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from files.kinds import BYTES

_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}( *; *[\w!#$&^.+-]+=[\w!#$&^.+-]+)*", re.ASCII
)


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

    @property
    def problem(self) -> "CannotUpload":
        """The same as an exception, for whoever uploads all or nothing: it says which file."""
        is_name = self.field == "filename" and self.code == "INVALID"
        said = f"Invalid filename: {self.reason}" if is_name else f"“{self.name}”: {self.reason}"
        return _PROBLEMS.get(self.code, CannotUpload)(self.field, said, self.code)


class CannotUpload(Exception):
    """Why one file can't be uploaded; `field` and `code` as in `Refused`."""

    def __init__(self, field: str, reason: str, code: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.code = field, reason, code


class FileTooLarge(CannotUpload):
    """It has more bytes than one file may have."""


class NameReserved(CannotUpload):
    """Its name is kept for the thumbnail of another file, or the name its thumbnail would have is taken."""


class NameTaken(CannotUpload):
    """There is a file of that name, which this person may not overwrite, or doesn't want to."""


_PROBLEMS: dict[str, type[CannotUpload]] = {
    "TOO_LARGE": FileTooLarge,
    "RESERVED_NAME": NameReserved,
    "NOT_ALLOWED": NameTaken,
    "TAKEN": NameTaken,
}


def check_size(size: int, *, limit: int) -> None:
    """Raises CannotUpload unless `size` is a number of bytes up to `limit`."""
    if type(size) is not int or size < 0:
        raise CannotUpload("size", "A size must be a whole number of bytes.", "INVALID")
    if size > limit:
        raise CannotUpload("size", f"This file is too large: {_megabytes(limit)} are the limit.", "TOO_LARGE")


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB" if size >= 1024**2 else f"{size:,} bytes"


def checked_type(content_type: str, *, allowed: Sequence[str]) -> str:
    """The media type to sign; a browser that knows none sends nothing. Raises CannotUpload unless it is `allowed`."""
    if len(content_type) > 255 or (content_type and not _MEDIA_TYPE.fullmatch(content_type)):
        raise CannotUpload("contentType", "This is no media type.", "INVALID")
    media_type = content_type or BYTES
    bare = media_type.partition(";")[0].strip().lower()
    if allowed and not any(_fits(bare, pattern.lower()) for pattern in allowed):
        raise CannotUpload(
            "contentType", f"Files of this type ({bare}) may not be uploaded here.", "TYPE_NOT_ALLOWED"
        )
    return media_type


def _fits(media_type: str, pattern: str) -> bool:
    if pattern in ("*", "*/*"):
        return True
    return media_type.startswith(pattern[:-1]) if pattern.endswith("/*") else media_type == pattern
