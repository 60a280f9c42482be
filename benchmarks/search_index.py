"""What searches among stored listings cost, and storing them, with a million rows (or five) in a database of their own."""

import gc
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from benchmarks import big_store, search
from benchmarks.figures import Figure, milliseconds, timed
from benchmarks.key_sets import RARE
from buckets.models import Bucket
from buckets.paths import Reach, Rights
from buckets.s3.lister import ListedFolder
from buckets.s3.listing_xml import ListedObject
from files import storing
from files.copying import copy_stretches
from files.indexing import columns_of_listed
from files.models import Entry, Folder
from files.rows import Columns, columns_of
from files.stretches import Words, stretches_of
from search import index
from search.known import known
from search.matching import parse
from tests import people
from tests.browser.database import committed_database
from tests.files.flat_pages import NOON

IN_A_FOLDER = 77
FOLDERS_STORED = 20
NEEDLES = {
    "nothing": "zebrafish",
    "1 in 90,000": "unicorn",
    "1 in 1,100": "harbour",
    "1 in 240": "winter",
    "1 in 16": "berlin",
    "1 in 5,000, beyond ASCII": "FRÜHLING",
    "across folder and name": "shop-7/autumn",
}
FOLDERS = """
    INSERT INTO files_folder (bucket_id, path, path_folded, generation, stored_generation, is_whole, is_missing, is_big, listed_at,
                              file_count, folder_count, total_size, odd_count, evicted, swept)
    SELECT %s, path, path, 1, 1, true, false, false, %s, %s, 0, 0, 0, 0, 0
    FROM (SELECT 'archive/2025/region-' || n / 100 || '/shop-' || n %% 100 || '/' AS path
          FROM generate_series(0, %s) AS n) AS made
"""
ENTRIES = """
    INSERT INTO files_entry (folder_id, bucket_id, kind, name, name_folded, size, modified_at, etag, storage_class, "group",
                             is_hidden, has_thumbnail, is_big)
    SELECT id, bucket_id, 1, name, lower(name), n, %s::timestamptz - n * interval '1 minute', 'e', 'STANDARD', 'image', false,
           false, false
    FROM (SELECT folder.id, folder.bucket_id, n,
                 (ARRAY['Autumn', 'Spring', 'Summer', 'Market'])[1 + n %% 4] || '-campaign-'
                 || CASE WHEN n %% 16 = 3 THEN 'Berlin' ELSE 'Cologne' END
                 || CASE WHEN n %% 90909 = 7 THEN '-unicorn' WHEN n %% 1123 = 7 THEN '-harbour' WHEN n %% 239 = 7 THEN '-winter'
                         WHEN n %% 5000 = 7 THEN '-Frühling' ELSE '' END
                 || '-' || lpad(n::text, 9, '0') || '-final.jpg' AS name
          FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM files_folder) AS folder,
               LATERAL generate_series((place - 1) * %s, place * %s - 1) AS n) AS made
"""


def search_index() -> list[Figure]:
    """A million rows; reading, checking what is unchanged, and writing."""
    return _with(
        1_000_000, "1 M", goals=("≤ 20 ms (stretch 10)", "≥ 100 × (stretch 200 ×)"), is_compared=True
    )


def search_index_5m() -> list[Figure]:
    """Five million: takes minutes to fill, so only by name."""
    return _with(5_000_000, "5 M", goals=("≤ 60 ms (stretch 30)", ""), is_compared=False)


