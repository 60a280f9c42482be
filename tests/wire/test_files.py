"""GET /buckets/:id/files."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import ForceLogout
from buckets.s3 import lister
from files import cache
from files.cache import NewUpload
from files.models import Entry, Folder
from files.rows import file_row, folder_rows
from tests import people
from tests.wire.client import Wire, page_of, told

ROOT = "projects/marketing/"
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def file(name, *, day=1, size=7, **marks):
    marks = {"is_hidden": False, "has_thumbnail": False, **marks}
    return file_row(
        name, size=size, modified_at=DAY.replace(day=day), etag="e", storage_class="STANDARD", **marks
    )


def listed(bucket, rows, *, path=ROOT, age=0.0):
    """As if S3 had listed `rows` in the folder."""
    ticket = cache.begin(bucket_id=bucket.id, path=path)
    rows = sorted(rows, key=lambda row: row[:2])
    cache.store_folder(ticket, rows, listed_at=datetime.fromtimestamp(timezone.now().timestamp() - age, UTC))


@pytest.fixture
def door(mark, press):
    people.assign(mark, press)
    return f"/buckets/{press.pk}/files"


def ask(wire, door, **query):
    return wire.get(f"{door}?{urlencode(query)}")


def names(answer):
    return [item["resource_name"] for item in answer.json()["items"]]


ROWS = [
    *folder_rows(["b", "A"]),
    file("old.txt", day=1),
    file("new.txt", day=9),
    file("tie-b.txt", day=5),
    file("tie-a.txt", day=5),
]
ORDER = ["A", "b", "new.txt", "tie-a.txt", "tie-b.txt", "old.txt"]


def test_shows_folders_first_then_the_newest_and_names_break_ties(marks, press, door):
    listed(press, ROWS)

    answer = ask(marks, door)

    assert answer.json() == {
        "items": [
            {"resource_name": "A", "type": "folder", "uploaded_at": None, "file_size": None},
            {"resource_name": "b", "type": "folder", "uploaded_at": None, "file_size": None},
            *(
                {"resource_name": name, "type": "file", "uploaded_at": f"2026-03-0{day}T12:00:00Z", "file_size": 7}
                for name, day in (("new.txt", 9), ("tie-a.txt", 5), ("tie-b.txt", 5), ("old.txt", 1))
            ),
        ],
        "total": 6,
        "fromCache": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("offset", "limit"), [(0, 1), (1, 3), (2, 2), (0, 6), (5, 9), (6, 5), (400, 5), (3, 1)]
)
def test_shows_any_stretch_with_the_same_total(marks, press, door, offset, limit):
    listed(press, ROWS)

    answer = ask(marks, door, offset=offset, limit=limit)

    assert names(answer) == ORDER[offset : offset + limit]
    assert answer.json()["total"] == 6


def test_shows_twenty_unless_told_otherwise(marks, press, door):
    listed(press, [file(f"{number}.txt") for number in range(25)])

    assert len(names(ask(marks, door))) == 20
    assert ask(marks, door).json()["total"] == 25


def test_leads_on_by_cursors(marks, press, door):
    listed(press, ROWS)
    seen, cursor = [], ""
    while cursor is not None:
        answer = ask(marks, door, cursor=cursor, limit=2).json()
        assert answer["total"] == 6
        seen += [item["resource_name"] for item in answer["items"]]
        cursor = answer["nextCursor"]

    assert seen == ORDER


def test_says_nothing_of_cursors_to_whom_sends_none(marks, press, door):
    listed(press, ROWS)

    assert set(ask(marks, door, limit=2).json()) == {"items", "total", "fromCache"}


@pytest.mark.parametrize("prefix", ["sub", "sub/"])
def test_opens_a_folder_by_its_path(marks, press, door, prefix):
    listed(press, [file("x.txt")], path=f"{ROOT}sub/")

    assert names(ask(marks, door, prefix=prefix)) == ["x.txt"]


def test_leaves_out_what_nothing_may_be_done_with_and_counts_without_it(marks, press, door):
    odd = ["..", "%2e%2e", "a\\..", "tab\t", "%252e", " .. "]
    listed(press, [*ROWS, *folder_rows(["", ".", "fine %20 one"]), *map(file, odd), file("100%25.txt")])

    answer = ask(marks, door)

    assert answer.json()["total"] == 8
    assert names(answer) == ["A", "b", "fine %20 one", *ORDER[2:5], "100%25.txt", "old.txt"]
    assert [ask(marks, door, offset=number, limit=1).json()["items"][0]["resource_name"] for number in range(8)] == names(answer)  # fmt: skip
    seen = ask(marks, door, cursor="", limit=50)
    assert (names(seen), seen.json()["total"]) == (names(answer), 8)


def test_hides_thumbnails_beside_their_sources_alone(marks, press, door):
    listed(press, [file("a.jpg", has_thumbnail=True), file("t-a.jpg", is_hidden=True), file("t-shirt.png")])

    answer = ask(marks, door)

    assert (sorted(names(answer)), answer.json()["total"]) == (["a.jpg", "t-shirt.png"], 2)


def test_costs_four_queries_at_most(marks, press, door, django_assert_max_num_queries):
    listed(press, ROWS)
    ask(marks, door)

    with django_assert_max_num_queries(4):
        ask(marks, door, offset=1, limit=3)


def test_needs_no_answer_of_s3_while_the_listing_is_young(marks, press, door):
    listed(press, ROWS, age=settings.LISTING_FRESH - 10)

    assert ask(marks, door).json()["fromCache"] is True


@pytest.mark.parametrize(
    "asked",
    [{"limit": 0}, {"limit": -1}, {"limit": 10_001}, {"limit": "x"}, {"limit": "1.5"}, {"offset": -1},
     {"offset": "x"}, {"offset": 10**30}, {"cursor": "nonsense"}, {"cursor": "x" * 9000}, {"prefix": "a//b"},
     {"prefix": "a/./b"}, {"prefix": "a\x01b"}, {"prefix": "x" * 5000}, {"prefix": "/"}, {"prefix": "/a"}],
)  # fmt: skip
def test_refuses_what_makes_no_sense_and_names_it(marks, press, door, asked):
    listed(press, ROWS)

    answer = ask(marks, door, **asked)

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"]["field"] in asked
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("prefix", ["../", "..", "a/../../x", "%2e%2e/x", "..\\x", "a/..%2f../x/../.."])
def test_throws_out_whoever_leaves_their_folder(marks, door, prefix):
    assert told(ask(marks, door, prefix=prefix)) == (401, "FORCE_LOGGED_OUT")
    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")
    assert not Folder.objects.exists()


def test_throws_nobody_out_for_a_link_with_a_pages_cookie(mark, door):
    assert told(page_of(mark).get(f"{door}?prefix=../x")) == (404, "NOT_FOUND")
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("who", ["unassigned", "unknown", "no id"])
def test_tells_unassigned_and_unknown_buckets_apart_to_nobody(wire, uma, press, who):
    wire.sign_in(uma.email)
    bucket = {"unassigned": press.pk, "unknown": "00000000-0000-4000-8000-000000000000", "no id": "press"}[
        who
    ]

    assert told(ask(wire, f"/buckets/{bucket}/files")) == (404, "NOT_FOUND")


def test_is_for_nobody_without_credentials(door):
    assert told(Wire().get(door)) == (401, "UNAUTHORIZED")


class TestOverS3:
    """Over a store that really answers."""

    @pytest.fixture
    def door(self, mark, bucket):
        people.assign(mark, bucket, root="team/")
        return f"/buckets/{bucket.pk}/files"

    def test_lists_what_it_does_not_know_and_remembers(self, marks, door, store):
        store.put_many(["team/a.txt", "team/sub/b.txt", "other/c.txt"])

        first, second = ask(marks, door), ask(marks, door)

        assert names(first) == names(second) == ["sub", "a.txt"]
        assert (first.json()["fromCache"], second.json()["fromCache"]) == (False, True)
        assert first.json()["items"][1]["file_size"] == 1
        moment = first.json()["items"][1]["uploaded_at"]
        assert datetime.fromisoformat(moment).utcoffset().total_seconds() == 0

    @pytest.mark.parametrize("prefix", ["nowhere", "no/where/"])
    def test_says_that_an_unknown_folder_is_empty(self, marks, door, store, prefix):
        answer = ask(marks, door, prefix=prefix)

        assert (answer.status_code, answer.json()) == (200, {"items": [], "total": 0, "fromCache": False})
        assert not Folder.objects.exists()

    def test_waits_for_all_of_a_big_folder(self, marks, door, store, monkeypatch):
        store.put_many([f"team/{number}" for number in range(8)])
        page = lister.folders._page
        monkeypatch.setattr(
            lister.folders, "_page", lambda *given, **more: page(*given, **{**more, "keys": 3})
        )

        answer = ask(marks, door, offset=6, limit=50)

        assert (len(names(answer)), answer.json()["total"]) == (2, 8)

    def test_shows_an_upload_under_way_as_soon_as_it_is_there(self, marks, mark, bucket, door, store):
        store.put("team/a.txt")
        assert names(ask(marks, door)) == ["a.txt"]
        upload = NewUpload(mark.pk, "team/", "team/b.txt", 1, "text/plain", overwrites=False)
        cache.open_uploads([upload], bucket_id=bucket.id, user_id=mark.pk, now=timezone.now())
        store.put("team/b.txt")

        answer = ask(marks, door)

        assert (sorted(names(answer)), answer.json()["fromCache"]) == (["a.txt", "b.txt"], False)

    def test_lists_again_what_was_evicted(self, marks, bucket, door, store):
        store.put("team/a.txt")
        ask(marks, door)
        store.put("team/b.txt")
        cache.evict(bucket_id=bucket.id, keys=["team/b.txt"])

        assert sorted(names(ask(marks, door))) == ["a.txt", "b.txt"]

    def test_says_so_when_s3_refuses_and_keeps_nothing(self, marks, bucket, door):
        bucket.bucket_name = "there-is-no-such-bucket"
        bucket.save()

        assert told(ask(marks, door)) == (502, "S3_UNAVAILABLE")
        assert not Entry.objects.exists()
