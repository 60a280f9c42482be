"""One page of ListObjectsV2, from bytes to values.

A listing of a thousand keys is 350 kB of XML; a general parser needs 30 times what one expression needs. The expression
is safe because keys come URL-encoded and the elements have a fixed order; where a store answers otherwise, the counts
differ and a real parser reads the page, so no key is ever lost. Pure, and reusable from asyncio.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes
from xml.etree import ElementTree


class BrokenListing(Exception):
    """These bytes are no whole listing: cut short, or something else altogether."""


class ForeignAnswer(BrokenListing):
    """These bytes are not even the beginning of what S3 answers: a web page, say."""


class ListedObject(NamedTuple):
    """One object of a listing, by its full key. `size` in bytes, `modified_at` aware UTC, `etag` without quotes.

    A tuple, because a thousand of them are made for each page. A key that is no UTF-8 shows U+FFFD in its place.
    """

    key: str
    size: int
    modified_at: datetime
    etag: str
    storage_class: str


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page: its objects, the common prefixes (each ends in the delimiter), and the token of the next; empty at the end."""

    objects: list[ListedObject]
    prefixes: list[str]
    next_token: str


_CONTENT = re.compile(
    r"<Contents><Key>([^<&]*)</Key>"
    r"<LastModified>([^<&]*)</LastModified>"
    r'<ETag>(?:&quot;|&#34;|")?([^<&"]*)(?:&quot;|&#34;|")?</ETag>'
    r"(?:<Checksum[A-Za-z]*>[^<]*</Checksum[A-Za-z]*>)*"
    r"<Size>(\d+)</Size>"
    r"(?:<Owner>(?:<ID>[^<]*</ID>|<DisplayName>[^<]*</DisplayName>|<DisplayName/>)*</Owner>)?"
    r"<StorageClass>([^<&]*)</StorageClass>"
    r"(?:<RestoreStatus>.*?</RestoreStatus>)?"
    r"</Contents>"
)
_PREFIX = re.compile(r"<CommonPrefixes><Prefix>([^<&]*)</Prefix></CommonPrefixes>")
_KEY_COUNT = re.compile(r"<KeyCount>(\d+)</KeyCount>")
_TOKEN = re.compile(r"<NextContinuationToken>([^<&]+)</NextContinuationToken>")
_BEGINNING = re.compile(rb"<(?:[\w.-]+:)?(?:\w+Result|Error)\b")
_END = re.compile(r"</ListBucketResult>\s*\Z")


def parse(body: bytes) -> ListingPage:
    """The page in `body`. Raises BrokenListing, ForeignAnswer where it is none of S3's."""
    try:
        return _parse_quickly(body.decode()) or _parse_properly(body)
    except UnicodeDecodeError:
        _refuse_foreign(body)
        raise BrokenListing("The listing is no UTF-8.") from None


def parse_entries(entries: Sequence[str]) -> list[ListedObject] | None:
    """The objects that single entries of a page with URL-encoded keys describe, from tag to tag; None where one of them is
    written in a way that only the whole page tells."""
    contents = [found.groups() for entry in entries if (found := _CONTENT.fullmatch(entry))]
    return _objects(contents) if len(contents) == len(entries) else None


def _parse_quickly(body: str) -> ListingPage | None:
    """The page, or None when this store writes it another way than expected."""
    contents = _CONTENT.findall(body)
    prefixes = _PREFIX.findall(body)
    token = _next_token(body)
    if token is None or not _all_found(body, objects=len(contents), prefixes=len(prefixes)):
        return None
    objects = _objects(contents)
    return None if objects is None else ListingPage(objects, _decoded(prefixes), token)


def _objects(contents: Sequence[tuple[str, ...]]) -> list[ListedObject] | None:
    keys = _decoded([content[0] for content in contents])
    try:
        objects = [
            ListedObject(
                key,
                int(size),
                datetime.fromisoformat(modified),
                etag,
                storage_class or "STANDARD",
            )
            for key, (_, modified, etag, size, storage_class) in zip(keys, contents, strict=True)
        ]
    except ValueError:
        return None
    return None if any(listed.modified_at.tzinfo is None for listed in objects) else objects


def _decoded(names: list[str]) -> list[str]:
    """URL-encoded names as text: all in one go, where no name holds the line break that separates them."""
    joined = "\n".join(names).replace("+", " ")
    if "%0a" in joined or "%0A" in joined or "\n" in "".join(names):
        return [unquote_to_bytes(name.replace("+", " ")).decode(errors="replace") for name in names]
    return unquote_to_bytes(joined).decode(errors="replace").split("\n") if names else []


def _all_found(body: str, *, objects: int, prefixes: int) -> bool:
    """Whether the expressions met all there is: a store may count wrongly, but its opening tags can't."""
    count = _KEY_COUNT.search(body)
    return (
        count is not None
        and int(count[1]) == objects + prefixes
        and body.count("<Contents") == objects
        and body.count("<CommonPrefixes") == prefixes
        and "<EncodingType>url</EncodingType>" in body
        and _END.search(body, max(0, len(body) - 64)) is not None
    )


def _next_token(body: str) -> str | None:
    """The next page's token, empty on the last page; None when the answer doesn't say it plainly."""
    if "<IsTruncated>false</IsTruncated>" in body:
        return ""
    found = _TOKEN.search(body)
    return found[1] if found else None


def _refuse_foreign(body: bytes) -> None:
    """Raises ForeignAnswer. What is cut short before it says what it is may be a listing."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<?xml"):
        head = head.partition(b"?>")[2].lstrip()
    is_cut = any(start.startswith(head) for start in (b"<?xml", b"<ListBucketResult"))
    if not is_cut and not _BEGINNING.match(head):
        raise ForeignAnswer("The answer is none of S3's.")


def _parse_properly(body: bytes) -> ListingPage:
    _refuse_foreign(body)
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BrokenListing("A listing has no document type.")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - entities can't be declared without a DOCTYPE
    except ElementTree.ParseError:
        raise BrokenListing("The listing is not whole.") from None
    if _local(root) != "ListBucketResult":
        raise BrokenListing("The answer is no listing.")
    decode = unquote_plus if _text(root, "EncodingType") == "url" else str
    objects = [_listed(element, decode) for element in root if _local(element) == "Contents"]
    prefixes = [
        decode(prefix.text or "")
        for element in root
        if _local(element) == "CommonPrefixes"
        for prefix in element
        if _local(prefix) == "Prefix"
    ]
    truncated = _text(root, "IsTruncated").strip().lower() == "true"
    token = _text(root, "NextContinuationToken") if truncated else ""
    if truncated and not token:
        raise BrokenListing("The listing goes on, but doesn't say where.")
    return ListingPage(objects, prefixes, token)


def _listed(element: ElementTree.Element, decode: Callable[[str], str]) -> ListedObject:
    try:
        return ListedObject(
            key=decode(_text(element, "Key")),
            size=int(_text(element, "Size")),
            modified_at=_moment(_text(element, "LastModified")),
            etag=_text(element, "ETag").strip('"'),
            storage_class=_text(element, "StorageClass") or "STANDARD",
        )
    except ValueError:
        raise BrokenListing("An entry of the listing can't be read.") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(element: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in element if _local(child) == name), "")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
