"""Deleting files and whole folders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.audit import Operation, record_all
from accounts.models import User
from buckets.paths import FolderKey, Key, Malformed, OutOfBounds, Reach, why_unreachable
from buckets.s3 import lister, objects
from buckets.s3.errors import ObjectMissing, S3AccessDenied, S3Error
from buckets.s3.objects import DeleteOutcome
from files import cache
from files.existence import Lookup
from files.kinds import source_of, thumbnail_of
from files.models import Entry, Folder
from files.refusals import TooMany, need

OBJECT_LIMIT = 10_000
"""How many objects one deletion may remove."""
_IN_ODD_FOLDER = "It lies in a folder whose name can't be used here. Another S3 tool can remove it."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deletion would remove: `files` in all (also below the folders), their `bytes`, and the chosen `folders`.

    With `too_many` the counts stop at the limit and `delete` will refuse.
    """

    files: int
    bytes: int
    folders: int
    too_many: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file, or of a folder that `was_gone`: not there any more when it was to be deleted.

    `reason` is a sentence for the person when it wasn't deleted, `code` then the store's word for it, if it had one.
    """

    path: str
    deleted: bool
    reason: str = ""
    was_gone: bool = False
    code: str = ""


def plan(reach: Reach, paths: Sequence[str], *, now: datetime) -> Plan:
    """What deleting `paths` (files, and folders ending in a slash) would remove. Asks S3 about folders.

    Raises NotAllowed("delete"), OutOfBounds, Malformed or an S3Error.
    """
    need(reach, "delete")
    files, folders = _chosen(reach, paths)
    count, size = len(files), _stored_size(reach, files)
    for folder in folders:
        below = lister.keys_below(reach, folder, limit=max(OBJECT_LIMIT - count, 0))
        count += sum(not listed.key.endswith("/") for listed in below.objects)
        size += sum(listed.size for listed in below.objects)
        if not below.whole or count > OBJECT_LIMIT:
            return Plan(files=count, bytes=size, folders=len(folders), too_many=True)
    return Plan(files=count, bytes=size, folders=len(folders), too_many=count > OBJECT_LIMIT)


def delete(reach: Reach, paths: Sequence[str], *, by: User, ip: str | None, now: datetime) -> list[Outcome]:
    """Removes files, and folders (ending in a slash) with all they hold; one outcome a file, thumbnails go along unsaid.

    What a whole listing doesn't hold was gone: S3 isn't asked to remove it, and nobody is said to have removed it.

    Nothing is removed when this raises: NotAllowed("delete"), TooMany (10,000 objects), OutOfBounds, Malformed, or an
    S3Error before the first removal. A failure in the middle is told in the outcomes.
    """
    need(reach, "delete")
    files, folders = _chosen(reach, paths)
    doomed = _Doomed(files={key.text: key for key in files}, thumbnails={}, odd=[], gone=[], below=set())
    for folder in folders:
        _gather(reach, folder, doomed)
    if len(doomed.files) > OBJECT_LIMIT:
        raise TooMany(OBJECT_LIMIT)
    _gather_thumbnails(reach, files, doomed, now=now)
    outcomes = objects.delete_many(reach, [*doomed.files.values(), *doomed.thumbnails.values()])
    _note(reach, outcomes, folders, doomed.gone, by=by, ip=ip)
    said = [
        Outcome(
            reach.path_of(outcome.key),
            outcome.deleted,
            "" if outcome.deleted else _reason(outcome),
            code=outcome.code,
        )
        for outcome in outcomes
        if outcome.key.text in doomed.files and isinstance(outcome.key, Key)
    ]
    missed = [
        Outcome(reach.path_of(key), False, "It was gone already.", was_gone=True) for key in doomed.gone
    ]
    return said + doomed.odd + missed


def delete_file(reach: Reach, full_key: str, *, by: User, ip: str | None, now: datetime) -> None:
    """Removes the file with this full key, and its thumbnail.

    Raises NotAllowed("delete"), OutOfBounds, Malformed, ObjectMissing when it isn't there, or another S3Error.
    """
    key = reach.own_key(full_key, field="s3Key")
    need(reach, "delete", key=key.text)
    try:
        objects.head(reach, key)
    except ObjectMissing:
        cache.evict(bucket_id=reach.bucket_id, keys=_last_known(reach, [key]))
        raise
    except S3AccessDenied:
        # A key that may delete and not read: whether it may is said when it tries.
        pass
    (outcome,) = delete(reach, [reach.path_of(key)], by=by, ip=ip, now=now)
    if outcome.was_gone:
        raise ObjectMissing(action="s3:DeleteObject")
    if not outcome.deleted:
        refused = S3AccessDenied if outcome.code == "AccessDenied" else S3Error
        raise refused(outcome.reason, action="s3:DeleteObject", code=outcome.code)


def delete_files(
    reach: Reach, full_keys: Sequence[str], *, by: User, ip: str | None, now: datetime
) -> dict[str, Outcome]:
    """Removes the files with these full keys and their thumbnails; what became of each, by its key. Raises as `delete`."""
    keys = {text: reach.own_key(text, field="s3Keys") for text in full_keys}
    paths = {text: reach.path_of(key) for text, key in keys.items()}
    outcomes = delete(reach, list(paths.values()), by=by, ip=ip, now=now)
    became = {outcome.path: outcome for outcome in outcomes}
    return {text: became[path] for text, path in paths.items()}


@dataclass(frozen=True, slots=True)
class _Doomed:
    """What is to go, by key: what was chosen and what lies below it, and the thumbnails of chosen files. `odd` tells of
    objects below a folder whose names nothing may be done with; what is `gone` was chosen and isn't there."""

    files: dict[str, Key | FolderKey]
    thumbnails: dict[str, Key]
    odd: list[Outcome]
    gone: list[Key | FolderKey]
    below: set[str]
    """The keys S3 just listed below the folders."""


