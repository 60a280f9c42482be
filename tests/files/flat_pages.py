"""Pages of a flat listing of everything below a folder, cut where a test likes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.big_store import Shelf
from buckets.s3.lister import Hint, Page, Span
from buckets.s3.lister.page import outline_of
from buckets.s3.listing_xml import ListedObject

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class FlatPage:
    """What of a page whoever stores it asks for."""

    objects: list[ListedObject]
    span: Span

    @property
    def count(self) -> int:
        return len(self.objects)

    @property
    def hint(self) -> Hint | None:
        return Hint(self.objects[-1].key, self.count) if self.objects else None

    def as_it_came(self) -> "FlatPage":
        return self


def listed_object(key: str, *, size: int = 1, etag: str = "e") -> ListedObject:
    return ListedObject(key, size, NOON, etag, "STANDARD")


def flat_pages(keys: Iterable[str], *, cuts: Sequence[str] = (), **facts: Any) -> list[Any]:
    """The pages of a listing of these keys, in order, with a new page behind each key of `cuts`."""
    ends: list[bytes | None] = [*sorted({cut.encode() for cut in cuts if cut}), None]
    ordered = sorted(set(keys), key=str.encode)
    pages, after = [], b""
    for upto in ends:
        inside = [key for key in ordered if after < key.encode() and (upto is None or key.encode() <= upto)]
        pages.append(FlatPage([listed_object(key, **facts) for key in inside], Span(after, upto)))
        after = upto or b""
    return pages


EVERYTHING = Span(b"", None)


def sent_page(*keys: str, span: Span = EVERYTHING, prefix: str = "") -> Page:
    """A page as a store sends it."""
    body = Shelf("press-kit", sorted(keys)).page({})
    return Page(body, outline_of(body), span, prefix=prefix)


def sent_pages(keys: Sequence[str]) -> list[Page]:
    """A whole listing of these keys, which are in order, a page for each."""
    ends = [b"", *(key.encode() for key in keys[:-1])]
    return [
        sent_page(key, span=Span(after, upto))
        for key, after, upto in zip(keys, ends, [*ends[1:], None], strict=True)
    ]
