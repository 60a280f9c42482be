"""What the upload tray posts, shaped for the domain. The rules live there."""

import json
from uuid import UUID

from django.http import QueryDict

from buckets.paths import Malformed
from files.uploads import OnConflict, Wanted

_ANSWERS = frozenset(OnConflict)


def wanted_files(posted: QueryDict) -> list[Wanted]:
    """The files a page wants to upload, from the JSON list in the field `files`. Raises Malformed."""
    return [_wanted(row) for row in _rows(posted, "files")]


def sent_uploads(posted: QueryDict) -> dict[UUID, str]:
    """What was sent: upload ids with the ETag the page knows (or ""), from the field `uploads`. Raises Malformed."""
    return {
        _uuid(_text(row, "id", "uploads"), "uploads"): _text(row, "etag", "uploads")
        for row in _rows(posted, "uploads")
    }


def upload_ids(posted: QueryDict) -> list[UUID]:
    """Upload ids, from the JSON list in the field `ids`. Raises Malformed."""
    return [_uuid(value, "ids") for value in _list(posted, "ids")]


def _wanted(row: dict[str, object]) -> Wanted:
    size, answer = row.get("size"), row.get("on_conflict", "ask")
    # JSON knows no integers, Python's bool is one: neither 1.5 nor true is a size.
    if type(size) is not int:
        raise Malformed("size", "A size must be a whole number of bytes.")
    if not isinstance(answer, str) or answer not in _ANSWERS:
        raise Malformed("on_conflict", "Choose ask, overwrite, keep_both or skip.")
    return Wanted(
        client_id=_given_back(_text(row, "client_id", "client_id"), "client_id"),
        name=_text(row, "name", "filename"),
        size=size,
        content_type=_text(row, "content_type", "contentType"),
        on_conflict=OnConflict(answer),
    )


def _rows(posted: QueryDict, field: str) -> list[dict[str, object]]:
    rows = _list(posted, field)
    if not all(isinstance(row, dict) for row in rows):
        raise Malformed(field, "Each entry must be an object.")
    return rows  # type: ignore[return-value]


def _list(posted: QueryDict, field: str) -> list[object]:
    try:
        rows = json.loads(posted.get(field, ""))
    except (ValueError, RecursionError):
        raise Malformed(field, "This isn't JSON.") from None
    if not isinstance(rows, list) or not rows:
        raise Malformed(field, "Send a list with at least one entry.")
    return rows


def _text(row: dict[str, object], name: str, field: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str) or "\x00" in value:
        raise Malformed(field, "This must be text without NUL.")
    return value


def _given_back(text: str, field: str) -> str:
    """`text`, which the answer repeats: JSON can hold lone surrogates, an answer can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed(field, "This must be valid Unicode text.") from None
    return text


def _uuid(value: object, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Malformed(field, "An upload is named by its id.") from None
