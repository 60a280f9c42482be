"""A page of a folder: what is shown, from where, and in which order."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Reach
from buckets.s3.errors import BucketMissing
from files import cache, listing, relisting, settling, uploads
from files.entries import Kind
from files.listing import Direction, FolderMissing, Group, ListingPage, Sort, State
from files.models import Folder
from files.uploads import PreparedUpload, Wanted
from tests.files.conftest import EVERYTHING, Spy, Store, put

MINUTE = timedelta(seconds=60)


def names(page: ListingPage) -> list[str]:
    return [entry.name for entry in page.entries]


def by_name(reach: Reach, path: str, now: datetime, **more: object) -> ListingPage:
    return listing.page(reach, path, sort=Sort.NAME, direction=Direction.ASCENDING, now=now, **more)  # type: ignore[arg-type]


def test_shows_folders_first_and_newest_files_next(reach: Reach, store: Store, now: datetime) -> None:
    for key in ("team/b.txt", "team/a.txt", "team/z/deep.txt", "team/A/deep.txt", "elsewhere/x.txt"):
        store.put(key)
    page = listing.page(reach, "", now=now)
    assert names(page)[:2] == ["A", "z"]
    assert sorted(names(page)[2:]) == ["a.txt", "b.txt"]
    assert (page.state, page.file_count, page.folder_count, page.total_size) == (State.WHOLE, 2, 2, 2)
    assert [entry.path for entry in page.entries[:2]] == ["A/", "z/"]
    assert page.next_cursor == ""


def test_asks_s3_once_and_then_not_again(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put("team/a.txt")
    for _ in range(3):
        listing.page(reach, "", now=now)
    assert spy.calls == ["list team/"]


def test_takes_two_queries_from_the_store_however_many_rows(
    reach: Reach, store: Store, now: datetime
) -> None:
    store.put_many([f"team/{number:02d}.txt" for number in range(45)])
    listing.page(reach, "", now=now)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = listing.page(reach, "", now=now)
        listing.page(reach, "", after=page.next_cursor, now=now)
    assert len(page.entries) == 20
    assert len(queries) == 4


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("direction", list(Direction))
def test_goes_through_all_pages_once_in_each_order(
    reach: Reach, store: Store, now: datetime, sort: Sort, direction: Direction
) -> None:
    for number in range(46):
        store.put(f"team/{'Ab'[number % 2]}{number:02d}.txt", body=b"x" * (number % 3))
    store.put("team/folder/x")
    seen, cursor = [], ""
    while True:
        page = listing.page(reach, "", sort=sort, direction=direction, after=cursor, now=now)
        seen += page.entries
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen[0].name == "folder"
    assert len({entry.name for entry in seen}) == len(seen) == 47
    keys = {
        Sort.NAME: lambda entry: (entry.name.casefold(), entry.name),
        Sort.SIZE: lambda entry: (entry.size, entry.name),
        Sort.MODIFIED: lambda entry: entry.modified_at,
    }
    assert (
        seen[1:] == sorted(seen[1:], key=keys[sort], reverse=direction is Direction.DESCENDING)
        or sort is Sort.MODIFIED
    )
    values = [keys[sort](entry) for entry in seen[1:]]
    assert values == sorted(values, reverse=direction is Direction.DESCENDING)


def test_shows_one_group_alone_without_folders(reach: Reach, store: Store, now: datetime) -> None:
    for key in ("team/a.jpg", "team/b.txt", "team/c.png", "team/sub/d.jpg"):
        store.put(key)
    page = by_name(reach, "", now, group=Group.IMAGE)
    assert names(page) == ["a.jpg", "c.png"]
    assert page.file_count == 3


def test_hides_thumbnails_beside_their_source_only(reach: Reach, store: Store, now: datetime) -> None:
    for key in ("team/logo.png", "team/t-logo.png", "team/t-shirt.png"):
        store.put(key)
    page = by_name(reach, "", now)
    assert [(entry.name, entry.has_thumbnail) for entry in page.entries] == [
        ("logo.png", True),
        ("t-shirt.png", False),
    ]
    assert page.file_count == 2


def test_lists_names_nobody_can_open_and_says_why(reach: Reach, store: Store, now: datetime) -> None:
    for key in ("team/fine.txt", "team/bell\x07.txt", "team/two//slashes.txt", "team/%2e%2e"):
        store.put(key)
    entries = {entry.name: entry for entry in by_name(reach, "", now).entries}
    assert entries["fine.txt"].unreachable is None
    assert entries["bell\x07.txt"].unreachable
    assert entries["%2e%2e"].unreachable
    assert all(not entry.path for entry in entries.values() if entry.unreachable)
    inside = by_name(reach, "two", now).entries
    assert [(entry.name, bool(entry.unreachable)) for entry in inside] == [("", True)]


def test_keeps_a_file_and_a_folder_of_one_name_apart(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/both")
    store.put("team/both/inside.txt")
    page = by_name(reach, "", now)
    assert [(entry.kind, entry.path) for entry in page.entries] == [
        (Kind.FOLDER, "both/"),
        (Kind.FILE, "both"),
    ]


@pytest.mark.parametrize(
    "name", ["with space", "#?%+&=", "“quotes”'\"", "🎈 party", "trailing.", "é" * 500, "ΐ" * 500]
)
def test_shows_odd_names_as_they_are(reach: Reach, store: Store, now: datetime, name: str) -> None:
    store.put(f"team/{name}")
    assert names(by_name(reach, "", now)) == [name]


def test_shows_no_marker_of_the_folder_itself(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/empty/", body=b"")
    page = listing.page(reach, "empty/", now=now)
    assert page.is_empty
    assert page.state is State.WHOLE


def test_shows_an_empty_root(reach: Reach, now: datetime) -> None:
    assert listing.page(reach, "", now=now).is_empty


def test_stores_an_empty_folder_too(reach: Reach, store: Store, spy: Spy, now: datetime) -> None:
    store.put("team/empty/", body=b"")
    listing.page(reach, "empty/", now=now)
    asked = len(spy.calls)
    listing.page(reach, "empty/", now=now)
    assert len(spy.calls) == asked


def test_tells_a_folder_nobody_ever_saw_and_keeps_nothing_of_it(reach: Reach, now: datetime) -> None:
    with pytest.raises(FolderMissing) as missing:
        listing.page(reach, "never/", now=now)
    assert not missing.value.was_known
    assert missing.value.page.is_empty
    assert [crumb.path for crumb in missing.value.page.crumbs] == ["", "never/"]
    assert not Folder.objects.filter(path="team/never/").exists()


def test_tells_a_folder_that_is_gone(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/old/a.txt")
    listing.page(reach, "old/", now=now)
    store.remove("team/old/a.txt")
    cache.evict(bucket_id=reach.bucket_id, keys=["team/old/a.txt"])
    with pytest.raises(FolderMissing) as missing:
        listing.page(reach, "old/", now=now)
    assert missing.value.was_known


def test_finds_a_gone_folder_again_when_it_comes_back(reach: Reach, store: Store, now: datetime) -> None:
    test_tells_a_folder_that_is_gone(reach, store, now)
    store.put("team/old/b.txt")
    assert names(listing.page(reach, "old/", now=now)) == ["b.txt"]


def test_shows_what_is_older_than_a_minute_at_once_and_lists_behind(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    listing.page(reach, "", now=now)
    store.put("team/new.txt")
    assert names(listing.page(reach, "", now=now + MINUTE * 2)) == []
    assert spy.calls == ["list team/"] * 2
    assert names(listing.page(reach, "", now=now + MINUTE * 2)) == ["new.txt"]


def test_lists_anew_what_is_older_than_the_ttl(reach: Reach, store: Store, now: datetime) -> None:
    listing.page(reach, "", now=now)
    store.put("team/new.txt")
    assert names(listing.page(reach, "", now=now + MINUTE * 11)) == ["new.txt"]


def test_asks_s3_when_somebody_asks_it_to(reach: Reach, store: Store, now: datetime) -> None:
    listing.page(reach, "", now=now)
    store.put("team/new.txt")
    listing.refresh(reach, "", now=now)
    assert names(listing.page(reach, "", now=now)) == ["new.txt"]


def test_shows_what_was_last_known_when_s3_refuses(
    reach: Reach, store: Store, bucket: Bucket, now: datetime
) -> None:
    store.put("team/a.txt")
    listing.page(reach, "", now=now)
    bucket.bucket_name = "there-is-no-such-bucket"
    bucket.credential_version += 1
    page = listing.page(bucket.reach(root="team/", rights=EVERYTHING), "", now=now + MINUTE * 11)
    assert page.state is State.LAST_KNOWN
    assert isinstance(page.problem, BucketMissing)
    assert page.listed_at == now
    assert names(page) == ["a.txt"]


def test_says_what_is_wrong_when_nothing_is_known_and_keeps_nothing(bucket: Bucket, now: datetime) -> None:
    bucket.bucket_name = "there-is-no-such-bucket"
    with pytest.raises(BucketMissing):
        listing.page(bucket.reach(root="", rights=EVERYTHING), "some/", now=now)
    assert not Folder.objects.exists()


def test_refuses_to_leave_the_root(reach: Reach, now: datetime) -> None:
    with pytest.raises(OutOfBounds):
        listing.page(reach, "../secret/", now=now)


@pytest.mark.parametrize(
    "after", ["x", "%", "e30", "W10", "bnVsbA", "a" * 9000, "WyJuYW1lIiwiYXNjIiwiIiw5LCIiLCJhIl0"]
)
def test_refuses_a_cursor_that_is_none(reach: Reach, now: datetime, after: str) -> None:
    with pytest.raises(Malformed) as problem:
        listing.page(reach, "", after=after, now=now)
    assert problem.value.field == "after"


def test_refuses_a_cursor_of_another_order(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{number:02d}.txt" for number in range(25)])
    cursor = listing.page(reach, "", sort=Sort.SIZE, now=now).next_cursor
    with pytest.raises(Malformed):
        listing.page(reach, "", sort=Sort.MODIFIED, after=cursor, now=now)


def test_goes_on_from_a_place_whose_entry_is_gone(reach: Reach, store: Store, now: datetime) -> None:
    store.put_many([f"team/{number:02d}.txt" for number in range(25)])
    page = by_name(reach, "", now)
    store.remove("team/19.txt")
    cache.evict(bucket_id=reach.bucket_id, keys=["team/19.txt"])
    assert names(by_name(reach, "", now, after=page.next_cursor)) == [
        "20.txt",
        "21.txt",
        "22.txt",
        "23.txt",
        "24.txt",
    ]


def test_never_stores_a_listing_begun_before_an_eviction(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    def upload_meanwhile(call: str) -> None:
        if len(spy.calls) == 1:
            store.put("team/new.txt")
            cache.evict(bucket_id=reach.bucket_id, keys=["team/new.txt"])

    spy.meanwhile = upload_meanwhile
    assert names(listing.page(reach, "", now=now)) == ["new.txt"]
    assert spy.calls == ["list team/"] * 2


def test_gives_up_storing_when_evictions_never_end(
    reach: Reach, store: Store, spy: Spy, now: datetime
) -> None:
    store.put("team/a.txt")
    spy.meanwhile = lambda _: cache.evict(bucket_id=reach.bucket_id, keys=["team/a.txt"])
    page = listing.page(reach, "", now=now)
    assert page.state is State.STILL_LISTING
    assert names(page) == ["a.txt"]
    assert not relisting.finish(bucket_id=reach.bucket_id, path="team/", now=now)


class TestUploadsIntoNewFolders:
    """Signed and not confirmed: the folder above is asked about anew until it shows the way to the file."""

    @pytest.fixture
    def upload(self, reach: Reach, store: Store, mark: User, now: datetime) -> PreparedUpload:
        store.put("team/a/old.txt")
        assert names(listing.page(reach, "", now=now)) == ["a"]
        assert names(listing.page(reach, "a/", now=now)) == ["old.txt"]
        wanted = [Wanted("c", "new/sub/x.txt", 3, "text/plain")]
        (signed,) = uploads.prepare(reach, "a/", wanted, by=mark, ip=None, now=now).uploads
        return signed

    def test_show_at_once(self, reach: Reach, upload: PreparedUpload, now: datetime) -> None:
        assert names(listing.page(reach, "a/", now=now)) == ["old.txt"]
        assert put(upload, b"abc") == 200
        page = listing.page(reach, "a/", now=now)
        assert (names(page), page.folder_count) == (["new", "old.txt"], 1)
        assert names(listing.page(reach, "a/new/", now=now)) == ["sub"]
        assert names(listing.page(reach, "a/new/sub/", now=now)) == ["x.txt"]

    def test_are_asked_about_no_more_than_needed(
        self, reach: Reach, upload: PreparedUpload, spy: Spy, now: datetime
    ) -> None:
        spy.calls.clear()
        listing.page(reach, "a/", now=now)
        put(upload, b"abc")
        for path in ("", "a/", "a/", ""):
            listing.page(reach, path, now=now)
        assert spy.calls == ["list team/a/"] * 2

    def test_show_where_a_listing_was_stored_before_they_arrived(
        self, reach: Reach, upload: PreparedUpload, now: datetime
    ) -> None:
        cache.flush(reach.bucket_id)
        assert names(listing.page(reach, "a/", now=now)) == ["old.txt"]
        put(upload, b"abc")
        assert names(listing.page(reach, "a/", now=now)) == ["new", "old.txt"]

    def test_show_where_a_listing_was_under_way_when_they_arrived(
        self, reach: Reach, upload: PreparedUpload, spy: Spy, now: datetime
    ) -> None:
        spy.meanwhile = lambda _: None if spy.calls.count("list team/a/") > 1 else assert_sent(upload)
        spy.calls.clear()
        assert names(listing.page(reach, "a/", now=now)) == ["old.txt"]
        assert names(listing.page(reach, "a/", now=now)) == ["new", "old.txt"]

    def test_keep_no_further_page_from_going_on(
        self, reach: Reach, upload: PreparedUpload, store: Store, spy: Spy, now: datetime
    ) -> None:
        store.put_many([f"team/a/{number}" for number in range(3)])
        first = by_name(reach, "a/", now, limit=2)
        spy.calls.clear()
        assert len(names(by_name(reach, "a/", now, limit=2, after=first.next_cursor))) == 2
        assert spy.calls == []

    @pytest.mark.parametrize("end", ["cancelled", "confirmed", "swept"])
    def test_are_asked_about_no_more_when_they_are_settled(
        self, reach: Reach, upload: PreparedUpload, spy: Spy, now: datetime, end: str
    ) -> None:
        mark = User.objects.get()
        if end == "cancelled":
            assert uploads.cancel(reach, [upload.id], by=mark, now=now) == 1
        elif end == "confirmed":
            put(upload, b"abc")
            uploads.confirm(reach, [upload.id], by=mark, ip=None, now=now)
        else:
            now += timedelta(seconds=301)
            settling.sweep(now=now)
        shown = names(listing.page(reach, "a/", now=now))
        spy.calls.clear()
        assert names(listing.page(reach, "a/", now=now)) == shown
        assert spy.calls == []

    def test_are_asked_about_for_300_seconds(
        self, reach: Reach, upload: PreparedUpload, spy: Spy, now: datetime
    ) -> None:
        spy.calls.clear()
        listing.page(reach, "a/", now=now + timedelta(seconds=299))
        listing.page(reach, "a/", now=now + timedelta(seconds=301))
        assert spy.calls == ["list team/a/"]

    def test_cost_no_query_more(self, reach: Reach, upload: PreparedUpload, now: datetime) -> None:
        put(upload, b"abc")
        listing.page(reach, "a/", now=now)
        with CaptureQueriesContext(connection) as queries:
            listing.page(reach, "a/", now=now)
        assert len(queries) == 2


def assert_sent(upload: PreparedUpload) -> None:
    assert put(upload, b"abc") == 200
