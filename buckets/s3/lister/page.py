"""A page of a listing as it came: what the next request needs is read at once, its rows only when somebody asks.

Finding the first and last key takes a tenth of reading all rows. It is done by plain search, which is safe only where the
store writes as expected; a page that is written otherwise is read by the real parser, so no key is ever lost. Pure.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from buckets.s3.errors import S3Unavailable
from buckets.s3.lister.plain import ENTRY_END, KEY, entries_with
from buckets.s3.lister.ruler import Hint
from buckets.s3.listing_request import ACTION, PAGE_KEYS
from buckets.s3.listing_xml import BrokenListing, ListedObject, ListingPage, parse, parse_entries

_COUNT = re.compile(rb"<KeyCount>(\d+)</KeyCount>")
_TOKEN = re.compile(rb"<NextContinuationToken>([^<&]+)</NextContinuationToken>")
_URL = b"<EncodingType>url</EncodingType>"
_ENTRIES = (b"<Contents", b"<CommonPrefixes")
_PLAINLY_SHORT = 512 * PAGE_KEYS
_END = b"</ListBucketResult>"
_SAMPLES = 16
# How long the span's two ends are, -1 for no end; and whether everything counts.
_HEAD = struct.Struct("!Ii?")


@dataclass(frozen=True, slots=True)
class Outline:
    """What a listing needs to go on: first and last entry in raw bytes, None where there is none, and the next token.

    `samples` are some of the keys, in order. `page` is the whole, where it had to be read.
    """

    first: bytes | None
    last: bytes | None
    token: str
    count: int
    samples: Sequence[str] = ()
    is_sorted: bool = True
    page: ListingPage | None = None


def outline_of(body: bytes) -> Outline:
    """The outline of a page. Raises BrokenListing for what is cut short, no listing, or longer than was asked for."""
    if _is_too_long(body):
        raise BrokenListing("There are more entries than were asked for.")
    return _quick_outline(body) or _whole_outline(parse(body))


def _is_too_long(body: bytes) -> bool:
    """Counted before anything is read: rows take ten times the room of what a store sends."""
    return len(body) > _PLAINLY_SHORT and any(body.count(tag) > PAGE_KEYS for tag in _ENTRIES)


def _quick_outline(body: bytes) -> Outline | None:
    count = _COUNT.search(body, 0, 4096)
    starts, last_starts = body.find(b"<Contents"), body.rfind(b"<Contents")
    ends = body.rfind(ENTRY_END)
    if (
        count is None
        or not 0 <= starts <= last_starts < ends
        or body[ends + len(ENTRY_END) :].strip() != _END
    ):
        return None
    head = body[:starts]
    number = int(count[1])
    if _URL not in head or b"<CommonPrefixes" in head:
        return None
    # Only where folders are asked for can something else than entries stand between entries.
    if b"<Delimiter>" in head and body.count(b"<Contents><Key>") != number:
        return None
    token = _TOKEN.search(head)
    if token is None and b"<IsTruncated>false</IsTruncated>" not in head:
        return None
    first, last = KEY.match(body, starts), KEY.match(body, last_starts)
    if first is None or last is None:
        return None
    samples = [_decoded(first[1])]
    for part in range(1, _SAMPLES):
        found = KEY.search(body, starts + (len(body) - starts) * part // _SAMPLES)
        if found:
            samples.append(_decoded(found[1]))
    samples.append(_decoded(last[1]))
    return Outline(
        first=_unquoted(first[1]),
        last=_unquoted(last[1]),
        token=token[1].decode() if token else "",
        count=number,
        samples=samples,
        is_sorted=samples == sorted(samples),
    )


def _whole_outline(page: ListingPage) -> Outline:
    names = sorted([*(listed.key for listed in page.objects), *page.prefixes])
    keys = [listed.key for listed in page.objects]
    return Outline(
        first=names[0].encode() if names else None,
        last=names[-1].encode() if names else None,
        token=page.next_token,
        count=len(names),
        samples=names[:: max(1, len(names) // _SAMPLES)] + names[-1:],
        is_sorted=keys == sorted(keys) and page.prefixes == sorted(page.prefixes),
        page=page,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Positions `(after, upto]`; `upto` None is the end of everything.

    Of a store without order nothing is known to be whole before the end, and `everything` on a page counts.
    """

    after: bytes
    upto: bytes | None
    everything: bool = False


def _lies_inside(outline: Outline, span: Span) -> bool:
    return (
        outline.is_sorted
        and (outline.first is None or outline.first > span.after)
        and (span.upto is None or outline.last is None or outline.last <= span.upto)
    )


def part_inside(outline: Outline, span: Span) -> float:
    """How much of a page counts, 0 to 1."""
    if span.everything or not outline.samples or _lies_inside(outline, span):
        return float(bool(outline.samples))
    inside = [
        span.after < name.encode() and (span.upto is None or name.encode() <= span.upto)
        for name in outline.samples
    ]
    return sum(inside) / len(inside)


