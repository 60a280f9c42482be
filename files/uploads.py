"""Uploads: what may be sent where, signed URLs to send it to, and what became of it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from django.db import transaction

from accounts.audit import Operation, record_all
from accounts.models import User
from buckets.paths import FolderKey, Key, Malformed, Reach
from buckets.s3.links import presign_put
from files import cache
from files.cache import NewUpload
from files.existence import Lookup
from files.kinds import BYTES, source_of, thumbnail_of
from files.naming import free_name
from files.refusals import TooMany, need
from files.settling import BATCH_LIMIT, Arrival, Confirmed, cancel, confirm

__all__ = [
    "BATCH_LIMIT", "Arrival", "Confirmed", "Conflict", "OnConflict", "Prepared", "PreparedUpload", "Refused", "Wanted",
    "cancel", "confirm", "prepare",
]  # fmt: skip

URL_SECONDS = 300
"""How long a browser may take to begin sending to a signed URL."""
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
    batch = _Batch(reach, reach.folder(folder_path, field="folder"), Lookup(reach, now=now))
    batch.check(wanted)
    batch.decide()
    uploads = (
        [] if batch.conflicts else [_sign(reach, batch.folder, planned, now=now) for planned in batch.planned]
    )
    _note(reach, uploads, batch.planned, by=by, ip=ip, now=now)
    return Prepared(uploads, batch.conflicts, batch.refused, batch.skipped)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A wanted file whose name, size and type are fine, and the key it would have."""

    wanted: Wanted
    folder: FolderKey
    key: Key
    content_type: str
    overwrites: bool = False


