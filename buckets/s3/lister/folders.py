"""What is in a folder: listings of one folder, page by page, and of everything below it.

Names are exactly those S3 has; whether a name may be acted upon is `buckets.paths`' to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from buckets.paths import FolderKey, Reach
from buckets.s3 import transport
from buckets.s3.address import address_of
from buckets.s3.calls import call
from buckets.s3.clients import signer_of
from buckets.s3.deadline import Deadline
from buckets.s3.errors import NotAStore, S3Unavailable
from buckets.s3.listing_request import ACTION, PAGE_KEYS, listing_request
from buckets.s3.listing_xml import BrokenListing, ForeignAnswer, ListedObject, ListingPage, parse


class ListedFile(NamedTuple):
    """A file of a folder. `size` in bytes, `modified_at` aware UTC, `etag` without quotes."""

    name: str
    size: int
    modified_at: datetime
    etag: str
    storage_class: str


@dataclass(frozen=True, slots=True)
class FolderPage:
    """One round trip's worth of a folder: the names of its folders, without slash, and its files.

    A file and a folder may share a name. A folder's name is empty where a key has two slashes in a row. The folder's own
    marker object is no file of it.
    """

    folders: list[str]
    files: list[ListedFile]
    last: bool


@dataclass(frozen=True, slots=True)
class Below:
    """Objects below a folder by their full keys, markers (keys ending in a slash) included; `whole` when these are all."""

    objects: list[ListedObject]
    whole: bool


def folder_pages(reach: Reach, folder: FolderKey) -> Iterator[FolderPage]:
    """The pages of `folder`, one S3 request each, in S3's order. Raises S3Error, also between two pages."""
    reach.path_of(folder)
    start = len(folder.text)
    for page in _pages(reach, folder, delimiter="/"):
        yield FolderPage(
            folders=[prefix[start:-1] for prefix in page.prefixes],
            files=[
                ListedFile(listed.key[start:], *listed[1:])
                for listed in page.objects
                if len(listed.key) > start
            ],
            last=not page.next_token,
        )


def keys_below(reach: Reach, folder: FolderKey, *, limit: int) -> Below:
    """Everything below `folder`, at most `limit` objects. One S3 request for each thousand. Raises S3Error."""
    reach.path_of(folder)
    objects: list[ListedObject] = []
    for page in _pages(reach, folder, keys=min(limit + 1, PAGE_KEYS)):
        objects += page.objects
        if len(objects) > limit:
            return Below(objects[:limit], whole=False)
    return Below(objects, whole=True)


def _pages(
    reach: Reach, folder: FolderKey, *, delimiter: str = "", keys: int = PAGE_KEYS
) -> Iterator[ListingPage]:
    token = ""
    while True:
        page = _page(reach, folder.text, delimiter=delimiter, token=token, keys=keys)
        yield page
        if not page.next_token:
            return
        if page.next_token == token:
            raise S3Unavailable("The storage lists the same page again and again.", action=ACTION)
        token = page.next_token


def _page(reach: Reach, prefix: str, *, delimiter: str, token: str, keys: int) -> ListingPage:
    connection = reach.connection
    signer, address = signer_of(connection), address_of(connection)

    def attempt(deadline: Deadline) -> ListingPage:
        url, headers = listing_request(
            signer, address, prefix=prefix, delimiter=delimiter, token=token, keys=keys, now=datetime.now(UTC)
        )
        answer = transport.send("GET", url, headers=headers, action=ACTION, deadline=deadline)
        try:
            page = parse(answer.body)
        except ForeignAnswer:
            raise NotAStore(action=ACTION, code=str(answer.status)) from None
        except BrokenListing:
            raise S3Unavailable(
                "The storage's listing was not whole.", action=ACTION, code="listing"
            ) from None
        names = [listed.key for listed in page.objects] + page.prefixes
        if any(not name.startswith(prefix) for name in names):
            raise S3Unavailable("The storage listed what was not asked for.", action=ACTION, code="listing")
        return page

    return call(connection, ACTION, attempt)
