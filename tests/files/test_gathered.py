"""A big listing gathered page by page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buckets.s3.lister import ListedFile
from files import gathered as room
from files.gathered import Gathered
from files.rows import rows_of

NAMES = st.text(alphabet="t-abAßé.\x00😀", min_size=1, max_size=6)
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))
FILES = st.builds(
    ListedFile,
    NAMES,
    st.integers(0, 2**62),
    MOMENTS,
    st.text("0a-", max_size=90),
    st.text("AR_", max_size=40),
)


def gathered(pages: list[tuple[list[str], list[ListedFile]]]) -> Gathered:
    made = Gathered()
    for folders, files in pages:
        made.add(folders, files)
    return made


@given(pages=st.lists(st.tuples(st.lists(NAMES, max_size=3), st.lists(FILES, max_size=5)), max_size=5))
def test_makes_the_rows_that_all_pages_at_once_would(pages: list[tuple[list[str], list[ListedFile]]]) -> None:
    rows = rows_of(
        [name for folders, _ in pages for name in folders], [file for _, files in pages for file in files]
    )
    made = gathered(pages)
    assert list(made) == rows
    assert made.is_empty == (not rows)


@given(
    files=st.lists(FILES, unique_by=lambda file: file.name.replace("\x00", "\x01")),
    size=st.integers(1, 4),
    data=st.data(),
)
def test_makes_them_of_the_pages_of_an_ordered_store_however_they_come(
    files: list[ListedFile], size: int, data: st.DataObject
) -> None:
    files.sort()
    pages: list[tuple[list[str], list[ListedFile]]] = [
        ([], files[start : start + size]) for start in range(0, len(files), size)
    ]
    assert list(gathered(data.draw(st.permutations(pages)))) == rows_of([], files)


def test_unpacks_one_page_at_a_time_however_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    names = [f"f{number:02d}" for number in range(30)]
    pages: list[tuple[list[str], list[ListedFile]]] = [
        ([], [ListedFile(name, 1, at, "e", "STANDARD") for name in names[start : start + 10]])
        for start in (20, 0, 10)
    ]
    made = gathered(pages)
    unpacked: list[int] = []
    unpack = room._unpack

    def noted(page: Any) -> Any:
        unpacked.append(page.number)
        return unpack(page)

    monkeypatch.setattr(room, "_unpack", noted)
    coming = iter(made)
    assert [next(coming).name for _ in range(10)] == names[:10]
    assert unpacked == [1]
    assert [row.name for row in coming] == names[10:]


def test_can_be_read_again_and_again() -> None:
    made = gathered([(["sub"], [ListedFile("t-a", 1, datetime(2026, 5, 1, tzinfo=UTC), "e", "STANDARD")])])
    assert list(made) == list(made)
    assert [row.name for row in made] == ["sub", "t-a"]
