"""Names that keep both files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.paths import KEY_BYTES
from files.naming import free_name, split_name

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name)


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("photo.jpg", {"photo.jpg"}, "photo (2).jpg"),
        ("photo.jpg", {"photo.jpg", "photo (2).jpg", "photo (3).jpg"}, "photo (4).jpg"),
        ("photo (2).jpg", {"photo (2).jpg"}, "photo (3).jpg"),
        ("a.tar.gz", {"a.tar.gz"}, "a (2).tar.gz"),
        (".env", {".env"}, ".env (2)"),
        (".tar.gz", {".tar.gz"}, ".tar (2).gz"),
        ("README", {"README"}, "README (2)"),
        ("v1. final draft", {"v1. final draft"}, "v1. final draft (2)"),
        ("trailing.", {"trailing."}, "trailing. (2)"),
        ("...", {"..."}, "... (2)"),
    ],
)
def test_counts_on_before_the_extension(name: str, taken: set[str], free: str) -> None:
    assert free_name(name, room=KEY_BYTES, is_taken=taken.__contains__) == free


@pytest.mark.parametrize(
    ("name", "room", "free"),
    [
        ("photograph.jpg", 14, "photog (2).jpg"),
        ("photograph.jpg", 18, "photograph (2).jpg"),
        ("photogra (9).jpg", 15, "photog (10).jpg"),
        ("äöü.txt", 13, "äö (2).txt"),
        ("😀😀.txt", 14, "😀 (2).txt"),
    ],
)
def test_cuts_a_stem_that_leaves_no_room(name: str, room: int, free: str) -> None:
    assert free_name(name, room=room, is_taken=lambda _: False) == free
    assert len(free.encode()) <= room


@given(name=NAMES, taken=st.frozensets(NAMES))
def test_always_finds_a_name_nobody_has(name: str, taken: frozenset[str]) -> None:
    free = free_name(name, room=KEY_BYTES, is_taken=taken.__contains__)
    assert free not in taken
    assert free != name


@given(name=NAMES)
def test_loses_no_character_when_it_splits(name: str) -> None:
    stem, extension = split_name(name)
    assert stem + extension == name
    assert stem


@given(name=NAMES, count=st.integers(min_value=1, max_value=30))
def test_never_gives_one_name_twice(name: str, count: int) -> None:
    taken = {name}
    for _ in range(count):
        taken.add(free_name(name, room=KEY_BYTES, is_taken=taken.__contains__))
    assert len(taken) == count + 1
