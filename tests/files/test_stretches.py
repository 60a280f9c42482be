"""Words of names: whatever a search may find lies in a stretch that says so."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.folding import folded, indexed
from files.rows import FILE, Columns, columns_of
from files.stretches import MOST, Words, patterns_of, short_parts_of, stretches_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = st.text(alphabet=st.one_of(st.sampled_from("abt-_ .%\\0ßÉ–\u00a0K"), st.characters(exclude_characters="/\x00", codec="utf-8")), max_size=8)  # fmt: skip


def holding(*names: str, folders: frozenset[str] = frozenset()) -> Columns:
    return columns_of(folders, [(name, 1, NOON, "e", "STANDARD") for name in names])


def is_like(words: str, pattern: str) -> bool:
    """LIKE, for patterns that hold no wildcard but one at either end."""
    return pattern[1:-1] in words


@given(
    names=st.frozensets(NAMES, max_size=30), folders=st.frozensets(NAMES, max_size=9), cut=st.integers(1, 7)
)
def test_covers_every_shown_name_once_however_it_was_divided(
    names: frozenset[str], folders: frozenset[str], cut: int
) -> None:
    columns = holding(*names, folders=folders)
    stretches = list(stretches_of([columns]))
    rows = [row for row in columns.rows() if not row.is_hidden]
    for row in rows:
        covering = [
            each for each in stretches if each.kind == row.kind and each.first <= row.name <= each.last
        ]
        assert len(covering) == 1
        assert all(is_like(covering[0].words, pattern) for pattern in patterns_of(row.name_folded))
    assert bool(stretches) == bool(rows)
    assert list(stretches_of(columns.divided(cut))) == stretches


@given(before=NAMES, needle=NAMES, behind=NAMES, begins=st.booleans(), ends=st.booleans())
def test_finds_a_name_by_any_part_of_it(
    before: str, needle: str, behind: str, begins: bool, ends: bool
) -> None:
    name = indexed(f"{'' if begins else before}{needle}{'' if ends else behind}")
    place = name.find(folded(needle))
    if place < 0 or (begins and place) or (ends and not name.endswith(folded(needle))):
        return  # It folds to another letter together with its neighbour.
    stretch = next(stretches_of([holding(name)]), Words(FILE, "", "", "  "))
    patterns = patterns_of(folded(needle), begins=begins, ends=ends)
    assert all(is_like(stretch.words, pattern) for pattern in patterns)
    assert all(part in stretch.words for part in short_parts_of(folded(needle), begins=begins, ends=ends))


@pytest.mark.parametrize(
    ("text", "sides", "patterns"),
    [
        ("berlin", {}, ["%berlin%"]),
        ("lin-00", {}, ["%lin %", "% 00%"]),
        ("a b-c", {}, ["% b %"]),
        ("100%_\\x", {}, ["%100 %"]),
        ("é", {}, []),
        ("ab", {}, []),
        ("ab", {"begins": True}, ["% ab%"]),
        ("jpg", {"ends": True}, ["%jpg %"]),
        ("--", {"begins": True, "ends": True}, []),
    ],
)
def test_asks_for_words_that_are_long_enough(text: str, sides: dict[str, bool], patterns: list[str]) -> None:
    assert patterns_of(text, **sides) == patterns


@pytest.mark.parametrize(
    ("text", "sides", "parts"),
    [
        ("1-2", {}, ["1 ", " 2"]),
        ("1-2", {"begins": True, "ends": True}, []),
        ("plan-9", {}, [" 9"]),
        ("a b-c", {}, ["a ", " c"]),
        ("é", {}, ["é"]),
        ("---", {}, []),
    ],
)
def test_looks_for_shorter_ones_besides(text: str, sides: dict[str, bool], parts: list[str]) -> None:
    assert short_parts_of(text, **sides) == parts


def test_says_every_word_once() -> None:
    columns = holding("IMG-1.jpg", "IMG-2.jpg", "t-IMG-1.jpg")
    assert [each.words for each in stretches_of([columns])] == [" img 1 jpg 2 "]


def test_changes_one_stretch_for_a_name_that_comes_and_none_behind_it() -> None:
    names = [f"photo-{number:05}.jpg" for number in range(3000)]
    before = set(stretches_of([holding(*names)]))
    after = set(stretches_of([holding(*names, "photo-01500-b.jpg")]))
    assert len(before) > 10
    assert len(before ^ after) <= 3


def test_ends_where_no_name_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("files.stretches.crc32", lambda _: 1)
    found = [each.last for each in stretches_of([holding(*(f"{number:04}" for number in range(MOST + 3)))])]
    assert found == [f"{MOST - 1:04}", f"{MOST + 2:04}"]
