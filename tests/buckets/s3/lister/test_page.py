"""Pages of a listing: their ends are found without reading them, and only where that is safe."""

import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.big_store import Shelf
from buckets.s3.async_transport import LONGEST_ANSWER
from buckets.s3.errors import S3Unavailable
from buckets.s3.lister import Page, Span
from buckets.s3.lister.page import outline_of
from buckets.s3.listing_request import PAGE_KEYS
from buckets.s3.listing_xml import BrokenListing
from files.folding import folded

names = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=4)
ENTRY = (
    "<Contents><Key>{0}</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
    "<Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>"
)


def written(entries: str, *, count: int, head: str = "", tail: str = "") -> bytes:
    return (
        f"<ListBucketResult>{head}<KeyCount>{count}</KeyCount><EncodingType>url</EncodingType>"
        f"<IsTruncated>false</IsTruncated>{entries}{tail}</ListBucketResult>"
    ).encode()


@given(keys=st.sets(names, min_size=1, max_size=30), after=names | st.just(""), upto=names | st.none())
def test_shows_and_counts_only_what_lies_in_its_span(keys: set[str], after: str, upto: str | None) -> None:
    page = Shelf("s", sorted(keys)).page({})
    end = None if upto is None else upto.encode()
    shown = Page(page, outline_of(page), Span(after.encode(), end), prefix="")
    inside = [
        key for key in sorted(keys) if after.encode() < key.encode() and (end is None or key.encode() <= end)
    ]
    assert [listed.key for listed in shown.objects] == inside
    assert shown.count == len(inside)


def test_is_as_it_came_however_often_it_was_read() -> None:
    body = Shelf("b", ["a", "b", "c"]).page({})
    page = Page(body, outline_of(body), Span(b"a", b"b"), prefix="")
    read = page.objects
    kept = page.as_it_came()

    assert kept._page is None
    assert (kept.objects, kept.count, kept.span) == (read, 1, page.span)


def test_reads_no_rows_of_a_plain_page_to_find_its_ends() -> None:
    outline = outline_of(Shelf("s", ["a", "b c", "d%"]).page({}))
    assert (outline.first, outline.last, outline.count, outline.page) == (b"a", b"d%", 3, None)


@pytest.mark.parametrize(
    "page",
    [
        written(ENTRY.format("a") + "<CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes>", count=2),
        written(
            ENTRY.format("a"), head="<CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes>", count=2
        ),
        written(
            ENTRY.format("a") + "<CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes>" + ENTRY.format("b"),
            head="<Delimiter>/</Delimiter>", count=3,
        ),
        written(ENTRY.format("a"), tail="<Prefix></Prefix><CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes>", count=2),
    ],
    ids=["folders-last", "folders-first", "folders-between", "more-behind"],
)  # fmt: skip
def test_reads_the_whole_page_where_its_ends_may_be_elsewhere(page: bytes) -> None:
    assert outline_of(page).last == b"z/"


def test_reads_the_whole_page_whose_entries_begin_otherwise() -> None:
    entry = (
        "<Contents><Size>1</Size><Key>{}</Key><LastModified>2025-01-01T00:00:00Z</LastModified></Contents>"
    )
    outline = outline_of(written(entry.format("a") + entry.format("b"), count=2))
    assert (outline.first, outline.last) == (b"a", b"b")
    assert outline.page is not None


@pytest.mark.parametrize(
    ("key", "needle"),
    [
        ("a/re%70ort.txt", "report"),
        ("a/%52eport.txt", "report"),
        ("a/1%30%2D%5f.txt", "10-_"),
        ("a/Stra%C3%9Fe.txt", "strasse"),
        ("a/%E2%84%AAelvin.txt", "kelvin"),
        ("a/re&#112;ort.txt", "report"),
        ("a/re<![CDATA[p]]>ort.txt", "report"),
        ("a/Stra\u00dfe.txt", "strasse"),
        ("a/re<?x?>port.txt", "report"),
        ("a/r&amp;d-report.txt", "report"),
        ("a/\u00e9%80report.txt", "\ufffdreport"),
        ("a/%80report.txt", "\ufffdreport"),
    ],
)
@pytest.mark.parametrize("is_url", [True, False], ids=["url", "raw"])
def test_finds_what_is_written_in_another_way(key: str, needle: str, is_url: bool) -> None:
    """In the middle of a page, too, where nobody reads the row to find the ends."""
    names = ["a/0.txt", key, "z"]
    body = written("".join(map(ENTRY.format, names)), count=3)
    if not is_url:
        body = body.replace(b"<EncodingType>url</EncodingType>", b"")
    read, page = (Page(body, outline_of(body), Span(b"", None), prefix="") for _ in range(2))
    assert page.objects_with([needle]) == read.objects


