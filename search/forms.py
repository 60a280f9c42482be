"""What the address of the search page asks for. The page's script reads and writes the same words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from buckets.access import NoSuchBucket
from buckets.paths import Malformed, OutOfBounds, Reach
from files.entries import Group
from files.folder_page import storage_label
from search.matching import FOLDERS, MOST, NO_FILTERS, Filters, Query, parse
from search.stored_hits import Place

MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """A choice of sizes, in bytes, or of ages, in seconds. None is no bound."""

    value: str
    label: str
    smallest: int | None = None
    biggest: int | None = None
    seconds: int | None = None


TYPES: Final = ((FOLDERS, "Folders"), *((str(group.value), str(group.label)) for group in Group))
SIZES: Final = (
    Span("under-1mb", "Under 1 MB", biggest=MB - 1),
    Span("1mb-10mb", "1 to 10 MB", smallest=MB, biggest=10 * MB),
    Span("10mb-100mb", "10 to 100 MB", smallest=10 * MB, biggest=100 * MB),
    Span("100mb-1gb", "100 MB to 1 GB", smallest=100 * MB, biggest=1024 * MB),
    Span("over-1gb", "Over 1 GB", smallest=1024 * MB + 1),
)
AGES: Final = (
    Span("1d", "Last 24 hours", seconds=86_400),
    Span("7d", "Last 7 days", seconds=7 * 86_400),
    Span("30d", "Last 30 days", seconds=30 * 86_400),
    Span("365d", "Last year", seconds=365 * 86_400),
)
CLASSES: Final = tuple(
    (name, storage_label(name) or "Standard")
    for name in (
        "STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
    )
)  # fmt: skip
SORTS: Final = (
    ("", "As found"), ("name", "Name, A to Z"), ("modified", "Newest first"), ("size", "Largest first"),
)  # fmt: skip
WHERE: Final = ("below", "level", "all")
VIEWS: Final = ("list", "grid")
VIEW_COOKIE: Final = "view"
"""How this person likes lists, here and in folders."""
FIELDS: Final = ("q", "in", "where", "type", "size", "since", "class", "sort", "view")


@dataclass(frozen=True, slots=True)
class Sought:
    """A search as its address says it. `query` is None when nothing can be looked for yet; `problem` says why, when
    something was typed. `folder` is the place it was begun from, None for all buckets; `where` says how that counts."""

    text: str
    query: Query | None
    problem: str
    folder: Place | None
    where: str
    filters: Filters
    chosen: Mapping[str, str]

    @property
    def has_filters(self) -> bool:
        return any(self.chosen[name] for name in ("type", "size", "since", "class"))

    def places(self, reaches: Sequence[Reach]) -> list[Place]:
        """Where to look, among all the person's reaches."""
        if self.folder is not None and self.where != "all":
            return [self.folder]
        return [Place(reach, reach.folder(""), is_level=False) for reach in reaches if reach.rights.read]

    def again(self, **other: str) -> str:
        """The query of the same search, but for `other`."""
        told = {"q": self.text, **self.chosen, **other}
        return urlencode({name: told[name] for name in FIELDS if told.get(name)})


def sought(asked: QueryDict, reaches: Sequence[Reach], *, now: datetime) -> Sought:
    """What `asked` asks for. A filter nobody knows counts as not asked. Raises NoSuchBucket for a place that isn't the
    person's: a link to one must neither tell anything nor throw anybody out."""
    text = asked.get("q", "")
    query, problem = _query(text)
    folder = _folder(asked.get("in", ""), reaches)
    where = asked.get("where", "")
    where = (where if where in WHERE else WHERE[0]) if folder else "all"
    chosen = {
        "type": _one_of(asked.get("type", ""), dict(TYPES)),
        "size": _one_of(asked.get("size", ""), {span.value for span in SIZES}),
        "since": _one_of(asked.get("since", ""), {span.value for span in AGES}),
        "class": _one_of(asked.get("class", ""), dict(CLASSES)),
        "sort": _one_of(asked.get("sort", ""), dict(SORTS)),
        "view": _one_of(asked.get("view", ""), VIEWS),
        "in": asked.get("in", "") if folder else "",
        "where": where if folder and where != WHERE[0] else "",
    }
    is_level = where == "level"
    place = Place(folder.reach, folder.below, is_level=is_level) if folder else None
    return Sought(text, query, problem, place, where, _filters(chosen, now=now), chosen)


def _query(text: str) -> tuple[Query | None, str]:
    if not text.strip():
        return None, ""
    try:
        return parse(text[: MOST + 1]), ""
    except Malformed as problem:
        return None, problem.reason


def _folder(asked: str, reaches: Sequence[Reach]) -> Place | None:
    """The place `CODE` or `CODE/path/`."""
    code, _, path = asked.partition("/")
    if not code:
        return None
    reach = next((reach for reach in reaches if reach.bucket_code == code and reach.rights.read), None)
    if reach is None:
        raise NoSuchBucket
    try:
        return Place(reach, reach.folder(path), is_level=False)
    except (OutOfBounds, Malformed):
        raise NoSuchBucket from None


def _filters(chosen: Mapping[str, str], *, now: datetime) -> Filters:
    size = next((span for span in SIZES if span.value == chosen["size"]), Span("", ""))
    age = next((span for span in AGES if span.value == chosen["since"]), Span("", ""))
    found = Filters(
        groups=frozenset({chosen["type"]} - {""}),
        smallest=size.smallest,
        biggest=size.biggest,
        since=now - timedelta(seconds=age.seconds) if age.seconds else None,
        storage_classes=frozenset({chosen["class"]} - {""}),
    )
    return NO_FILTERS if found == NO_FILTERS else found


def _one_of(value: str, known: object) -> str:
    return value if value in known else ""  # type: ignore[operator]
