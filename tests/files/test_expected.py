"""Folders that uploads under way will make, and which stored listings don't know of them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from buckets.models import Bucket
from buckets.paths import Reach, Rights
from files import cache
from files.cache import NewUpload
from files.expected import expected_in, expecting, expects_a_folder
from files.models import Folder, PendingUpload
from files.rows import rows_of
from files.stored import stored_folder, stored_folders
from tests import people

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SINCE = NOON - timedelta(seconds=300)
SEGMENT = st.text(alphabet="ab%_\\0 é\U0010ffff", min_size=1, max_size=2).filter(
    lambda name: name == name.strip()
)
FOLDERS = st.lists(
    st.lists(SEGMENT, max_size=4).map(lambda way: "".join(f"{name}/" for name in way)), max_size=8
)


def whole(bucket: Bucket) -> Reach:
    return bucket.reach(root="", rights=Rights())


def store(bucket: Bucket, path: str, *folders: str) -> None:
    cache.store_folder(cache.begin(bucket_id=bucket.id, path=path), rows_of(folders, []), listed_at=NOON)


def upload(bucket: Bucket, *paths: str, at: datetime = NOON) -> list[NewUpload]:
    """Signed uploads into the folders with these full prefixes."""
    noted = [NewUpload(uuid4(), path, f"{path}x", 1, "text/plain", overwrites=False) for path in paths]
    cache.open_uploads(noted, bucket_id=bucket.id, user_id=uuid4(), now=at)
    return noted


def who_expects(bucket: Bucket, *, top: str = "") -> set[str]:
    """The full prefixes of the stored folders that do, as both questions answer, alike."""
    ids = expecting(bucket.id, top=top, since=SINCE)
    found = set(Folder.objects.filter(id__in=ids).values_list("path", flat=True))
    at_once = stored_folders(bucket.id, Folder.objects.values_list("path", flat=True), now=NOON)
    for path in at_once:
        if path.startswith(top):
            folder = whole(bucket).folder(path)
            one = stored_folder(folder, now=NOON)
            assert one is not None
            assert one.has_pending == (path in found or at_once[path].has_pending)
            assert bool(expected_in(folder, since=SINCE, limit=1)) == (path in found)
    return found


class TestAgainstTheDefinition(TestCase):  # type: ignore[misc]
    """A folder expects another where its entries lack the next step to an upload, whatever the tree and the names."""

    @settings(max_examples=60, deadline=None)
    @given(stored=FOLDERS, listed=FOLDERS, targets=FOLDERS, data=st.data())
    def test_agrees(
        self, stored: list[str], listed: list[str], targets: list[str], data: st.DataObject
    ) -> None:
        bucket = people.press_bucket(id=uuid4())
        entries: dict[str, set[str]] = {path: set() for path in ("", *stored)}
        for path in listed:
            above, _, name = path[:-1].rpartition("/")
            if path and f"{above}/".removeprefix("/") in entries:
                entries[f"{above}/".removeprefix("/")].add(name)
        for path, names in entries.items():
            store(bucket, path, *names)
        upload(bucket, *targets)
        top = data.draw(st.sampled_from(sorted(entries)))
        ids = expecting(bucket.id, top=top, since=SINCE)
        assert set(Folder.objects.filter(id__in=ids).values_list("path", flat=True)) == {
            path
            for path, names in entries.items()
            if path.startswith(top)
            and any(
                target.startswith(path)
                and target != path
                and target[len(path) :].partition("/")[0] not in names
                for target in targets
            )
        }


def test_is_expected_by_the_nearest_folder_that_is_stored(press: Bucket) -> None:
    store(press, "", "a")
    store(press, "a/")
    upload(press, "a/new/sub/")
    assert who_expects(press) == {"a/"}
    assert expected_in(whole(press).folder("a/"), since=SINCE, limit=9) == ["a/new/"]


def test_is_expected_at_the_bucket_s_top(press: Bucket) -> None:
    store(press, "")
    upload(press, "\U0010ffff/")
    assert who_expects(press) == {""}


def test_is_expected_by_a_listing_stored_after_the_upload_was_signed(press: Bucket) -> None:
    upload(press, "a/new/")
    assert who_expects(press) == set()
    store(press, "a/")
    assert who_expects(press) == {"a/"}


def test_is_expected_no_more_once_it_is_listed(press: Bucket) -> None:
    store(press, "a/")
    upload(press, "a/new/sub/")
    store(press, "a/", "new")
    assert who_expects(press) == set()
    store(press, "a/new/")
    assert who_expects(press) == {"a/new/"}


@pytest.mark.parametrize("state", ["confirmed", "cancelled", "abandoned"])
def test_is_expected_no_more_when_the_upload_is_settled(press: Bucket, state: str) -> None:
    store(press, "a/")
    (noted,) = upload(press, "a/new/")
    cache.settle_uploads([noted.id], state=PendingUpload.State(state), now=NOON)
    assert who_expects(press) == set()


def test_is_expected_for_300_seconds(press: Bucket) -> None:
    store(press, "a/")
    upload(press, "a/new/", at=SINCE)
    assert who_expects(press) == set()


@pytest.mark.parametrize("path", ["a/", "", "ab/new/", "A/new/", "a0/", "b/a/new/"])
def test_is_expected_by_no_folder_that_it_will_not_lie_in(press: Bucket, path: str) -> None:
    store(press, "a/")
    upload(press, path)
    assert who_expects(press) == set()


def test_is_expected_by_no_other_bucket(press: Bucket) -> None:
    other = people.press_bucket(id=uuid4(), bucket_name="another")
    store(other, "a/")
    upload(press, "a/new/")
    assert who_expects(other) == set()


def test_is_no_file_of_its_name(press: Bucket) -> None:
    store(press, "a/", "other")
    upload(press, "a/other/")
    assert who_expects(press) == set()
    upload(press, "a/x/")
    Folder.objects.get(path="a/").entries.filter(name="other").update(
        name="x", kind=1, size=1, modified_at=NOON
    )
    assert expected_in(whole(press).folder("a/"), since=SINCE, limit=9) == ["a/other/", "a/x/"]


def test_is_told_once_and_no_more_than_asked_for(press: Bucket) -> None:
    store(press, "a/")
    upload(press, *["a/new/"] * 5, *[f"a/{number}/" for number in range(9)])
    folder = whole(press).folder("a/")
    assert len(expected_in(folder, since=SINCE, limit=99)) == 10
    assert len(expected_in(folder, since=SINCE, limit=3)) == 3


def test_asks_twice_however_many_there_are(press: Bucket, django_assert_num_queries: object) -> None:
    for number in range(30):
        store(press, f"{number}/")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert expecting(press.id, top="", since=SINCE) == []
    upload(press, *[f"{number}/new/{number}/" for number in range(30)])
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert len(expecting(press.id, top="", since=SINCE)) == 30


def test_is_looked_for_along_indexes_where_there_are_many(press: Bucket) -> None:
    upload(press, *[f"f{number}/new/" for number in range(2_000)])
    store(press, "f7/")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE files_pendingupload")
    plan = Folder.objects.filter(path="f7/").annotate(expects=expects_a_folder(since=SINCE)).explain()
    assert "pending_in_folder" in plan
    assert "Seq Scan on files_pendingupload" not in plan
