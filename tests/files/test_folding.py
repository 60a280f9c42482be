"""Names that people take for the same are the same when they are looked for, and nothing else is."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.folding import all_indexed, folded, indexed

NAMES = st.text(alphabet=st.one_of(st.sampled_from("aAéÉe\u0301iİıI\u0307ßẞΣςşŞ/ﬁͅᾳ"), st.characters()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE\u0301"),
        ("STRASSE", "Straße"),
        ("ẞ", "ss"),
        ("İstanbul", "istanbul"),
        ("I\u0307zmir", "izmir"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁnal", "FINAL"),
        ("Å", "a\u030a"),
        ("ᾳ", "Α\u0345"),
        ("한", normalize("NFD", "한")),
    ],
)
def test_takes_for_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("e", "é"), ("o", "ø"), ("ı", "i"), ("a_b", "a%b"), ("a b", "ab")]
)
def test_keeps_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(text=NAMES)
def test_changes_nothing_the_second_time_nor_by_the_way_it_is_written(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(normalize("NFD", text)) == folded(normalize("NFC", text)) == once


@given(one=NAMES, other=NAMES)
def test_folds_a_path_segment_by_segment(one: str, other: str) -> None:
    assert folded(f"{one}/{other}") == f"{folded(one)}/{folded(other)}"


@given(name=st.text(max_size=400))
def test_cuts_a_name_so_that_an_index_holds_it(name: str) -> None:
    kept = indexed(name.encode(errors="replace").decode())
    assert len(kept.encode()) <= 1500
    assert folded(name.encode(errors="replace").decode()).startswith(kept)


@given(names=st.lists(st.one_of(NAMES, st.text(alphabet="aB-", min_size=370, max_size=380)), max_size=4))
def test_folds_many_names_as_one_by_one(names: list[str]) -> None:
    assert all_indexed(names) == [indexed(name) for name in names]
