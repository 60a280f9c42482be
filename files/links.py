"""URLs of objects: short ones for pages, long ones to copy, attachments to download. All signed here, none by S3."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from accounts.audit import Operation, record_all
from accounts.models import User
from buckets.paths import Key, Malformed, Reach
from buckets.s3 import objects
from buckets.s3.errors import ObjectArchived
from buckets.s3.links import presign_get
from files import cache
from files.entries import ARCHIVED_CLASSES, EntryView
from files.kinds import is_active, media_type_of, reads_as_text, safe_inline_type, thumbnail_of
from files.known import archived_among, missing_among
from files.refusals import TooMany, need
from files.stored import KeyLinks, stored_links

COPY_LIMIT = 2_000
KEYS_LIMIT = 50_000
COPIED_SECONDS = 7 * 24 * 3600
"""The longest S3 lets a link live."""
HANDED_OUT_AGAIN = timedelta(days=6)
DOWNLOAD_SECONDS = 300
PAGE_SECONDS = 3600
_STABLE_SECONDS = 900
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a page may load of one file.

    `inline` shows the file itself: text of every kind comes as `text/plain`, and what is neither text nor something
    browsers show safely is offered for saving. `read` is for a script that reads the bytes: always the store's own
    address, whose CORS rule lets our pages read. `thumbnail` is empty when there is none. `media_type` is what `inline`
    answers with (a CDN answers with the object's own). `is_active` says the file could run script (SVG, HTML, XML …):
    a private link to SVG is for saving when opened by itself, in `<img>` it works.
    """

    inline: str
    read: str
    thumbnail: str
    media_type: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CopiedLink:
    """A link to hand on. `expires_at` is None for a public bucket's CDN URL.

    `is_archived` says that it opens only after the file was restored, as far as that is known without asking S3.
    """

    path: str
    url: str
    expires_at: datetime | None
    is_archived: bool


def for_page(reach: Reach, entries: Iterable[EntryView], *, now: datetime) -> dict[str, PageLink]:
    """Links for the files among `entries`, by path; folders, archived and unreachable ones have none.

    No S3 call, no rows. Raises NotAllowed("read"). Private links are good for an hour at least and stay the same for a
    quarter of an hour, so that the browser's cache works.
    """
    need(reach, "read")
    signed_at = now - timedelta(seconds=now.timestamp() % _STABLE_SECONDS)
    return {
        entry.path: _page_link(reach, entry, signed_at)
        for entry in entries
        if not (entry.is_folder or entry.archived or entry.unreachable)
    }


def _page_link(reach: Reach, entry: EntryView, signed_at: datetime) -> PageLink:
    key = reach.file(entry.path)
    media_type = _served_as(key.name)
    private = _signed(reach, key, media_type, signed_at, PAGE_SECONDS + _STABLE_SECONDS)
    return PageLink(
        inline=_cdn_url(reach, key) if reach.cdn_base else private,
        read=private,
        thumbnail=_thumbnail(reach, key, signed_at, PAGE_SECONDS + _STABLE_SECONDS)
        if entry.has_thumbnail and reach.has_thumbnails
        else "",
        media_type=media_type,
        is_active=is_active(key.name),
    )


def _thumbnail(reach: Reach, key: Key, signed_at: datetime, seconds: int) -> str:
    """The link to the thumbnail of `key`; empty where its name would be too long."""
    try:
        beside = reach.child(key.parent, thumbnail_of(key.name))
    except Malformed:
        return ""
    if reach.cdn_base:
        return _cdn_url(reach, beside)
    # A thumbnail is a picture whatever its source is; browsers tell which kind by looking.
    media_type = safe_inline_type(key.name) or ""
    is_picture = media_type.startswith("image/")
    return _signed(reach, beside, media_type if is_picture else "image/png", signed_at, seconds)


def _served_as(name: str) -> str:
    """The media type a link answers with, whatever type somebody stored with the object."""
    if media_type := safe_inline_type(name):
        return media_type
    media_type = media_type_of(name)
    if media_type.startswith("image/"):
        return media_type
    return _PLAIN if reads_as_text(name) else media_type


def _signed(reach: Reach, key: Key, media_type: str, signed_at: datetime, seconds: int) -> str:
    is_shown = safe_inline_type(key.name) is not None or media_type in (_PLAIN, "image/png")
    return presign_get(
        reach,
        key,
        expires=seconds,
        disposition="inline" if is_shown else "attachment",
        content_type=media_type,
        now=signed_at,
    )


def _cdn_url(reach: Reach, key: Key) -> str:
    return f"{reach.cdn_base}/{quote(key.text, safe='/')}"


def copy(reach: Reach, paths: Iterable[str], *, by: User, ip: str | None, now: datetime) -> list[CopiedLink]:
    """A link to hand on for each file in `paths`, in their order, audited; at most 2,000.

    A public bucket's is its CDN URL; a private one's is good for 7 days, 6 at least when an earlier one is handed out
    again. Raises NotAllowed("read"), TooMany, OutOfBounds or Malformed.
    """
    need(reach, "read")
    keys = [reach.file(path) for path in paths]
    if len(keys) > COPY_LIMIT:
        raise TooMany(COPY_LIMIT)
    found = _to_hand_on(reach, keys, now=now)
    archived = archived_among(reach, keys)
    _record(Operation.LINK_COPIED, reach, keys, by=by, ip=ip)
    return [CopiedLink(reach.path_of(key), *found[key.text], key.text in archived) for key in keys]


