"""One page of a listing: quick where the store writes as expected, right in every other case."""

from datetime import UTC, datetime
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.s3 import listing_xml
from buckets.s3.listing_xml import BrokenListing, ListedObject, ListingPage, parse

WHEN = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
entries = st.builds(
    ListedObject,
    key=names,
    size=st.integers(0, 5 * 1024**4),
    modified_at=st.datetimes(datetime(2006, 3, 1)).map(
        lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
    ),
    etag=st.sampled_from(["", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e-12"]),
    storage_class=st.sampled_from(["STANDARD", "GLACIER", "DEEP_ARCHIVE"]),
)


def written(
    objects: list[ListedObject],
    prefixes: list[str] = [],  # noqa: B006 - never changed
    *,
    token: str = "",
    order: tuple[str, ...] = ("Key", "LastModified", "ETag", "Size", "StorageClass"),
    quoted: bool = True,
    count: int | None = None,
    plus: bool = True,
    space: str = "",
) -> bytes:
    """A listing as a store writes it; the arguments are the ways in which stores differ."""

    def name(text: str) -> str:
        return escape((quote_plus if plus else quote)(text, safe="/") if quoted else text)

    def entry(listed: ListedObject) -> str:
        fields = {
            "Key": name(listed.key),
            "LastModified": listed.modified_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "ETag": f"&quot;{listed.etag}&quot;",
            "Size": str(listed.size),
            "StorageClass": listed.storage_class,
        }
        inner = space.join(f"<{field}>{fields[field]}</{field}>" for field in order)
        return f"<Contents>{space}{inner}{space}</Contents>"

    number = len(objects) + len(prefixes) if count is None else count
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>press-kit</Name>'
        + (f"<NextContinuationToken>{escape(token)}</NextContinuationToken>" if token else "")
        + (f"<KeyCount>{number}</KeyCount>" if number >= 0 else "")
        + ("<EncodingType>url</EncodingType>" if quoted else "")
        + f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>"
        + space.join(entry(listed) for listed in objects)
        + "".join(f"<CommonPrefixes><Prefix>{name(prefix)}</Prefix></CommonPrefixes>" for prefix in prefixes)
        + "</ListBucketResult>\n"
    ).encode()


@pytest.fixture
def no_slow_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(body: bytes) -> ListingPage:
        raise AssertionError("the quick way did not understand this page")

    monkeypatch.setattr(listing_xml, "_parse_properly", refuse)


@given(st.lists(entries, max_size=5), st.lists(names, max_size=5), st.booleans())
def test_reads_every_name_as_it_is(objects: list[ListedObject], prefixes: list[str], plus: bool) -> None:
    page = ListingPage(objects, prefixes, "1/next==")
    assert parse(written(objects, prefixes, token="1/next==", plus=plus)) == page


@given(st.lists(entries, max_size=5), st.lists(names, max_size=5))
def test_reads_the_same_by_expression_and_by_parser(objects: list[ListedObject], prefixes: list[str]) -> None:
    body = written(objects, prefixes)
    assert listing_xml._parse_quickly(body.decode()) == listing_xml._parse_properly(body)


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
        "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm>",
    ],
)
def test_needs_no_parser_for_what_aws_writes(no_slow_parser: None, extra: str) -> None:
    objects = [ListedObject("a b+ü%", 5, WHEN, "e", "STANDARD"), ListedObject("c", 0, WHEN, "f", "GLACIER")]
    body = written(objects, ["d/"], token="x").replace(b"<Size>", f"{extra}<Size>".encode())
    assert parse(body) == ListingPage(objects, ["d/"], "x")


OBJECTS = [
    ListedObject("a & b<c>", 5, WHEN, "e", "STANDARD"),
    ListedObject("d", 6, WHEN, "f", "GLACIER"),
    ListedObject("line\nbreak", 7, WHEN, "g", "STANDARD"),
]


@pytest.mark.parametrize(
    "body",
    [
        written(OBJECTS, ["p/"], order=("StorageClass", "Size", "ETag", "LastModified", "Key")),
        written(OBJECTS, ["p/"], quoted=False),
        written(OBJECTS, ["p/"], count=2),
        written(OBJECTS, ["p/"], count=-1),
        written(OBJECTS, ["p/"], space="\n  "),
        written(OBJECTS, ["p/"]).replace(b"&quot;", b'"'),
        written(OBJECTS, ["p/"]).replace(b".000Z", b""),
        written(OBJECTS, ["p/"]).replace(b"<Contents>", b'<Contents xmlns="">', 1),
        written(OBJECTS, ["p/"]).replace(
            b"<Size>", b"<Owner><DisplayName>x</DisplayName><ID>&#51;</ID></Owner><Size>"
        ),
        written(OBJECTS, ["p/"]).replace(b"</Prefix></CommonPrefixes>", b"</Prefix> </CommonPrefixes>"),
    ],
    ids=[
        "order",
        "unquoted",
        "miscount",
        "no count",
        "spaces",
        "quotes",
        "no zone",
        "namespace",
        "owner",
        "prefix",
    ],
)
def test_loses_no_key_where_a_store_writes_otherwise(body: bytes) -> None:
    assert parse(body) == ListingPage(OBJECTS, ["p/"], "")


def test_takes_a_missing_storage_class_as_standard() -> None:
    body = written([OBJECTS[1]]).replace(b"<StorageClass>GLACIER</StorageClass>", b"")
    assert [listed.storage_class for listed in parse(body).objects] == ["STANDARD"]


def test_shows_a_sign_in_place_of_bytes_that_are_no_text() -> None:
    body = written([OBJECTS[1]]).replace(b"<Key>d</Key>", b"<Key>d%FFe</Key>")
    assert [listed.key for listed in parse(body).objects] == ["d\ufffde"]


def test_keeps_names_apart_when_one_ends_in_half_a_character() -> None:
    body = written([OBJECTS[1], OBJECTS[1]]).replace(b"<Key>d</Key>", b"<Key>d%C3</Key>", 1)
    assert [listed.key for listed in parse(body).objects] == ["d\ufffd", "d"]


@pytest.mark.parametrize("length", [0, 1, 60, 300, -1, -20, -25, -200])
def test_refuses_a_page_cut_short(length: int) -> None:
    body = written(OBJECTS * 3, ["p/"]).rstrip()
    with pytest.raises(BrokenListing):
        parse(body[:length])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in to the hotel's network</body></html>",
        b"<ListBucketResult/>\xff",
        written(OBJECTS, token="x").replace(b"<NextContinuationToken>x</NextContinuationToken>", b""),
        written(OBJECTS).replace(b"<Size>5", b"<Size>many"),
        written(OBJECTS).replace(b"<Size>5</Size>", b""),
        written(OBJECTS).replace(b"2026-03-01T12:30:15.000Z", b"yesterday", 1),
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + written(OBJECTS, order=("Size", "Key", "LastModified"))[39:],
    ],
    ids=["empty", "html", "no utf-8", "no token", "bad size", "no size", "bad time", "doctype"],
)
def test_refuses_what_is_no_listing(body: bytes) -> None:
    with pytest.raises(BrokenListing):
        parse(body)
