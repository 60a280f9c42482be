"""What matches what was typed."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from buckets.paths import Malformed
from files.folding import folded
from search.matching import NO_FILTERS, Filters, parse

SEGMENTS = st.text(alphabet="abAB%_*é", max_size=4)
FOLDERS = st.lists(SEGMENTS, max_size=3).map(lambda names: "".join(f"{name}/" for name in names))
WORDS = st.text(alphabet="abAB%_é", max_size=4)
NEEDLES = st.text(alphabet="abAB%_/*É", min_size=3, max_size=5)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FILE = {"group": "image", "size": 10, "modified_at": NOON, "storage_class": "STANDARD"}


@pytest.mark.parametrize(
    "text",
    ["", "  ", "ab", " ab ", "e\u0301e\u0301", "ßa", "a" * 1001, "a\x00bc", "a\nbc", "ab\x85c", "\ud800abc"],
)
def test_refuses_what_nothing_can_be_looked_for_with(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(text)
    assert refusal.value.field == "q"


@pytest.mark.parametrize(
    ("typed", "folder", "name"),
    [
        ("plan", "", "Harbour PLAN.pdf"),
        (" plan ", "a/", "plan"),
        ("50%_", "", "50%_off.png"),
        ("bour/pl", "projects/harbour/", "Plan.pdf"),
        ("/plan", "", "plan.pdf"),
        ("/plan", "a/", "plan.pdf"),
        ("cafe\u0301", "", "CAFÉ.jpg"),
        ("CAFÉ/x", "cafe\u0301/", "x.png"),
        ("a/b/c", "a/b/", "cd"),
        ("golden  dolomites", "", "Dolomites-Golden-Hour.jpg"),
        ("hour of gold", "", "gold of the hour"),
        ("1 - 2", "", "part 1 - 2 of 3"),
        ("harbour/my plan", "harbour/", "My plan.pdf"),
    ],
)
def test_finds(typed: str, folder: str, name: str) -> None:
    assert parse(typed).hits_file(folder, name)
    assert parse(typed).hits_folder(folder, name)


@pytest.mark.parametrize(
    ("typed", "folder", "name"),
    [
        ("plan", "plan/", "x.pdf"),
        ("50%", "", "50 percent"),
        ("a_c", "", "abc"),
        ("a*c", "", "abc"),
        ("bour/pl", "harbour/", "my plan"),
        ("bour/pl", "harbours/", "plan"),
        ("/plan", "", "my plan"),
        ("cafe", "", "café"),
        ("a/b/c", "b/", "c"),
        ("plan/", "plan/", "x"),
        ("golden dolomites", "", "dolomites.jpg"),
        ("golden dolomites", "golden/", "dolomites.jpg"),
        ("1 - 2", "", "2 - 1"),
        ("harbour/my plan", "harbour/", "plan of my own"),
    ],
)
def test_does_not_find(typed: str, folder: str, name: str) -> None:
    assert not parse(typed).hits_file(folder, name)
    assert not parse(typed).hits_folder(folder, name)


def test_finds_folders_alone_where_a_slash_ends_what_was_typed() -> None:
    assert parse("drafts/").hits_folder("a/", "Old Drafts")
    assert parse("a/drafts/").hits_folder("a/", "drafts")
    assert not parse("a/drafts/").hits_folder("a/", "drafts 2")
    assert not parse("drafts/").hits_file("a/", "drafts")


@given(words=st.lists(WORDS, min_size=1, max_size=4), name=st.text(alphabet="abAB%_ é", max_size=12))
def test_means_that_a_name_holds_every_word(words: list[str], name: str) -> None:
    typed = " ".join(words)
    assume(max(map(len, words)) >= 3)
    assert parse(typed).hits_file("", name) == all(folded(word) in folded(name) for word in words)
    # So whoever types a piece of a name, spaces and all, finds it, too.
    assert parse(typed).hits_file("", f"a{typed}b")


@given(typed=NEEDLES, folder=FOLDERS, name=SEGMENTS)
def test_means_that_what_was_typed_occurs_in_the_path_and_ends_within_the_name(
    typed: str, folder: str, name: str
) -> None:
    needle, above = folded(typed), f"/{folded(folder)}"
    for own, hits in ((folded(name), parse(typed).hits_file), (f"{folded(name)}/", parse(typed).hits_folder)):
        whole = above + own
        places = [at for at in range(len(whole)) if whole.startswith(needle, at)]
        assert hits(folder, name) == any(at + len(needle) > len(above) for at in places)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(groups=frozenset({"video"})),
        Filters(storage_classes=frozenset({"GLACIER"})),
        Filters(smallest=11),
        Filters(biggest=9),
        Filters(since=datetime(2026, 5, 1, 12, 0, 1, tzinfo=UTC)),
        Filters(until=datetime(2026, 5, 1, 11, 59, 59, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_filter_leaves_out_what_it_does_not_ask_for(filters: Filters) -> None:
    assert not filters.let_file_in(**FILE)
    assert not filters.let_folders_in


def test_a_filter_lets_in_what_lies_on_its_ends() -> None:
    everything = Filters(
        groups=frozenset({"image", "folder"}), smallest=10, biggest=10, since=NOON, until=NOON,
        storage_classes=frozenset({"STANDARD"}),
    )  # fmt: skip
    assert everything.let_file_in(**FILE)
    assert not everything.let_folders_in
    assert Filters(groups=frozenset({"folder"})).let_folders_in
    assert NO_FILTERS.let_folders_in