def _to_hand_on(
    reach: Reach, keys: Iterable[Key], *, now: datetime
) -> dict[str, tuple[str, datetime | None]]:
    """URLs, each with its end if it has one, by full key."""
    if reach.cdn_base:
        return {key.text: (_cdn_url(reach, key), None) for key in keys}
    found = _long_links(reach, keys, now=now)
    return {text: (links.file, end) for text, (links, end) in found.items()}


def for_keys(reach: Reach, full_keys: Iterable[str], *, now: datetime) -> dict[str, KeyLinks]:
    """Links to the files with these full keys, by key; left out are folders, and files that aren't there as far as that is
    known. At most 50,000; not audited, for a program asks for what it shows.

    Private links stay the same until the file changes or they have less than 6 days. Raises NotAllowed("read"), TooMany,
    OutOfBounds, Malformed, or an S3Error when S3 must be asked what is there.
    """
    need(reach, "read")
    keys = _files_among(reach, full_keys)
    if len(keys) > KEYS_LIMIT:
        raise TooMany(KEYS_LIMIT)
    missing = missing_among(reach, keys, now=now)
    there = [key for key in keys if key.text not in missing]
    if reach.cdn_base:
        return {key.text: new_links(reach, key, now=now) for key in there}
    found = _long_links(reach, there, now=now)
    return {key.text: found[key.text][0] for key in there}


def _files_among(reach: Reach, full_keys: Iterable[str]) -> list[Key]:
    """The files among what a program sends back of a listing, each once. Folders are checked and left out."""
    files = {}
    for text in dict.fromkeys(full_keys):
        if text.endswith("/") and text != reach.root:
            reach.own_key(text.removesuffix("/"), field="keys")
        elif text != reach.root:
            files[text] = reach.own_key(text, field="keys")
    return list(files.values())


def new_links(reach: Reach, key: Key, *, now: datetime) -> KeyLinks:
    """Links to a file that is there, or will be, and to its thumbnail; private ones good for 7 days. Remembered nowhere."""
    link = (
        _cdn_url(reach, key)
        if reach.cdn_base
        else _signed(reach, key, _served_as(key.name), now, COPIED_SECONDS)
    )
    return KeyLinks(link, _thumbnail(reach, key, now, COPIED_SECONDS) or link)


def _long_links(reach: Reach, keys: Iterable[Key], *, now: datetime) -> dict[str, tuple[KeyLinks, datetime]]:
    """Seven-day links for each key, with their end; those that have six days left are used again, new ones remembered."""
    wanted = {key.text: key for key in keys}
    version, good_until = reach.connection.version, now + HANDED_OUT_AGAIN
    links = stored_links(reach.bucket_id, wanted, credential_version=version, good_until=good_until)
    fresh = {text: new_links(reach, key, now=now) for text, key in wanted.items() if text not in links}
    expires_at = now + timedelta(seconds=COPIED_SECONDS)
    cache.keep_links(fresh, expires_at=expires_at, bucket_id=reach.bucket_id, credential_version=version)
    return {**links, **{text: (new, expires_at) for text, new in fresh.items()}}


def download(reach: Reach, path: str, *, by: User, ip: str | None, now: datetime) -> str:
    """A link, good for five minutes, under which the browser saves the file under its own name. Audited.

    Raises NotAllowed("read"), OutOfBounds, Malformed, ObjectMissing, ObjectArchived or another S3Error: S3 is asked first,
    so that nobody lands on its error page.
    """
    need(reach, "read")
    key = reach.file(path)
    _ask_whether_readable(reach, key)
    url = presign_get(
        reach,
        key,
        expires=DOWNLOAD_SECONDS,
        disposition="attachment",
        content_type=media_type_of(key.name),
        now=now,
    )
    _record(Operation.DOWNLOADED, reach, [key], by=by, ip=ip)
    return url


def open_inline(reach: Reach, path: str, *, by: User, ip: str | None, now: datetime) -> str:
    """A link under which the browser shows the file in a tab of its own (active types are saved instead). Audited.

    Raises as `download`.
    """
    need(reach, "read")
    key = reach.file(path)
    _ask_whether_readable(reach, key)
    url = (
        _cdn_url(reach, key)
        if reach.cdn_base
        else _signed(reach, key, _served_as(key.name), now, PAGE_SECONDS)
    )
    _record(Operation.LINK_OPENED, reach, [key], by=by, ip=ip)
    return url


def _ask_whether_readable(reach: Reach, key: Key) -> None:
    facts = objects.head(reach, key)
    if facts.storage_class in ARCHIVED_CLASSES and 'ongoing-request="false"' not in facts.restore:
        raise ObjectArchived(action="s3:GetObject")


def _record(operation: Operation, reach: Reach, keys: Sequence[Key], *, by: User, ip: str | None) -> None:
    record_all(
        ((key.text, {}) for key in keys),
        by=by,
        operation=operation,
        bucket_id=reach.bucket_id,
        bucket_code=reach.bucket_code,
        ip=ip,
    )
