"""DELETE /buckets/:id/files."""

import pytest

from accounts.models import AuditEntry, ForceLogout
from buckets.models import Assignment
from buckets.s3 import objects
from files.models import Entry
from tests import people
from tests.files.conftest import registered
from tests.wire.client import Wire, told


@pytest.fixture
def door(mark, bucket):
    people.assign(mark, bucket, root="team/", allow_delete=True)
    return f"/buckets/{bucket.pk}/files"


def delete(wire, door, key):
    return wire.delete(door, {"s3Key": key})


def names(wire, door):
    return sorted(item["resource_name"] for item in wire.get(door).json()["items"])


def test_removes_the_file_and_the_listing_is_right_at_once(marks, door, store):
    store.put_many(["team/a b.txt", "team/c.txt"])
    assert names(marks, door) == ["a b.txt", "c.txt"]

    answer = delete(marks, door, "team/a b.txt")

    assert (answer.status_code, answer.json()) == (200, {})
    assert store.keys() == {"team/c.txt"}
    assert names(marks, door) == ["c.txt"]


def test_takes_its_thumbnail_along_and_no_other(marks, door, store):
    store.put_many(["team/a.jpg", "team/t-a.jpg", "team/t-shirt.jpg"])

    assert delete(marks, door, "team/a.jpg").status_code == 200
    assert store.keys() == {"team/t-shirt.jpg"}


def test_is_audited(marks, mark, bucket, door, store):
    store.put("team/a.txt")

    marks.delete(door, {"s3Key": "team/a.txt"})

    entry = AuditEntry.objects.get(operation="deleted")
    assert (entry.path, entry.outcome, entry.actor_id) == ("team/a.txt", "done", mark.pk)
    assert (entry.bucket_code, entry.ip) == (bucket.system_code, "127.0.0.1")


@pytest.mark.parametrize("is_listed", [False, True])
def test_finds_no_file_that_is_gone_and_shows_it_no_more(marks, door, store, is_listed):
    store.put_many(["team/a.txt", "team/b.txt"])
    if is_listed:
        assert names(marks, door) == ["a.txt", "b.txt"]
    store.remove("team/a.txt")

    assert told(delete(marks, door, "team/a.txt")) == (404, "NOT_FOUND")
    assert names(marks, door) == ["b.txt"]
    assert not AuditEntry.objects.filter(operation="deleted").exists()


def test_refuses_whom_it_is_not_allowed_and_writes_it_down(marks, bucket, door, store):
    store.put("team/a.txt")
    Assignment.objects.update(allow_delete=False)

    assert told(delete(marks, door, "team/a.txt")) == (403, "DELETE_NOT_ALLOWED")
    assert store.keys() == {"team/a.txt"}
    entry = AuditEntry.objects.get(operation="deleted")
    assert (entry.outcome, entry.path, entry.bucket_code) == ("refused", "team/a.txt", bucket.system_code)


def test_lets_administrators_without_an_assignment(wire, ada, store):
    bucket = registered(store)
    store.put("anywhere/a.txt")
    wire.sign_in(ada.email)

    assert delete(wire, f"/buckets/{bucket.pk}/files", "anywhere/a.txt").status_code == 200
    assert store.keys() == set()


def test_says_what_s3_refuses(marks, door, store, monkeypatch):
    store.put("team/a.txt")
    monkeypatch.setattr(
        objects,
        "_delete_chunk",
        lambda _, keys: [objects.DeleteOutcome(key, False, "AccessDenied", "no") for key in keys],
    )

    assert told(delete(marks, door, "team/a.txt")) == (403, "S3_ACCESS_DENIED")
    assert AuditEntry.objects.get(operation="deleted").outcome == "failed"