class _No(Exception):
    """Why one file can't be uploaded."""

    def __init__(self, field: str, reason: str, code: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.code = field, reason, code


@dataclass(slots=True)
class _Batch:
    """One call's files on their way from wanted to planned, asked about, refused or skipped."""

    reach: Reach
    folder: FolderKey
    lookup: Lookup
    planned: list[_Planned] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    checked: list[_Planned] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    """Sizes by key of what this batch uploads so far."""

    def check(self, wanted: Sequence[Wanted]) -> None:
        """Refuses what is wrong in itself, then asks at once about every name that matters."""
        folders: dict[str, FolderKey] = {"": self.folder}
        for one in wanted:
            try:
                _check_size(one.size, limit=self.reach.size_limit)
                content_type = _checked_type(one.content_type, allowed=self.reach.allowed_types)
                folder, key = self._placed(one.name, folders)
            except Malformed as problem:
                self._refuse(one, _No(problem.field, problem.reason, "INVALID"))
            except _No as no:
                self._refuse(one, no)
            else:
                self.checked.append(_Planned(one, folder, key, content_type))
        names: dict[FolderKey, set[str]] = defaultdict(set)
        for planned in self.checked:
            name = planned.key.name
            names[planned.folder] |= {name, thumbnail_of(name), source_of(name) or name}
        if names:
            self.lookup.ask(names, below=self.folder)

    def _placed(self, name: str, folders: dict[str, FolderKey]) -> tuple[FolderKey, Key]:
        """The folder and key for `name`, which may hold sub-folders; each segment is checked on its own."""
        way, _, last = name.rpartition("/")
        if way not in folders:
            folder = self.folder
            for segment in way.split("/"):
                folder = self.reach.subfolder(folder, segment, field="filename")
            folders[way] = folder
        elif name.startswith("/"):
            raise Malformed("filename", "A name can't begin with a slash.")
        return folders[way], self.reach.child(folders[way], last)

    def decide(self) -> None:
        """Settles for each checked file whether it is planned, asked about, refused or skipped."""
        wanted_keys = {planned.key.text for planned in self.checked}
        for planned in self.checked:
            try:
                decided = self._decided(planned, wanted_keys)
            except _No as no:
                self._refuse(planned.wanted, no)
                continue
            if decided is not None:
                self.taken[decided.key.text] = decided.wanted.size
                self.planned.append(decided)

    def _decided(self, planned: _Planned, wanted_keys: set[str]) -> _Planned | None:
        folder, name = planned.folder, planned.key.name
        source = source_of(name)
        if source and (self._is_taken(folder, source) or f"{folder.text}{source}" in wanted_keys):
            raise _No("filename", f"“{name}” is kept for the thumbnail of “{source}”.", "RESERVED_NAME")
        existing = self.lookup.find(folder, name)
        if existing is None and planned.key.text not in self.taken:
            if self.lookup.find(folder, thumbnail_of(name)):
                beside = thumbnail_of(name)
                raise _No(
                    "filename",
                    f"“{beside}” would be taken for this file's thumbnail. Rename one.",
                    "RESERVED_NAME",
                )
            return planned
        match planned.wanted.on_conflict:
            case OnConflict.SKIP:
                self.skipped.append(planned.wanted.client_id)
                return None
            case OnConflict.KEEP_BOTH:
                return replace(planned, key=self._beside(planned, wanted_keys))
            case OnConflict.OVERWRITE:
                return self._overwriting(planned)
        self._ask(planned, wanted_keys)
        return None

    def _overwriting(self, planned: _Planned) -> _Planned:
        if planned.key.text in self.taken:
            raise _No(
                "filename", "Two files of this upload have this name: keep both, or skip one.", "INVALID"
            )
        if not self.reach.rights.overwrite:
            raise _No("filename", "You may not overwrite files here: keep both, or skip it.", "NOT_ALLOWED")
        return replace(planned, overwrites=True)

    def _beside(self, planned: _Planned, wanted_keys: set[str]) -> Key:
        """The key of the first free name beside one that is taken."""
        folder = planned.folder

        def is_taken(name: str) -> bool:
            source = source_of(name)
            return (
                f"{folder.text}{name}" in wanted_keys
                or self._is_taken(folder, name)
                or self._is_taken(folder, thumbnail_of(name))
                or (source is not None and self._is_taken(folder, source))
            )

        try:
            return self.reach.child(folder, free_name(planned.key.name, is_taken=is_taken))
        except Malformed as problem:
            raise _No(problem.field, problem.reason, "INVALID") from None

    def _is_taken(self, folder: FolderKey, name: str) -> bool:
        return f"{folder.text}{name}" in self.taken or self.lookup.find(folder, name) is not None

    def _ask(self, planned: _Planned, wanted_keys: set[str]) -> None:
        existing = self.lookup.find(planned.folder, planned.key.name)
        in_batch = planned.key.text in self.taken
        self.conflicts.append(
            Conflict(
                client_id=planned.wanted.client_id,
                name=planned.wanted.name,
                size=self.taken[planned.key.text] if in_batch else existing.size if existing else None,
                modified_at=existing.modified_at if existing and not in_batch else None,
                in_batch=in_batch,
                may_overwrite=self.reach.rights.overwrite and not in_batch,
                keep_both_name=self._beside(planned, wanted_keys).name,
            )
        )

    def _refuse(self, wanted: Wanted, no: _No) -> None:
        self.refused.append(Refused(wanted.client_id, wanted.name, no.field, no.reason, no.code))


def _check_size(size: int, *, limit: int) -> None:
    if type(size) is not int or size < 0:
        raise _No("size", "A size must be a whole number of bytes.", "INVALID")
    if size > limit:
        raise _No("size", f"This file is too large: {_megabytes(limit)} are the limit.", "TOO_LARGE")


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB" if size >= 1024**2 else f"{size:,} bytes"


def _checked_type(content_type: str, *, allowed: Sequence[str]) -> str:
    """The media type to sign. A browser that knows none sends nothing."""
    if len(content_type) > 255 or (content_type and not _MEDIA_TYPE.fullmatch(content_type)):
        raise _No("contentType", "This is no media type.", "INVALID")
    media_type = content_type or BYTES
    bare = media_type.partition(";")[0].strip().lower()
    if allowed and not any(_fits(bare, pattern.lower()) for pattern in allowed):
        raise _No("contentType", f"Files of this type ({bare}) may not be uploaded here.", "TYPE_NOT_ALLOWED")
    return media_type


def _fits(media_type: str, pattern: str) -> bool:
    if pattern in ("*", "*/*"):
        return True
    return media_type.startswith(pattern[:-1]) if pattern.endswith("/*") else media_type == pattern


def _sign(reach: Reach, folder: FolderKey, planned: _Planned, *, now: datetime) -> PreparedUpload:
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
    planned: Sequence[_Planned],
    *,
    by: User,
    ip: str | None,
    now: datetime,
) -> None:
    """Writes down what was signed before anybody gets a URL: the uploads under way, and an audit entry for each."""
    if not uploads:
        return
    both = list(zip(uploads, planned, strict=True))
    with transaction.atomic():
        cache.open_uploads(
            (NewUpload(upload.id, its.folder.text, its.key.text, its.wanted.size, its.content_type, its.overwrites)
             for upload, its in both),
            bucket_id=reach.bucket_id,
            user_id=by.id,
            now=now,
        )  # fmt: skip
        for operation, overwrites in ((Operation.UPLOAD_SIGNED, False), (Operation.OVERWRITE_SIGNED, True)):
            record_all(
                (
                    (its.key.text, {"size": its.wanted.size})
                    for _, its in both
                    if its.overwrites is overwrites
                ),
                by=by,
                operation=operation,
                bucket_id=reach.bucket_id,
                bucket_code=reach.bucket_code,
                ip=ip,
            )
