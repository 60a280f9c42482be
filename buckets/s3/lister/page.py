"""A page of a listing as it came: what the next request needs is read at once, its rows only when somebody asks.

Finding the first and last key takes a tenth of reading all rows. It is done by plain search, which is safe only where the
store writes as expected; a page that is written otherwise is read by the real parser, so no key is ever lost. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from buckets.s3.listing_xml import ListedObject, ListingPage, parse

_COUNT = re.compile(rb"<KeyCount>(\d+)</KeyCount>")
_TOKEN = re.compile(rb"<NextContinuationToken>([^<&]+)</NextContinuationToken>")
_KEY = re.compile(rb"<Contents><Key>([^<&]+)</Key>")
_URL = b"<EncodingType>url</EncodingType>"
_END = b"</ListBucketResult>"
_PLAIN = re.compile(r"[a-z0-9._-]+")
# A letter beyond ASCII may fold to one within (the Kelvin sign to k), and a store may escape what it needn't.
_MAY_FOLD = re.compile(rb"%(?:[c-f]|2[de]|5f)")
_SAMPLES = 16


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
    """The outline of a page. Raises BrokenListing for what is cut short or no listing."""
    return _quick_outline(body) or _whole_outline(parse(body))


def _quick_outline(body: bytes) -> Outline | None:
    count = _COUNT.search(body, 0, 4096)
    starts = body.find(b"<Contents>")
    if count is None or starts < 0 or not body.rstrip().endswith(_END):
        return None
    head = body[:starts]
    number = int(count[1])
    if body.count(b"<Contents><Key>") != number or body.count(b"<Contents") != number or _URL not in head:
        return None
    token = _TOKEN.search(head)
    if token is None and b"<IsTruncated>false</IsTruncated>" not in head:
        return None
    first, last = _KEY.match(body, starts), _KEY.match(body, body.rfind(b"<Contents>"))
    if first is None or last is None:
        return None
    samples = [_decoded(first[1])]
    for part in range(1, _SAMPLES):
        found = _KEY.search(body, starts + (len(body) - starts) * part // _SAMPLES)
        if found:
            samples.append(_decoded(found[1]))
    samples.append(_decoded(last[1]))
    return Outline(
        first=unquote_to_bytes(first[1].replace(b"+", b" ")),
        last=unquote_to_bytes(last[1].replace(b"+", b" ")),
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


class Page:
    """One page of a listing: everything the store has after `after` up to and including `upto` (None: to the end).

    Both are raw bytes of keys. Rows are read when they are asked for first; what lies outside is left out.
    """

    __slots__ = ("_body", "_page", "_whole", "after", "upto")

    def __init__(
        self, body: bytes, outline: Outline, *, after: bytes, upto: bytes | None, everything: bool = False
    ) -> None:
        self._body = body
        self._page = outline.page
        self._whole = everything or (
            outline.is_sorted
            and (outline.first is None or outline.first > after)
            and (upto is None or outline.last is None or outline.last <= upto)
        )
        self.after = after
        self.upto = upto

    @property
    def objects(self) -> list[ListedObject]:
        """The objects of this page in S3's order. Raises BrokenListing when one of them can't be read."""
        objects = self._parsed().objects
        if self._whole:
            return objects
        inside = self._inside([listed.key for listed in objects])
        return [listed for listed, is_inside in zip(objects, inside, strict=True) if is_inside]

    @property
    def prefixes(self) -> list[str]:
        """The folders of this page, each by its full key with a slash; a listing of one folder has them."""
        prefixes = self._parsed().prefixes
        if self._whole:
            return prefixes
        inside = self._inside(prefixes)
        return [prefix for prefix, is_inside in zip(prefixes, inside, strict=True) if is_inside]

    def may_hold(self, needle: str) -> bool:
        """Whether a key of this page may contain `needle`, which is case-folded: False is certain, True is not.

        A tenth of what reading the rows takes, for plain needles on pages of plain names.
        """
        if not _PLAIN.fullmatch(needle):
            return True
        folded = self._body.lower()
        return needle.encode() in folded or (b"%" in folded and _MAY_FOLD.search(folded) is not None)

    def _parsed(self) -> ListingPage:
        if self._page is None:
            self._page = parse(self._body)
        return self._page

    def _inside(self, keys: list[str]) -> list[bool]:
        places = [key.encode() for key in keys]
        if any("\ufffd" in key for key in keys):
            # Not every such key is what it seems: bytes that are no text show like this, and stand elsewhere in the order.
            raw = _KEY.findall(self._body)
            places = (
                [unquote_to_bytes(name.replace(b"+", b" ")) for name in raw]
                if len(raw) == len(keys)
                else places
            )
        return [self.after < place and (self.upto is None or place <= self.upto) for place in places]


def _decoded(name: bytes) -> str:
    return unquote_to_bytes(name.replace(b"+", b" ")).decode(errors="replace")