@pytest.mark.parametrize(
    "body",
    [{}, [], {"s3Key": ""}, {"s3Key": None}, {"s3Key": 1}, {"s3Key": ["team/a"]}, {"s3Key": "team/a//b"},
     {"s3Key": "team/sub/"}, {"s3Key": "team/"}, {"s3Key": "team/a\x01"}, {"s3Key": "team/./a"},
     {"s3Key": "team/" + "x" * 1100}, {"s3Key": "team/a", "s3Keys": ["team/a"]}, {"s3Keys": []}, {"s3Keys": "team/a"},
     {"s3Keys": ["team/sub/"]}, {"s3Keys": [None]}],
    ids=str,
)  # fmt: skip
def test_refuses_what_names_no_file(marks, door, store, body):
    store.put("team/sub/a.txt")

    assert told(marks.delete(door, body)) == (400, "VALIDATION_ERROR")
    assert store.keys() == {"team/sub/a.txt"}
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize(
    "key", ["finance/a.txt", "team/../finance/a.txt", "team", "../x", "team/%2e%2e/%2e%2e/x"]
)
@pytest.mark.parametrize("may_delete", [True, False])
def test_throws_out_whoever_reaches_outside_their_folder(marks, door, store, key, may_delete):
    store.put("finance/a.txt")
    Assignment.objects.update(allow_delete=may_delete)

    assert told(delete(marks, door, key)) == (401, "FORCE_LOGGED_OUT")
    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")
    assert store.keys() == {"finance/a.txt"}


def test_throws_out_for_one_of_several(marks, door, store):
    store.put_many(["team/a.txt", "finance/a.txt"])

    assert told(marks.delete(door, {"s3Keys": ["team/a.txt", "finance/a.txt"]})) == (401, "FORCE_LOGGED_OUT")
    assert store.keys() == {"team/a.txt", "finance/a.txt"}


def test_finds_nothing_in_a_folder_one_had_before(marks, mark, bucket, door):
    Assignment.objects.get().delete()
    people.assign(mark, bucket, root="new/", allow_delete=True)

    assert told(delete(marks, door, "team/a.txt")) == (404, "NOT_FOUND")
    assert not ForceLogout.objects.exists()


class TestSeveral:
    def test_removes_all_and_tells_of_each(self, marks, door, store):
        store.put_many(["team/a.jpg", "team/t-a.jpg", "team/sub/b.txt", "team/c.txt"])

        answer = marks.delete(
            door, {"s3Keys": ["team/sub/b.txt", "team/gone.txt", "team/a.jpg", "team/a.jpg"]}
        )

        assert answer.status_code == 200
        items = answer.json()["items"]
        assert [(item["s3Key"], item["deleted"], item["code"]) for item in items] == [
            ("team/sub/b.txt", True, None),
            ("team/gone.txt", False, "NOT_FOUND"),
            ("team/a.jpg", True, None),
        ]
        assert items[1]["message"]
        assert store.keys() == {"team/c.txt"}
        assert names(marks, door) == ["c.txt"]

    def test_tells_what_s3_refused(self, marks, door, store, monkeypatch):
        store.put("team/a.txt")
        monkeypatch.setattr(
            objects,
            "_delete_chunk",
            lambda _, keys: [objects.DeleteOutcome(key, False, "AccessDenied", "no") for key in keys],
        )

        (item,) = marks.delete(door, {"s3Keys": ["team/a.txt"]}).json()["items"]

        assert (item["deleted"], item["code"]) == (False, "S3_ACCESS_DENIED")

    def test_refuses_whom_it_is_not_allowed(self, marks, door, store):
        store.put("team/a.txt")
        Assignment.objects.update(allow_delete=False)

        assert told(marks.delete(door, {"s3Keys": ["team/a.txt"]})) == (403, "DELETE_NOT_ALLOWED")
        assert store.keys() == {"team/a.txt"}


def test_is_for_whom_the_bucket_is_assigned(wire, uma, door, store):
    store.put("team/a.txt")

    assert told(delete(Wire(), door, "team/a.txt")) == (401, "UNAUTHORIZED")
    wire.sign_in(uma.email)
    assert told(delete(wire, door, "team/a.txt")) == (404, "NOT_FOUND")
    assert store.keys() == {"team/a.txt"}
    assert not Entry.objects.exists()
