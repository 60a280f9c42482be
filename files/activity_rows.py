"""Audit entries as the activity page and its exports tell them to one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import AuditEntry
from buckets.paths import Malformed, OutOfBounds, Reach
from files.activity import ABOUT_TOKENS, Operation, Sight
from files.hrefs import folder_href, parent_of
from files.models import Folder
from files.phrases import name_of

_ICONS: dict[str, str] = {
    Operation.SIGNED_IN: "user",
    Operation.SIGNED_OUT: "log-out",
    Operation.SIGN_IN_REFUSED: "ban",
    Operation.SETUP: "settings",
    Operation.PASSWORD_SET: "key-round",
    Operation.SESSION_ENDED: "log-out",
    Operation.TOKEN_MADE: "key-round",
    Operation.TOKEN_REVOKED: "key-round",
    Operation.TOKEN_REFUSED: "ban",
    Operation.FORCED_OUT: "log-out",
    Operation.VIOLATION: "triangle-alert",
    Operation.UPLOAD_SIGNED: "upload",
    Operation.UPLOAD_CONFIRMED: "file-up",
    Operation.OVERWRITE_SIGNED: "upload",
    Operation.DELETED: "trash-2",
    Operation.LINK_COPIED: "link",
    Operation.LINK_OPENED: "external-link",
    Operation.DOWNLOADED: "download",
    Operation.ADMIN_ADDED: "plus",
    Operation.ADMIN_CHANGED: "square-pen",
    Operation.ADMIN_REMOVED: "minus",
    Operation.LISTINGS_FLUSHED: "refresh-cw",
    Operation.BUCKET_TESTED: "list-checks",
    Operation.CORS_CHANGED: "globe",
    Operation.AUDIT_EXPORTED: "sheet",
    Operation.AUDIT_PRUNED: "archive",
}
_SAID: dict[str, str] = {
    Operation.UPLOAD_SIGNED: "asked to upload",
    Operation.OVERWRITE_SIGNED: "asked to overwrite",
    Operation.LINK_COPIED: "copied a link to",
    Operation.SIGN_IN_REFUSED: "could not sign in",
    Operation.VIOLATION: "tried to leave their folder for",
}
_TRIED: dict[str, str] = {
    Operation.UPLOAD_SIGNED: "tried to upload",
    Operation.OVERWRITE_SIGNED: "tried to overwrite",
    Operation.DELETED: "tried to delete",
}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One entry. `who` is empty for the system and strangers; `token` names the personal token that acted for them, where
    that may be known; `about` is a file's or folder's name, or whom or what an act
    was about; `place` is where it is; `folder_href` leads there while it is there for the reader. `email` and `ip` are
    empty where they are not to be shown."""

    entry: AuditEntry
    who: str
    email: str
    said: str
    icon: str
    about: str
    place: str
    folder_href: str
    ip: str
    token: str


def said_of_operation(operation: str) -> str:
    """An operation as the activity page calls it."""
    return _SAID.get(operation) or str(dict(Operation.choices).get(operation, operation))


def rows_of(sight: Sight, entries: Sequence[AuditEntry]) -> list[ActivityRow]:
    """`entries` as they are shown to whom `sight` belongs to. One query at most."""
    gone = _gone_folders(entries)
    return [_row(sight, entry, gone) for entry in entries]


