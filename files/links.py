"""URLs of objects: short ones for pages, long ones to copy, attachments to download. All signed here, none by S3."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from buckets.paths import Reach
from files.entries import EntryView


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a page may load of one file.

    `inline` shows or reads the file itself; text of every kind comes as `text/plain`. `thumbnail` is empty when there is
    none. `is_active` says the file could run script (SVG, HTML, XML …): opened by itself the link downloads, in `<img>`
    or `fetch` it works. `media_type` is what the link answers with (a CDN answers with the object's own).
    """

    inline: str
    thumbnail: str
    media_type: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CopiedLink:
    """A link to hand on. `expires_at` is None for a public bucket's CDN URL."""

    path: str
    url: str
    expires_at: datetime | None


def for_page(reach: Reach, entries: Iterable[EntryView], *, now: datetime) -> dict[str, PageLink]:
    """Links for the files among `entries`, by path; folders, archived and unreachable ones have none.

    No S3 call, no rows. Private links are good for an hour at least and stay the same for a quarter of an hour, so that
    the browser's cache works.
    """
    raise NotImplementedError


def copy(reach: Reach, paths: Iterable[str], *, by: User, ip: str | None, now: datetime) -> list[CopiedLink]:
    """A link to hand on for each file in `paths`, in their order, audited; at most 2,000.

    A public bucket's is its CDN URL; a private one's is good for 7 days, 6 at least when an earlier one is handed out
    again. Raises OutOfBounds or Malformed.
    """
    raise NotImplementedError


def download(reach: Reach, path: str, *, by: User, ip: str | None, now: datetime) -> str:
    """A link, good for five minutes, under which the browser saves the file under its own name. Audited.

    Raises OutOfBounds, Malformed, ObjectMissing, ObjectArchived or another S3Error: S3 is asked first, so that nobody
    lands on its error page.
    """
    raise NotImplementedError


def open_inline(reach: Reach, path: str, *, by: User, ip: str | None, now: datetime) -> str:
    """A link under which the browser shows the file in a tab of its own (active types are saved instead). Audited.

    Raises as `download`.
    """
    raise NotImplementedError