def keys_with(keys: list[str], *needles: str, after: str = "", upto: str | None = None) -> list[str]:
    """The keys of the rows that a page of these keys reads for the needles."""
    body = Shelf("b", keys).page({})
    span = Span(after.encode(), None if upto is None else upto.encode())
    return [
        listed.key for listed in Page(body, outline_of(body), span, prefix="").objects_with(list(needles))
    ]


PLAIN = ["a b/Plan.pdf", "a b/plan (2).pdf", "c@d/report plan.txt", "c@d/report.txt", "e"]


@pytest.mark.parametrize(
    ("needles", "found"),
    [
        (["plan"], [0, 1, 2]),
        (["report", "plan"], [2]),
        (["report plan"], [2]),
        (["harbour"], []),
        (["plan", "harbour"], []),
        (["report harbour"], []),
        (["pl\u00e4n"], []),
    ],
)
def test_reads_no_other_rows_of_a_plain_page(needles: list[str], found: list[int]) -> None:
    assert keys_with(PLAIN, *needles) == [PLAIN[at] for at in found]


def test_reads_all_where_that_is_less_work() -> None:
    keys = [f"view-{number:03d}" for number in range(300)]
    assert keys_with(keys, "view") == keys
    assert keys_with(keys, "standard") == keys, "which stands in every entry, if in no key"
    assert keys_with(keys, "/") == keys, "of which nothing is written plainly"


def test_reads_rows_with_the_needle_alone() -> None:
    keys = [f"{number:03d}-{'plan' if number == 7 else 'view'}" for number in range(300)]
    assert keys_with(keys, "plan") == ["007-plan"]
    assert keys_with(keys, "plan", after="007-plan") == []
    assert keys_with(keys, "plan", upto="007") == []


@given(
    keys=st.sets(
        names | st.text("aAbK\u212a%-_ /\u00e4\u0308", min_size=1, max_size=6), min_size=1, max_size=30
    ),
    needles=st.lists(st.text("abk- /%\u00e4_", min_size=1, max_size=3), max_size=2),
    after=names | st.just(""),
    upto=names | st.none(),
)
def test_misses_no_row_that_has_what_is_looked_for(
    keys: set[str], needles: list[str], after: str, upto: str | None
) -> None:
    ordered = sorted(keys, key=str.encode)
    inside = [
        key
        for key in ordered
        if after.encode() < key.encode() and (upto is None or key.encode() <= upto.encode())
    ]
    read = keys_with(ordered, *needles, after=after, upto=upto)
    assert read == [key for key in inside if key in read]
    assert {key for key in inside if all(needle in folded(key) for needle in needles)} <= set(read)


FORMS = {
    "as AWS": ENTRY,
    "size first": "<Contents><Size>1</Size><Key>{0}</Key><LastModified>2025-01-01T00:00:00Z</LastModified></Contents>",
    "with room": "<Contents>\n <Key>{0}</Key> <LastModified>2025-01-01T00:00:00Z</LastModified>\n<Size>1</Size></Contents>",
    "with an attribute": ENTRY.replace("<Contents>", "<Contents x='1'>"),
    "with an owner": ENTRY.replace(
        "<Size>", "<Owner><ID>plan</ID><DisplayName>aK-</DisplayName></Owner><Size>"
    ),
    "with what is new": ENTRY.replace("<Size>", "<Plan>ab</Plan><Size>"),
}
WRITERS = {
    "as AWS": lambda key: quote(key, safe="/-_.*"),
    "with plus": lambda key: quote_plus(key, safe="/-_.*"),
    "in small hexadecimals": lambda key: re.sub("%..", lambda one: one[0].lower(), quote(key)),
    "more than need be": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "ampersands as themselves": lambda key: quote(key, safe="&/").replace("&", "&amp;"),
}
NAMES = st.text(st.sampled_from("aAbK\u212a&%-_ /\u00e4\u0308\U0001f3d6"), min_size=1, max_size=6)
ROWS = st.tuples(NAMES, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(WRITERS)))


def odd_page(rows: list[tuple[str, str, str]]) -> bytes:
    """A page whose entries, each a key with its form and its writer, are as different as stores write them."""
    ordered = sorted(rows, key=lambda row: row[0].encode())
    return written(
        "".join(FORMS[form].format(WRITERS[writer](key)) for key, form, writer in ordered), count=len(rows)
    )


@given(
    rows=st.lists(ROWS, min_size=1, max_size=8, unique_by=lambda row: row[0]),
    needles=st.lists(st.text("abk- /&%\u00e4_pln", min_size=1, max_size=3), max_size=2),
    after=NAMES | st.just(""),
    upto=NAMES | st.none(),
)
@example(rows=[("a", "as AWS", "as AWS"), ("r&d-ab", "as AWS", "ampersands as themselves"), ("z", "as AWS", "as AWS")],
         needles=["ab"], after="", upto=None)  # fmt: skip