class Page:
    """One page of a listing below `prefix`: everything the store has within `span`.

    Rows are read when they are asked for first, and only those within the span are shown.
    """

    __slots__ = ("_body", "_outline", "_page", "_prefix", "_whole", "span")

    def __init__(self, body: bytes, outline: Outline, span: Span, *, prefix: str) -> None:
        self._body, self._outline, self._prefix = body, outline, prefix
        self._page: ListingPage | None = None
        self._whole = span.everything or _lies_inside(outline, span)
        self.span = span

    @property
    def objects(self) -> list[ListedObject]:
        """The objects of this page in S3's order. Raises S3Unavailable when one of them can't be read."""
        objects = self._parsed().objects
        if self._whole:
            return objects
        inside = self._inside([listed.key for listed in objects])
        return [listed for listed, is_inside in zip(objects, inside, strict=True) if is_inside]

    @property
    def prefixes(self) -> list[str]:
        """The folders of this page, each by its full key with a slash; a listing of one folder has them."""
        if self._outline.page is None and b"<CommonPrefixes" not in self._body:
            return []
        prefixes = self._parsed().prefixes
        if self._whole:
            return prefixes
        inside = self._inside(prefixes)
        return [prefix for prefix, is_inside in zip(prefixes, inside, strict=True) if is_inside]

    def objects_with(self, needles: Sequence[str]) -> list[ListedObject]:
        """The objects whose keys hold each of these needles, which are case-folded; where that is less work, all objects.

        A page of plain names is looked through as it came, and only the rows that are asked for are read and checked: a tenth
        of the time. Where the store writes keys in another way than it was asked to, letters may hide behind any notation, so
        there all rows are read. Raises S3Unavailable when a row that is read can't be.
        """
        if self._outline.page is not None or self._page is not None:
            return self.objects
        entries = entries_with(needles, self._body)
        if entries is None:
            return self.objects
        objects = parse_entries(
            [entry.decode() for key, entry in entries if self._whole or self._holds(_unquoted(key))]
        )
        if objects is None:
            return self.objects
        self._check([listed.key for listed in objects])
        return objects

    @property
    def count(self) -> int:
        """How many objects and folders this page has."""
        if self._whole:
            return self._outline.count
        if self._outline.page is not None or not self._outline.is_sorted:
            return sum(self._inside(self._names()))
        upto = self.span.upto
        start = _offset_behind(self._body, self.span.after)
        end = len(self._body) if upto is None else _offset_behind(self._body, upto)
        return self._body.count(b"<Contents>", start, end)

    @property
    def hint(self) -> Hint | None:
        """What makes the next listing quicker, for whoever keeps it; None for a page that has nothing."""
        count = self.count
        last = self._outline.last if self._whole else self.span.upto
        return Hint(last.decode(errors="replace"), count) if count and last else None

    def as_it_came(self) -> "Page":
        """The same page with its rows unread, for whoever keeps it: read ones take four times the room."""
        return Page(self._body, self._outline, self.span, prefix=self._prefix)

    def to_bytes(self) -> bytes:
        """The page as it came with the span it counts for, for another process; `of_bytes` makes it one again."""
        after, upto = self.span.after, self.span.upto
        head = _HEAD.pack(len(after), -1 if upto is None else len(upto), self.span.everything)
        return b"".join((head, after, upto or b"", self._body))

    @classmethod
    def of_bytes(cls, packed: bytes, *, prefix: str) -> "Page":
        """A page of a listing below `prefix`. Raises BrokenListing for what is none."""
        try:
            after_length, upto_length, everything = _HEAD.unpack_from(packed)
        except struct.error:
            raise BrokenListing("What was kept is no page.") from None
        after_ends = _HEAD.size + after_length
        upto_ends = after_ends + max(0, upto_length)
        upto = None if upto_length < 0 else packed[after_ends:upto_ends]
        body = packed[upto_ends:]
        span = Span(packed[_HEAD.size : after_ends], upto, everything=everything)
        return cls(body, outline_of(body), span, prefix=prefix)

    def _parsed(self) -> ListingPage:
        if self._page is None:
            try:
                page = self._outline.page or parse(self._body)
            except BrokenListing:
                raise S3Unavailable(
                    "The storage's listing was not whole.", action=ACTION, code="listing"
                ) from None
            self._check([*(listed.key for listed in page.objects), *page.prefixes])
            self._page = page
        return self._page

    def _check(self, names: list[str]) -> None:
        if not all(name.startswith(self._prefix) for name in names):
            raise S3Unavailable("The storage listed what was not asked for.", action=ACTION, code="listing")

    def _names(self) -> list[str]:
        page = self._outline.page
        if page is None:
            return [_decoded(name) for name in KEY.findall(self._body)]
        return [*(listed.key for listed in page.objects), *page.prefixes]

    def _inside(self, names: list[str]) -> list[bool]:
        places = [name.encode() for name in names]
        if any("\ufffd" in name for name in names):
            # Not every such key is what it seems: bytes that are no text show like this, and stand elsewhere in the order.
            raw = KEY.findall(self._body)
            places = [_unquoted(name) for name in raw] if len(raw) == len(names) else places
        return [self._holds(place) for place in places]

    def _holds(self, place: bytes) -> bool:
        """Whether this position lies within the span."""
        return self.span.after < place and (self.span.upto is None or place <= self.span.upto)


def _offset_behind(body: bytes, place: bytes) -> int:
    """Where in a page of plain entries in order the first key begins that lies behind `place`."""
    low, high = 0, len(body)
    while low < high:
        middle = (low + high) // 2
        found = KEY.search(body, middle)
        if found is None or _unquoted(found[1]) > place:
            high = middle
        else:
            low = found.end()
    following = body.find(b"<Contents>", low)
    return len(body) if following < 0 else following


def _decoded(name: bytes) -> str:
    return _unquoted(name).decode(errors="replace")


def _unquoted(name: bytes) -> bytes:
    return unquote_to_bytes(name.replace(b"+", b" "))
