"""What a listing comes to; above all, that a digest is shared by equal listings alone."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from buckets.paths import why_unreachable
from files import sums
from files.rows import BIGGEST, FILE, FOLDER, Columns, Row, columns_of, file_row
from files.sums import Parts, sums_of

# Few letters, among them what stands between texts: so that rows come out alike when they are joined carelessly.
TEXTS = st.text(alphabet="a\x01\x00\n\t", max_size=3)
NAMES = st.text(alphabet="at-. %25ef\\\x01\u2028é", max_size=4)
MOMENTS = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(0, 3).map(lambda number: datetime(9000, 1, 1, microsecond=number, tzinfo=UTC)),
)
FILES = st.lists(st.tuples(st.one_of(TEXTS, NAMES), st.integers(0, 2), MOMENTS, TEXTS, TEXTS), max_size=5)
FOLDERS = st.frozensets(st.one_of(TEXTS, NAMES), max_size=3)


@given(one=FILES, other=FILES, folders=FOLDERS, others=FOLDERS)
def test_gives_equal_listings_alone_an_equal_digest(
    one: list, other: list, folders: frozenset[str], others: frozenset[str]
) -> None:
    first, second = columns_of(folders, one), columns_of(others, other)
    assert (sums_of([first]).digest == sums_of([second]).digest) == (first.rows() == second.rows())


@given(files=FILES, index=st.integers(0, 4), column=st.integers(0, 4), data=st.data())
def test_gives_another_digest_for_any_change(
    files: list, index: int, column: int, data: st.DataObject
) -> None:
    if index >= len(files):
        return
    strategy = (NAMES, st.integers(0, BIGGEST), MOMENTS, TEXTS, TEXTS)[column]
    changed = [list(file) for file in files]
    changed[index][column] = data.draw(strategy)
    first, second = columns_of([], files), columns_of([], [tuple(file) for file in changed])
    assert (sums_of([first]).digest == sums_of([second]).digest) == (first.rows() == second.rows())


@given(files=FILES, folders=FOLDERS, most=st.integers(1, 3))
def test_sums_the_same_however_the_entries_were_divided(
    files: list, folders: frozenset[str], most: int
) -> None:
    whole = columns_of(folders, files)
    assert sums_of(whole.divided(most)) == sums_of([whole])
    sums._BATCH, batch = most, sums._BATCH
    try:
        assert sums_of(Parts(whole.rows())) == sums_of([whole])
    finally:
        sums._BATCH = batch


@given(files=FILES, folders=FOLDERS)
def test_counts_what_is_shown(files: list, folders: frozenset[str]) -> None:
    columns = columns_of(folders, files)
    rows = columns.rows()
    shown = [row for row in rows if not row.is_hidden]
    found = sums_of([columns])
    assert found.files == sum(row.kind == FILE for row in shown)
    assert found.folders == sum(row.kind == FOLDER for row in shown)
    assert found.size == sum(row.size or 0 for row in shown)
    assert found.odd == sum(why_unreachable(row.name) is not None for row in shown)
    assert found.entries == len(rows) == len(columns)


@given(files=FILES, folders=FOLDERS)
def test_goes_from_columns_to_rows_and_back(files: list, folders: frozenset[str]) -> None:
    columns = columns_of(folders, files)
    rows = columns.rows()
    assert Columns.of(rows).rows() == rows
    assert [row for row in rows if row.kind == FILE] == [
        as_one_by_one(row) for row in rows if row.kind == FILE
    ]


def as_one_by_one(row: Row) -> Row:
    assert row.size is not None
    assert row.modified_at is not None
    return file_row(
        row.name,
        size=row.size,
        modified_at=row.modified_at,
        etag=row.etag,
        storage_class=row.storage_class,
        is_hidden=row.is_hidden,
        has_thumbnail=row.has_thumbnail,
    )


def test_keeps_what_a_store_makes_up_within_what_can_be_stored() -> None:
    made_up = columns_of([], [("x", 10**30, datetime(2026, 1, 1, tzinfo=UTC), "e\x00" * 90, "C\x00" * 40)])
    (row,) = made_up.rows()
    assert (row.size, row.etag, row.storage_class) == (BIGGEST, "e\x01" * 40, "C\x01" * 16)
    assert sums_of([made_up]).size == BIGGEST