@example(rows=[("a", "as AWS", "as AWS"), ("m-ab", "size first", "as AWS"), ("z", "as AWS", "as AWS")],
         needles=["ab"], after="", upto=None)  # fmt: skip
@example(rows=[("a", "as AWS", "as AWS"), ("m-ab", "with room", "as AWS"), ("z", "as AWS", "as AWS")],
         needles=["ab"], after="", upto=None)  # fmt: skip
@example(rows=[("a", "as AWS", "as AWS"), ("m-ab", "with an attribute", "as AWS"), ("z", "as AWS", "as AWS")],
         needles=["ab"], after="", upto=None)  # fmt: skip
def test_misses_none_whatever_ways_its_rows_are_written_in(
    rows: list[tuple[str, str, str]], needles: list[str], after: str, upto: str | None
) -> None:
    body = odd_page(rows)
    span = Span(after.encode(), None if upto is None else upto.encode())
    outline = outline_of(body)
    everything = Page(body, outline, span, prefix="").objects
    read = Page(body, outline, span, prefix="").objects_with(needles)
    assert read == [listed for listed in everything if listed in read]
    assert [one for one in everything if all(needle in folded(one.key) for needle in needles)] == [
        one for one in read if all(needle in folded(one.key) for needle in needles)
    ]


def test_reads_few_rows_though_another_part_is_in_all() -> None:
    keys = [f"vacation/2024/{number:03d}-{'berlin' if number == 7 else 'view'}" for number in range(300)]
    assert keys_with(keys, "berlin", "vacation") == ["vacation/2024/007-berlin"]
    assert keys_with(keys, "standard berlin") == []


@pytest.mark.parametrize("needle", ["plan", "view"])
def test_refuses_rows_of_another_folder_than_was_asked_for(needle: str) -> None:
    body = Shelf("b", [f"a/{number:03d}-view" for number in range(300)] + ["b/plan"]).page({})
    page = Page(body, outline_of(body), Span(b"", None), prefix="a/")
    with pytest.raises(S3Unavailable):
        page.objects_with([needle])


def test_refuses_a_page_in_which_the_row_is_not_whole() -> None:
    body = written(
        ENTRY.format("a") + ENTRY.format("m-plan").replace("</Contents>", "") + ENTRY.format("z"), count=3
    )
    page = Page(body, outline_of(body), Span(b"", None), prefix="")
    with pytest.raises(S3Unavailable):
        page.objects_with(["plan"])


def test_has_room_for_the_largest_honest_page() -> None:
    said = (
        "<Owner><ID>" + "f" * 64 + "</ID><DisplayName>" + "n" * 128 + "</DisplayName></Owner><RestoreStatus>"
        "<IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2025-01-01T00:00:00.000Z"
        "</RestoreExpiryDate></RestoreStatus><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
        "<ChecksumType>FULL_OBJECT</ChecksumType>"
    )
    entry = ENTRY.format("%C3%BC" * 512).replace("</Contents>", said + "</Contents>")
    page = written(entry * PAGE_KEYS, count=PAGE_KEYS, head="<Prefix>" + "%C3%BC" * 512 + "</Prefix>")
    assert len(page) < LONGEST_ANSWER < 1.25 * len(page)
    assert outline_of(page).count == PAGE_KEYS


@pytest.mark.parametrize("entry", [ENTRY.format("a"), "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"])
@pytest.mark.parametrize("told", [PAGE_KEYS, 100_000])
def test_refuses_more_entries_than_were_asked_for(entry: str, told: int) -> None:
    page = written(entry * (12 * PAGE_KEYS), count=told)
    with pytest.raises(BrokenListing):
        outline_of(page)


@pytest.mark.parametrize("span", [Span(b"a", b"b"), Span(b"", None), Span(b"b", None, everything=True)])
def test_is_the_same_for_another_process(span: Span) -> None:
    body = Shelf("b", ["a", "b", "c"]).page({})
    sent = Page(body, outline_of(body), span, prefix="")
    got = Page.of_bytes(sent.to_bytes(), prefix="")
    assert (got.objects, got.count, got.span) == (sent.objects, sent.count, span)


@pytest.mark.parametrize("odd", [b"", b"\0" * 8, b"\0\0\0\1\0\0\0\1\0ab<html>"])
def test_is_made_of_nothing_but_a_page(odd: bytes) -> None:
    with pytest.raises(BrokenListing):
        Page.of_bytes(odd, prefix="")