def _chosen(reach: Reach, paths: Sequence[str]) -> tuple[list[Key], list[FolderKey]]:
    """The files and folders at `paths`, each once. The root itself can't be chosen."""
    files = {path: reach.file(path) for path in paths if path and not path.endswith("/")}
    folders = {path: reach.folder(path) for path in paths if not path or path.endswith("/")}
    if "" in folders or not (files or folders):
        raise Malformed("paths", "Choose what to delete: a file, or a folder inside this one.")
    return list(files.values()), list(folders.values())


def _stored_size(reach: Reach, files: Sequence[Key]) -> int:
    """Bytes of these files, as far as they are stored."""
    names: dict[str, set[str]] = defaultdict(set)
    for key in files:
        names[key.parent.text].add(key.name)
    found = Entry.objects.filter(
        folder__bucket_id=reach.bucket_id,
        folder__path__in=names,
        kind=Entry.Kind.FILE,
        name__in={key.name for key in files},
    )
    rows = found.values_list("folder__path", "name", "size")
    return sum(size or 0 for path, name, size in rows if name in names[path])


def _gather(reach: Reach, folder: FolderKey, doomed: _Doomed) -> None:
    """Adds everything below `folder`, markers too. Raises TooMany or S3Error."""
    below = lister.keys_below(reach, folder, limit=OBJECT_LIMIT - len(doomed.files))
    if not below.whole:
        raise TooMany(OBJECT_LIMIT)
    if not below.objects:
        doomed.gone.append(folder)
    for listed in below.objects:
        try:
            doomed.files[listed.key] = _found_key(reach, listed.key)
            doomed.below.add(listed.key)
        except (Malformed, OutOfBounds):
            name = listed.key.rstrip("/").rpartition("/")[2]
            reason = why_unreachable(name) or _IN_ODD_FOLDER
            doomed.odd.append(
                Outcome(listed.key[len(folder.text) - len(reach.path_of(folder)) :], False, reason)
            )


def _found_key(reach: Reach, text: str) -> Key | FolderKey:
    if text.endswith("/"):
        return reach.folder(reach.path_of(text))
    return reach.own_key(text)


def _gather_thumbnails(reach: Reach, files: Sequence[Key], doomed: _Doomed, *, now: datetime) -> None:
    """Adds the thumbnails of chosen files: `t-X` where `X` stands beside it, and nothing that is only named so. Moves
    chosen files that aren't there to those that are gone."""
    lookup = Lookup(reach, now=now)
    names: dict[FolderKey, set[str]] = defaultdict(set)
    for key in files:
        names[key.parent] |= {key.name, thumbnail_of(key.name), source_of(key.name) or key.name}
    for folder, among in names.items():
        lookup.ask({folder: among}, below=folder)
    for key in files:
        if key.text not in doomed.below and lookup.lacks(key.parent, key.name):
            doomed.gone.append(doomed.files.pop(key.text))
            continue
        try:
            beside = reach.child(key.parent, thumbnail_of(key.name))
        except Malformed:
            continue
        if lookup.find(key.parent, key.name) and lookup.find(key.parent, beside.name):
            doomed.thumbnails.setdefault(beside.text, beside)


def _note(
    reach: Reach,
    outcomes: Sequence[DeleteOutcome],
    folders: Sequence[FolderKey],
    gone: Sequence[Key | FolderKey],
    *,
    by: User,
    ip: str | None,
) -> None:
    """Forgets what is gone, and writes an audit entry for each key S3 was asked to remove."""
    with transaction.atomic():
        cache.evict(bucket_id=reach.bucket_id, keys=[one.key.text for one in outcomes])
        cache.evict(bucket_id=reach.bucket_id, keys=_last_known(reach, gone))
        for folder in folders:
            # A place that somebody made up leaves no row behind.
            if folder in gone and not _is_stored(reach, folder):
                continue
            cache.evict_folder(bucket_id=reach.bucket_id, path=folder.text)
        for outcome, deleted in ((audit.Outcome.DONE, True), (audit.Outcome.FAILED, False)):
            record_all(
                (
                    (one.key.text, {"code": one.code} if one.code else {})
                    for one in outcomes
                    if one.deleted is deleted
                ),
                by=by,
                operation=Operation.DELETED,
                bucket_id=reach.bucket_id,
                bucket_code=reach.bucket_code,
                ip=ip,
                outcome=outcome,
            )


def _is_stored(reach: Reach, folder: FolderKey) -> bool:
    """Whether anything is stored of `folder` or what lies below it."""
    stored = Folder.objects.filter(bucket_id=reach.bucket_id, path__startswith=folder.text)
    return stored.exists()


def _last_known(reach: Reach, gone: Sequence[Key | FolderKey]) -> list[str]:
    """The files among `gone` that an older listing still holds."""
    files = {key.text: key for key in gone if isinstance(key, Key)}
    found = Entry.objects.filter(
        folder__bucket_id=reach.bucket_id,
        folder__path__in={key.parent.text for key in files.values()},
        kind=Entry.Kind.FILE,
        name__in={key.name for key in files.values()},
    )
    stored = {path + name for path, name in found.values_list("folder__path", "name")}
    return sorted(stored & files.keys())


def _reason(outcome: DeleteOutcome) -> str:
    if outcome.code == "AccessDenied":
        return "The bucket's key may not delete this file."
    return outcome.message or "The storage did not delete this file. Try again."
