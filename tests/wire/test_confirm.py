"""POST /upload/confirm."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, ForceLogout
from files.models import Entry, Folder, PendingUpload
from tests import people
from tests.files.conftest import registered
from tests.wire.client import Wire, told
from tests.wire.test_presign import BODY, INLINE, TYPE, one, put

DOOR = "/upload/confirm"


@pytest.fixture(autouse=True)
def team(mark, bucket):
    return people.assign(mark, bucket, root="team/")


def named(bucket, name="plan for May.txt", path=""):
    return {"bucketId": str(bucket.pk), "path": path, "filename": name}


def uploaded(wire, *asked):
    for row in wire.post("/upload/presign", list(asked)).json():
        assert put(row["presignedUrl"], TYPE, INLINE) == 200


def test_tells_what_arrived_and_settles_it(marks, mark, bucket, store):
    uploaded(marks, one(bucket, path="sub"))

    (told_,) = marks.post(DOOR, [named(bucket, path="sub")]).json()

    etag = told_.pop("etag")
    assert told_ == {"filename": "plan for May.txt", "present": True, "size": len(BODY)}
    assert len(etag) == 32
    assert PendingUpload.objects.get().state == "confirmed"
    entry = AuditEntry.objects.get(operation="upload_confirmed")
    assert (entry.path, entry.actor_id) == ("team/sub/plan for May.txt", mark.pk)


def test_makes_the_folder_right_for_good(marks, bucket, store):
    uploaded(marks, one(bucket))
    marks.get(f"/buckets/{bucket.pk}/files")
    generation = Folder.objects.get(path="team/").generation

    marks.post(DOOR, [named(bucket)])

    assert Folder.objects.get(path="team/").generation > generation
    first, second = (marks.get(f"/buckets/{bucket.pk}/files").json() for _ in range(2))
    assert first["items"] == second["items"]
    assert (len(first["items"]), second["fromCache"]) == (1, True)


def test_tells_that_nothing_arrived_and_settles_nothing(marks, bucket):
    marks.post("/upload/presign", [one(bucket)])

    assert marks.post(DOOR, [named(bucket)]).json() == [
        {"filename": "plan for May.txt", "present": False, "size": None, "etag": None}
    ]
    assert PendingUpload.objects.get().state == "signed"


def test_takes_another_file_of_that_name_for_what_it_is(marks, bucket, store):
    marks.post("/upload/presign", [one(bucket)])
    store.put("team/plan for May.txt", b"something else entirely")

    (told_,) = marks.post(DOOR, [named(bucket)]).json()

    assert (told_["present"], told_["size"]) == (True, 23)
    assert PendingUpload.objects.get().state == "abandoned"
    assert not AuditEntry.objects.filter(operation="upload_confirmed").exists()


def test_settles_nothing_of_others(marks, mark, rita, bucket, store):
    people.assign(rita, bucket, root="team/")
    ritas = Wire()
    ritas.sign_in(rita.email)
    uploaded(ritas, one(bucket))

    assert marks.post(DOOR, [named(bucket)]).json()[0]["present"] is True
    assert PendingUpload.objects.get().state == "signed"


def test_answers_in_order_over_several_buckets_and_again_alike(marks, mark, bucket, store):
    shop = registered(store, display_name="Shop")
    people.assign(mark, shop, root="shop/")
    uploaded(marks, one(bucket, "1.txt"), one(shop, "2.txt"), one(bucket, "3.txt", path="a"))
    asked = [
        named(shop, "2.txt"),
        named(bucket, "no.txt"),
        named(bucket, "3.txt", "a"),
        named(bucket, "1.txt"),
        named(shop, "2.txt"),
    ]

    first, second = (marks.post(DOOR, asked).json() for _ in range(2))

    assert first == second
    assert [row["present"] for row in first] == [True, False, True, True, True]
    assert AuditEntry.objects.filter(operation="upload_confirmed").count() == 3


def test_tells_of_an_older_upload_too(marks, bucket, store):
    uploaded(marks, one(bucket))
    PendingUpload.objects.update(signed_at=timezone.now() - timedelta(hours=1))

    assert marks.post(DOOR, [named(bucket)]).json()[0]["present"] is True


@pytest.mark.parametrize(
    "body", [{}, ["x"], [{}], [{"bucketId": "x", "path": ""}], [{"path": "", "filename": "x"}]], ids=str
)
def test_refuses_what_is_no_list_of_files(marks, body):
    assert told(marks.post(DOOR, body)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("name", ["", "a/b", "..", "a\x01", "%2e%2e"])
def test_refuses_a_name_that_is_none(marks, bucket, name):
    assert told(marks.post(DOOR, [named(bucket, name)])) == (400, "VALIDATION_ERROR")
    assert not ForceLogout.objects.exists()


def test_throws_out_whoever_leaves_their_folder(marks, bucket):
    assert told(marks.post(DOOR, [named(bucket), named(bucket, path="../x")])) == (401, "FORCE_LOGGED_OUT")
    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")


def test_refuses_more_than_it_takes(marks, bucket):
    assert told(marks.post(DOOR, [named(bucket)] * 2_001)) == (400, "VALIDATION_ERROR")


def test_is_for_whom_the_bucket_is_assigned(wire, uma, bucket):
    assert told(Wire().post(DOOR, [named(bucket)])) == (401, "UNAUTHORIZED")
    wire.sign_in(uma.email)
    assert told(wire.post(DOOR, [named(bucket)])) == (404, "NOT_FOUND")
    assert not Entry.objects.exists()


def test_counts_a_batch_before_it_looks_at_each_file(marks):
    answer = marks.post(DOOR, [{}] * 2_001)

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert "2,000 are the limit" in answer.json()["message"]