def _with(rows: int, called: str, *, goals: tuple[str, str], is_compared: bool) -> list[Figure]:
    with committed_database():
        bucket = people.press_bucket()
        figures = _storing(bucket) if is_compared else []
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE files_entry, files_stretch, files_folder CASCADE")
            cursor.execute(FOLDERS, [bucket.pk, NOON, IN_A_FOLDER, rows // IN_A_FOLDER])
            cursor.execute(ENTRIES, [NOON, IN_A_FOLDER, IN_A_FOLDER])
        _make_stretches()
        storing.tidy_up(rows=rows)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE files_entry, files_stretch, files_folder")
        return (
            [*_reading(bucket, called, goals), *figures] if is_compared else _reading(bucket, called, goals)
        )


def _make_stretches() -> None:
    """What storing these entries would have made besides."""
    with transaction.atomic(), connection.cursor() as cursor:
        names = Entry.objects.order_by("folder_id", "name").values_list("folder_id", "name")
        folders = groupby(names.iterator(chunk_size=10_000), itemgetter(0))
        made = ((folder_id, _stretches_of(name for _, name in each)) for folder_id, each in folders)
        while portion := dict(islice(made, 1_000)):
            copy_stretches(cursor, portion)


def _stretches_of(names: Iterator[str]) -> list[Words]:
    files = [(name, 0, NOON, "", "") for name in names]
    return list(stretches_of([columns_of([], files)]))


def _reading(bucket: Bucket, called: str, goals: tuple[str, str]) -> list[Figure]:
    reach = bucket.reach(root="", rights=Rights())
    first = {
        said: min(timed(lambda typed=typed: _first(reach, typed), times=5, warm_up=2))
        for said, typed in NEEDLES.items()
    }
    slowest = max(first, key=lambda said: first[said])
    hits = sum(1 for _ in index.find(reach, parse(NEEDLES["1 in 16"])))
    every = min(
        timed(lambda: sum(1 for _ in index.find(reach, parse(NEEDLES["1 in 16"]))), times=3, warm_up=1)
    )
    team = bucket.reach(root="archive/2025/region-3/", rights=Rights())
    below = min(timed(lambda: _first(team, NEEDLES["1 in 16"]), times=5, warm_up=2))
    all_known = min(timed(lambda: known(reach, within=60, now=NOON), times=3, warm_up=1))
    figures = [
        Figure(
            f"I1 first 50 of {called}, slowest of 7 needles",
            f"{milliseconds(first[slowest])} ({slowest})",
            goals[0],
        ),
        Figure(f"I1 first 50 of {called}, each", ", ".join(milliseconds(first[said]) for said in NEEDLES)),
        Figure(f"first 50 below a root that is 1 % of {called}", milliseconds(below)),
        Figure(f"all {hits:,} hits of one needle in {called}", milliseconds(every)),
        Figure(f"what is known of {Folder.objects.count():,} folders", milliseconds(all_known)),
    ]
    if goals[1]:
        cold = _cold_seconds()
        ratio = f"{cold / first[slowest]:,.0f} × ({cold:.2f} s cold)"
        figures.insert(1, Figure("I2 warm, against listing a million at 100 ms", ratio, goals[1]))
    return figures


def _first(reach: Reach, typed: str) -> None:
    found = index.find(reach, parse(typed))
    list(islice(found, 50))
    found.close()


def _cold_seconds() -> float:
    with big_store.running("B") as store:
        store.behave(latency=search.LATENCY)
        return search.ours(store, "b", needle=RARE).wall


def _storing(bucket: Bucket) -> list[Figure]:
    """Both begin with what a listing names and end with the same entries committed in the same empty tables; ours has then
    made its digests and stretches besides, and written its folders."""
    found = [_thousand(number) for number in range(FOLDERS_STORED)]
    rows = FOLDERS_STORED * 1000
    ours, theirs, theirs_alone = _raced(bucket, found)
    processor, made_before = theirs.processor / ours.processor, theirs_alone.wall / ours.wall
    _empty(keeps_folders=False)
    listed = _listed(found)
    _store(bucket, listed)
    same = min(_unchanged(bucket, found) for _ in range(50)) / FOLDERS_STORED
    anew = min(timed(lambda: _store(bucket, _listed(found)), times=50, warm_up=1)) / FOLDERS_STORED
    asked = min(timed(lambda: storing._states(bucket.id, listed), times=50, warm_up=1)) / FOLDERS_STORED
    written = min(_bytes_written(lambda: _store(bucket, listed)) for _ in range(20))
    return [
        Figure("I3 an unchanged folder of 1,000, with the digest of its entries", f"{same * 1000:.2f} ms", "≤ 0.5 ms"),
        Figure("I3 the same, from what the listing names", f"{anew * 1000:.2f} ms"),
        Figure("I3 asking the database alone", f"{asked * 1000:.3f} ms"),
        Figure("I3 the same, bytes of log", f"{written}", "0"),
        Figure(
            f"I4 storing {FOLDERS_STORED} folders of 1,000, against bulk_create",
            f"{theirs.wall / ours.wall:.1f} × ({rows / ours.wall:,.0f} rows/s, {rows / theirs.wall:,.0f})",
            "≥ 8 × (stretch 10)",
        ),
        Figure(
            "I4 the same, processor time of us and the database",
            f"{processor:.1f} × ({ours.processor / rows * 1e6:.1f} µs a row, {theirs.processor / rows * 1e6:.1f})",
        ),
        Figure("I4 against bulk_create of instances made before", f"{made_before:.1f} × ({rows / theirs_alone.wall:,.0f} rows/s)"),
    ]  # fmt: skip


def _unchanged(bucket: Bucket, found: list[ListedFolder]) -> float:
    """Seconds it takes to know folders again, of which nothing has been reckoned before."""
    listed = _listed(found)
    started = time.perf_counter()
    _store(bucket, listed)
    return time.perf_counter() - started


class _Spent(NamedTuple):
    """Seconds: what a clock says, and processor time of ours and the database's process together."""

    wall: float
    processor: float


def _raced(bucket: Bucket, found: list[ListedFolder]) -> list[_Spent]:
    """What storing takes us, bulk_create with making its instances, and without; one after the other, the best of five each."""
    rounds = []
    for _ in range(5):
        _empty(keeps_folders=False)
        ours = _committed(lambda: _store(bucket, _listed(found)))
        folders = _empty_folders(bucket, found)
        theirs = _committed(lambda: _create(_instances(bucket, found, folders)))  # noqa: B023 - called at once
        folders = _empty_folders(bucket, found)
        made = _instances(bucket, found, folders)
        theirs_alone = _committed(lambda: _create(made))  # noqa: B023 - called at once
        rounds.append((ours, theirs, theirs_alone))
    return [_Spent(*map(min, zip(*each, strict=True))) for each in zip(*rounds, strict=True)]


def _thousand(number: int) -> ListedFolder:
    """A folder as a listing of the bucket finds it."""
    key = f"{number}/"
    names = [f"{key}Autumn-campaign-Berlin-{number:04}-{file:06}-final.jpg" for file in range(1000)]
    files = [
        ListedObject(name, file, NOON + timedelta(minutes=file), f"{file:032x}", "STANDARD")
        for file, name in enumerate(names)
    ]
    return ListedFolder(key, files=files)


def _listed(found: list[ListedFolder]) -> dict[str, Columns]:
    return {folder.key: columns_of_listed(folder) for folder in found}


def _store(bucket: Bucket, listed: dict[str, Columns]) -> None:
    storing.store_folders(storing.begin(bucket_id=bucket.id, path="", now=NOON), listed)


def _instances(bucket: Bucket, found: list[ListedFolder], folders: dict[str, int]) -> list[Entry]:
    # By place, which is quicker than by name.
    return [
        Entry(None, folders[folder.key], bucket.id, *row)
        for folder in found
        for row in columns_of_listed(folder).rows()
    ]


def _create(made: list[Entry]) -> None:
    Entry.objects.bulk_create(made, batch_size=5_000)


def _committed(load: Callable[[], object]) -> _Spent:
    gc.collect()
    before = _spent()
    with transaction.atomic():
        load()
    return _Spent(*(now - then for now, then in zip(_spent(), before, strict=True)))


def _spent() -> _Spent:
    database = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return _Spent(time.perf_counter(), time.process_time() + int(database.split()[0]) / 1e9)


def _empty(*, keeps_folders: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"TRUNCATE files_entry, files_stretch{'' if keeps_folders else ', files_folder'} CASCADE"
        )


def _empty_folders(bucket: Bucket, found: list[ListedFolder]) -> dict[str, int]:
    _empty(keeps_folders=False)
    Folder.objects.bulk_create(
        Folder(bucket=bucket, path=folder.key, path_folded=folder.key) for folder in found
    )
    return dict(Folder.objects.values_list("path", "id"))


def _bytes_written(act: Callable[[], None]) -> int:
    """How much longer the server's log is afterwards; whatever else works on it counts, too."""
    ends = []
    for each in (lambda: None, act):
        each()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
            ends.append(int(cursor.fetchone()[0]))
    return ends[1] - ends[0]