def lines_of(sight: Sight, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """`entries` as lines of an export: all columns for administrators, for others what the page shows them."""
    return [_line(sight, entry) for entry in entries]


def whole_lines(entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """`entries` as lines of an export that holds everything."""
    return [_whole_line(entry) for entry in entries]


def columns_of(sight: Sight) -> list[str]:
    """The names of an export's columns."""
    return list(_line(sight, AuditEntry()))


def whole_columns() -> list[str]:
    """The names of the columns of an export that holds everything."""
    return list(_whole_line(AuditEntry()))


def _row(sight: Sight, entry: AuditEntry, gone: set[tuple[UUID, str]]) -> ActivityRow:
    reach = _reach_of(sight, entry)
    path = reach.path_of(entry.path) if reach else entry.path
    is_there = reach is not None and (reach.bucket_id, parent_of(entry.path)) not in gone
    email = entry.actor_email if sight.user.is_admin else ""
    return ActivityRow(
        entry=entry,
        who=entry.actor_name,
        email=email,
        said=_said(entry),
        icon=_ICONS.get(entry.operation, "history"),
        about=name_of(path) if reach else _subject(sight, entry),
        place=_place(reach, path) if reach else entry.bucket_code,
        folder_href=_folder_href(reach, parent_of(path)) if reach and is_there else "",
        ip=_ip(sight, entry),
        token=_token(sight, entry),
    )


def _line(sight: Sight, entry: AuditEntry) -> dict[str, Any]:
    if sight.user.is_admin:
        return _whole_line(entry)
    reach = _reach_of(sight, entry)
    return {
        "at": entry.at,
        "person": entry.actor_name,
        "operation": entry.operation,
        "outcome": entry.outcome,
        "bucket": entry.bucket_code,
        "path": reach.path_of(entry.path) if reach else "",
        "ip": _ip(sight, entry),
    }


def _whole_line(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "person": entry.actor_name,
        "operation": entry.operation,
        "outcome": entry.outcome,
        "bucket": entry.bucket_code,
        "path": entry.path,
        "ip": entry.ip or "",
        "person_id": entry.actor_id,
        "email": entry.actor_email,
        "bucket_id": entry.bucket_id,
        "detail": entry.detail,
    }


def _reach_of(sight: Sight, entry: AuditEntry) -> Reach | None:
    """The reader's reach that holds the file of `entry`, if one does. A path that somebody tried is no file's."""
    if entry.operation == Operation.VIOLATION:
        return None
    reach = sight.by_bucket.get(entry.bucket_id) if entry.bucket_id else None
    return reach if reach and entry.path and entry.path.startswith(reach.root) else None


def _said(entry: AuditEntry) -> str:
    detail = entry.detail if isinstance(entry.detail, Mapping) else {}
    if entry.operation == Operation.UPLOAD_CONFIRMED and detail.get("overwrites"):
        return "replaced"
    if entry.operation == Operation.SIGN_IN_REFUSED and entry.actor_id is None:
        return "could not sign in as"
    if entry.outcome != AuditEntry.Outcome.DONE and entry.operation in _TRIED:
        return _TRIED[entry.operation]
    return said_of_operation(entry.operation)


def _subject(sight: Sight, entry: AuditEntry) -> str:
    """What an entry outside the reader's files is about. One's own sign-ins are about nothing else."""
    return entry.subject if sight.user.is_admin or entry.operation in ABOUT_TOKENS else ""


def _ip(sight: Sight, entry: AuditEntry) -> str:
    return entry.ip or "" if sight.sees_account_of(entry) else ""


def _token(sight: Sight, entry: AuditEntry) -> str:
    told = entry.detail.get("token") if isinstance(entry.detail, Mapping) else None
    return str(told.get("name", "")) if isinstance(told, Mapping) and sight.sees_account_of(entry) else ""


def _place(reach: Reach, path: str) -> str:
    return " / ".join([reach.bucket_title, *parent_of(path).split("/")[:-1]])


def _folder_href(reach: Reach, path: str) -> str:
    """Where the folder is; empty for one with a name that can't be opened."""
    try:
        reach.folder(path)
    except (OutOfBounds, Malformed):
        return ""
    return folder_href(reach.bucket_code, path)


def _gone_folders(entries: Sequence[AuditEntry]) -> set[tuple[UUID, str]]:
    """Of the folders of these files those known to be gone from S3."""
    paths = {parent_of(entry.path) for entry in entries if entry.bucket_id and entry.path}
    if not paths:
        return set()
    buckets = {entry.bucket_id for entry in entries if entry.bucket_id}
    gone = Folder.objects.filter(bucket_id__in=buckets, path__in=paths, is_missing=True)
    return set(gone.values_list("bucket_id", "path"))
