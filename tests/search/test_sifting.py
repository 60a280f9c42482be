"""What of a listing's pages matches."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.s3.lister.page import Page, Span, outline_of
from buckets.s3.listing_xml import ListedObject
from search.matching import Filters, parse
from search.sifting import Sifter
from tests.buckets.s3.lister.test_page import FORMS, WRITERS, odd_page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def listed(key, size=1):
    return ListedObject(key, size, NOON, "e", "STANDARD")


@dataclass
class Leaf:
    """A page of a listing, as tests write one."""

    span: Span
    objects: list[ListedObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def count(self):
        return len(self.objects) + len(self.prefixes)

    def objects_with(self, needles):
        self.asked += needles
        return self.objects


def leaves(keys, cuts=()):
    """Pages of these keys, cut behind each of `cuts`."""
    keys = sorted(keys, key=str.encode)
    ends = [*sorted(cut.encode() for cut in cuts), None]
    after = b""
    made = []
    for upto in ends:
        inside = [key for key in keys if after < key.encode() and (upto is None or key.encode() <= upto)]
        made.append(Leaf(Span(after, upto), [listed(key) for key in inside]))
        after = upto
    return made


def sift(pages, text, *, root="", below=None, **more):
    sifter = Sifter(parse(text), root=root, below=root if below is None else below, **more)
    found = [hit for page in pages for hit in sifter.take(page)]
    return sorted(hit.key for hit in [*found, *sifter.end()])


def test_finds_files_and_every_folder_once():
    keys = ["a/harbour/x.txt", "a/harbour/deep/harbour.png", "b/Harbour plan.pdf", "b/other.pdf"]

    assert sift(leaves(keys, ["a/harbour/x.txt"]), "harbour") == [
        "a/harbour/",
        "a/harbour/deep/harbour.png",
        "b/Harbour plan.pdf",
    ]


def test_finds_folders_of_a_listing_of_one_folder():
    page = Leaf(Span(b"", None), [listed("a/harbour.txt")], ["a/harbour/", "a/x/"])

    assert sift([page], "harbour", root="a/") == ["a/harbour.txt", "a/harbour/"]


def test_takes_a_marker_for_its_folder():
    assert sift(leaves(["a/harbour/"]), "harbour") == ["a/harbour/"]


def test_finds_nothing_of_the_folder_it_looks_in_and_above():
    assert sift(leaves(["harbour/sub/x"]), "harbour", root="harbour/", below="harbour/sub/") == []


def test_leaves_out_what_was_answered_already():
    keys = ["a/plan.txt", "a/plan/deep.txt", "b/plan.txt"]

    assert sift(leaves(keys), "plan", answered={"a/"}) == ["b/plan.txt"]


@pytest.mark.parametrize("cut", ["", "berlin.png", "t-a"])
def test_hides_a_thumbnail_beside_its_source(cut):
    pages = leaves(["berlin.png", "t-berlin.png", "deep/t-berlin.png"], [cut] if cut else [])

    assert sift(pages, "berlin") == ["berlin.png", "deep/t-berlin.png"]
    assert sift(reversed(pages), "berlin") == ["berlin.png", "deep/t-berlin.png"]


@pytest.mark.parametrize("text", ["t-ber", "-berlin", "/t-berlin", "t-berlin.png"])
def test_hides_it_though_its_source_is_no_hit(text):
    pages = leaves(["berlin.png", "t-berlin.png", "t-berth.png"], ["c"])
    expected = ["t-berth.png"] if text == "t-ber" else []

    assert sift(pages, text) == expected
    assert sift(reversed(pages), text) == expected


def test_hides_it_though_its_source_is_filtered_out():
    page = Leaf(Span(b"", None), [listed("berlin.png", size=9), listed("t-berlin.png", size=1)])

    assert sift([page], "berlin", filters=Filters(biggest=5)) == []


def test_shows_one_as_soon_as_its_source_is_known_not_to_come():
    sifter = Sifter(parse("berlin"), root="", below="")
    behind, before = leaves(["t-berlin.png"], ["c"])[::-1]

    assert sifter.take(behind) == []
    assert [hit.name for hit in sifter.take(before)] == ["t-berlin.png"]
    assert sifter.end() == []


def test_asks_pages_for_what_a_thumbnails_source_would_hold():
    page = Leaf(Span(b"", None))

    Sifter(parse("harbour/t-ber"), root="", below="").take(page)

    assert page.asked == ["ber", "harbour"]


def test_asks_pages_for_every_word():
    page = Leaf(Span(b"", None))

    Sifter(parse("t-ber 1 harbour"), root="", below="").take(page)

    assert page.asked == ["harbour", "ber", "1"]


@pytest.mark.parametrize("text", ["berlin t-", "t-berlin png", "png -be"])
def test_hides_it_though_its_source_lacks_a_word(text):
    pages = leaves(["berlin.png", "t-berlin.png", "t-bert berlin.png"], ["c"])
    expected = [] if text == "t-berlin png" else ["t-bert berlin.png"]

    assert sift(pages, text) == expected
    assert sift(reversed(pages), text) == expected


def test_keeps_folders_out_that_no_filter_lets_in():
    assert sift(leaves(["plan/plan.txt"]), "plan", filters=Filters(smallest=1)) == ["plan/plan.txt"]


NAMES = st.sampled_from(["ab", "t-ab", "abc", "t-abc", "t-t-ab", "Tab", "b", "t-", "äb", "cab"])
KEYS = st.lists(st.tuples(st.sampled_from(["", "x/", "x/tab/", "cab/"]), NAMES).map("".join), unique=True)


@given(KEYS, st.lists(st.sampled_from(["cab/ab", "t", "x/t-", "x/tab/b"]), unique=True), st.integers(0, 99))
def test_finds_the_same_whatever_the_pages_and_their_order(keys, cuts, seed):
    pages = leaves(keys, cuts)
    random.Random(seed).shuffle(pages)
    for text in ("tab", "-ab", "t-ab", "tab/t-a", "ab/"[:3], "cab b", "t- cab", "abc -a"):
        query = parse(text)
        files = {
            key
            for key in keys
            if query.hits_file(key[: key.rfind("/") + 1], key.rpartition("/")[2])
            and not is_thumbnail(key, keys)
        }
        folders = {
            f"{above}{name}/"
            for above, name in (("", "x"), ("x/", "tab"), ("", "cab"))
            if any(key.startswith(f"{above}{name}/") for key in keys) and query.hits_folder(above, name)
        }

        assert sift(pages, text) == sorted(files | folders)


ROWS = st.tuples(
    st.tuples(st.sampled_from(["", "x/", "r&d tab/", "cab/"]), NAMES).map("".join),
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(sorted(WRITERS)),
)


@given(st.lists(ROWS, min_size=1, max_size=12, unique_by=lambda row: row[0]))
def test_finds_the_same_on_pages_of_which_it_reads_a_part(rows):
    body = odd_page(rows)
    page, read = (Page(body, outline_of(body), Span(b"", None), prefix="") for _ in range(2))
    for text in (
        "tab",
        "-ab",
        "t-ab",
        "tab/t-a",
        "r&d",
        "d tab/c",
        "äb/",
        "cab/",
        "cab b",
        "äb b t",
        "abc -a",
    ):
        assert sift([page.as_it_came()], text) == sift([Leaf(page.span, read.objects)], text)


def is_thumbnail(key, keys):
    folder, slash, name = key.rpartition("/")
    return name.startswith("t-") and f"{folder}{slash}{name[2:]}" in keys
