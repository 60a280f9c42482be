"""POST /upload/presign."""

from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.models import AuditEntry, ForceLogout
from buckets.models import Assignment
from files.models import PendingUpload
from tests import people
from tests.files.conftest import registered
from tests.wire.client import Wire, told

DOOR = "/upload/presign"
CDN = "https://cdn.example.org"
BODY = b"twenty bytes, or so."
TYPE, INLINE, ONCE = {"Content-Type": "text/plain"}, {"Content-Disposition": "inline"}, {"If-None-Match": "*"}


@pytest.fixture(autouse=True)
def team(mark, bucket):
    return people.assign(mark, bucket, root="team/")


def one(bucket, name="plan for May.txt", **more):
    return {
        "bucketId": str(bucket.pk), "path": "", "filename": name, "size": len(BODY), "contentType": "text/plain", **more
    }  # fmt: skip


def put(url, *headers, body=BODY, method="PUT"):
    """What S3 answers to exactly these headers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    connection.putrequest(method, f"{parts.path}?{parts.query}", skip_accept_encoding=True)
    sent = {"Content-Length": str(len(body))}
    for more in headers:
        sent.update(more)
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


def listed(wire, bucket, **query):
    rows = wire.get(f"/buckets/{bucket.pk}/files?{urlencode(query)}").json()["items"]
    return sorted(row["resource_name"] for row in rows)


def test_signs_an_upload_that_a_client_puts_as_it_always_did(marks, bucket, store):
    (signed,) = marks.post(DOOR, [one(bucket)]).json()

    assert set(signed) == {"presignedUrl", "cloudfrontUrl", "thumbnailUrl", "filename"}
    assert signed["filename"] == "plan for May.txt"
    assert put(signed["presignedUrl"], TYPE, INLINE) == 200
    assert store.keys() == {"team/plan for May.txt"}
    assert put(signed["cloudfrontUrl"], body=b"", method="GET") == 200
    assert parse_qs(urlsplit(signed["cloudfrontUrl"]).query)["X-Amz-Expires"] == [str(7 * 24 * 3600)]
    query = parse_qs(urlsplit(signed["presignedUrl"]).query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-SignedHeaders"] == ["content-disposition;content-length;content-type;host"]


DEVIATIONS = {
    "another type": ([{"Content-Type": "text/html"}, INLINE], BODY, "PUT"),
    "no type": ([INLINE], BODY, "PUT"),
    "another disposition": ([TYPE, {"Content-Disposition": "attachment"}], BODY, "PUT"),
    "no disposition": ([TYPE], BODY, "PUT"),
    "longer": ([TYPE, INLINE], BODY + b"!", "PUT"),
    "shorter": ([TYPE, INLINE], BODY[:-1], "PUT"),
    "deleting": ([TYPE, INLINE], b"", "DELETE"),
    "reading": ([TYPE, INLINE], b"", "GET"),
}


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_signs_nothing_else(marks, bucket, store, deviation):
    headers, body, method = DEVIATIONS[deviation]
    (signed,) = marks.post(DOOR, [one(bucket)]).json()

    assert put(signed["presignedUrl"], *headers, body=body, method=method) == 403
    assert store.keys() == set()


def test_shows_the_file_in_the_listing_at_once(marks, bucket, store):
    store.put("team/sub/old.txt")
    assert listed(marks, bucket, prefix="sub") == ["old.txt"]
    (signed,) = marks.post(DOOR, [one(bucket, path="sub/")]).json()
    assert listed(marks, bucket, prefix="sub") == ["old.txt"]

    assert put(signed["presignedUrl"], TYPE, INLINE) == 200

    assert listed(marks, bucket, prefix="sub") == ["old.txt", "plan for May.txt"]


def test_shows_a_new_folder_above_the_file_at_once(marks, bucket, store):
    store.put("team/old.txt")
    assert listed(marks, bucket) == ["old.txt"]
    (signed,) = marks.post(DOOR, [one(bucket, path="new/sub/")]).json()
    assert listed(marks, bucket) == ["old.txt"]

    assert put(signed["presignedUrl"], TYPE, INLINE) == 200

    assert listed(marks, bucket) == ["new", "old.txt"]
    assert listed(marks, bucket, prefix="new/sub") == ["plan for May.txt"]


def test_keeps_the_order_over_several_buckets(marks, mark, bucket, store):
    shop = registered(store, display_name="Shop", cloudfront_base_url=f"{CDN}/")
    people.assign(mark, shop, root="shop/")
    asked = [
        one(bucket, "1.jpg", path="a"),
        one(shop, "2 x.jpg"),
        one(bucket, "3.jpg", path="a/b/"),
        one(shop, "4.jpg", path="c"),
    ]

    signed = marks.post(DOOR, asked).json()

    assert [row["filename"] for row in signed] == ["1.jpg", "2 x.jpg", "3.jpg", "4.jpg"]
    assert [urlsplit(row["presignedUrl"]).path.removeprefix(f"/{store.name}") for row in signed] == [
        "/team/a/1.jpg", "/shop/2%20x.jpg", "/team/a/b/3.jpg", "/shop/c/4.jpg"
    ]  # fmt: skip
    assert (signed[1]["cloudfrontUrl"], signed[1]["thumbnailUrl"]) == (
        f"{CDN}/shop/2%20x.jpg",
        f"{CDN}/shop/t-2%20x.jpg",
    )
    assert all(row["thumbnailUrl"] for row in signed)
    assert PendingUpload.objects.count() == AuditEntry.objects.filter(operation="upload_signed").count() == 4
    assert set(AuditEntry.objects.values_list("bucket_code", flat=True)) >= {
        bucket.system_code,
        shop.system_code,
    }


def test_overwrites_where_one_may_and_writes_that_down(marks, bucket, store):
    store.put("team/plan for May.txt", b"old")

    (signed,) = marks.post(DOOR, [one(bucket)]).json()

    assert put(signed["presignedUrl"], TYPE, INLINE) == 200
    assert AuditEntry.objects.filter(operation="overwrite_signed", outcome="done").count() == 1
    assert PendingUpload.objects.get().overwrites


def test_refuses_a_taken_name_to_whom_may_not_overwrite(marks, bucket, store, team):
    store.put("team/plan for May.txt", b"old")
    Assignment.objects.update(allow_overwrite=False)

    answer = marks.post(DOOR, [one(bucket, "new.txt"), one(bucket)])

    assert told(answer) == (409, "ALREADY_EXISTS")
    assert "plan for May.txt" in answer.json()["message"]
    assert not PendingUpload.objects.exists()
    entry = AuditEntry.objects.get(operation="overwrite_signed")
    assert (entry.outcome, entry.path) == ("refused", "team/plan for May.txt")
    assert marks.post(DOOR, [one(bucket, "new.txt")]).status_code == 200


def test_refuses_a_name_that_was_taken_in_a_new_folder_just_now(marks, bucket, store):
    assert listed(marks, bucket) == []
    Assignment.objects.update(allow_overwrite=False)
    (signed,) = marks.post(DOOR, [one(bucket, path="new/sub/")]).json()
    assert put(signed["presignedUrl"], TYPE, INLINE) == 200

    assert told(marks.post(DOOR, [one(bucket), one(bucket, path="new/sub/")])) == (409, "ALREADY_EXISTS")
    assert marks.post(DOOR, [one(bucket), one(bucket, "other.txt", path="new/sub/")]).status_code == 200


def test_looks_for_certain_where_one_may_not_overwrite(marks, bucket, store, monkeypatch):
    from buckets.s3 import lister
    from files import existence

    store.put_many([f"team/{letter}" for letter in "abcdz"])
    Assignment.objects.update(allow_overwrite=False)
    page = lister.folders._page
    monkeypatch.setattr(lister.folders, "_page", lambda *given, **more: page(*given, **{**more, "keys": 2}))
    monkeypatch.setattr(existence, "_HEAD_LIMIT", 0)

    assert told(marks.post(DOOR, [one(bucket, "y"), one(bucket, "z")])) == (409, "ALREADY_EXISTS")
    assert marks.post(DOOR, [one(bucket, "y"), one(bucket, "x")]).status_code == 200


class TestCreateOnly:
    def test_has_s3_refuse_a_name_that_is_taken_meanwhile(self, marks, bucket, store):
        (signed,) = marks.post(DOOR, [one(bucket, createOnly=True)]).json()
        assert "if-none-match" in signed["presignedUrl"]

        assert put(signed["presignedUrl"], TYPE, INLINE) == 403
        assert put(signed["presignedUrl"], TYPE, INLINE, ONCE) == 200
        assert put(signed["presignedUrl"], TYPE, INLINE, ONCE) == 412

    def test_refuses_a_name_that_is_taken_already(self, marks, bucket, store):
        store.put("team/plan for May.txt", b"old")

        assert told(marks.post(DOOR, [one(bucket, createOnly=True)])) == (409, "ALREADY_EXISTS")


def test_signs_nothing_when_one_file_is_refused(marks, bucket):
    answer = marks.post(DOOR, [one(bucket), one(bucket, "big.mov", size=26 * 1024 * 1024)])

    assert told(answer) == (400, "FILE_TOO_LARGE")
    assert "big.mov" in answer.json()["message"]
    assert answer.json()["details"]["field"] == "size"
    assert not PendingUpload.objects.exists()
    assert not AuditEntry.objects.filter(operation="upload_signed").exists()


@pytest.mark.parametrize(
    "name", ["", "..", ".", "a..b", "../x", "a/b", "/a", "a/", "a\\..", "%2e%2e", "a\x01b", "x" * 1100]
)
def test_refuses_a_name_that_is_none_and_throws_nobody_out(marks, bucket, name):
    answer = marks.post(DOOR, [one(bucket), one(bucket, name)])

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["message"].startswith("Invalid filename: ")
    assert answer.json()["details"]["field"] == "filename"
    assert not ForceLogout.objects.exists()
    assert not PendingUpload.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"size": -1}, {"size": 1.0}, {"size": "1"}, {"size": True}, {"size": None}, {"contentType": "text"},
     {"contentType": "text/plain\r\nx: y"}, {"contentType": 1}, {"contentType": "x/" + "y" * 300}, {"path": None},
     {"path": 7}, {"path": "a//b"}, {"path": "/a"}, {"path": "a\x01"}, {"filename": None}, {"filename": 5},
     {"createOnly": "yes"}, {"createOnly": 1}, {"bucketId": 7}, {"bucketId": None}],
    ids=str,
)  # fmt: skip
def test_refuses_what_makes_no_sense_and_names_it(marks, bucket, wrong):
    answer = marks.post(DOOR, [one(bucket, **wrong)])

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"]["field"] == next(iter(wrong))
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("body", [{}, {"files": []}, [None], [[]], ["x"], [{}]], ids=str)
def test_refuses_what_is_no_list_of_files(marks, body):
    assert told(marks.post(DOOR, body)) == (400, "VALIDATION_ERROR")


def test_signs_nothing_for_nothing(marks):
    answer = marks.post(DOOR, [])

    assert (answer.status_code, answer.json()) == (200, [])


def test_refuses_types_the_bucket_does_not_take(marks, bucket):
    bucket.allowed_types = ["image/*"]
    bucket.save()

    assert told(marks.post(DOOR, [one(bucket)])) == (400, "VALIDATION_ERROR")
    assert marks.post(DOOR, [one(bucket, contentType="image/png")]).status_code == 200


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", ""])
def test_takes_active_types_and_none(marks, bucket, kind):
    (signed,) = marks.post(DOOR, [one(bucket, contentType=kind)]).json()

    assert put(signed["presignedUrl"], {"Content-Type": kind or "application/octet-stream"}, INLINE) == 200


def test_refuses_two_files_of_one_name(marks, bucket):
    assert told(marks.post(DOOR, [one(bucket), one(bucket)])) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(("there", "wanted"), [("a.jpg", "t-a.jpg"), ("t-a.jpg", "a.jpg")])
def test_keeps_thumbnails_names_for_thumbnails(marks, bucket, store, there, wanted):
    store.put(f"team/{there}")

    assert told(marks.post(DOOR, [one(bucket, wanted)])) == (409, "RESERVED_NAME")


@pytest.mark.parametrize("path", ["..", "../finance", "a/../../x", "%2e%2e/", "..\\x"])
def test_throws_out_whoever_leaves_their_folder(marks, bucket, path):
    answer = marks.post(DOOR, [one(bucket), one(bucket, path=path)])

    assert told(answer) == (401, "FORCE_LOGGED_OUT")
    assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")
    assert AuditEntry.objects.get(operation="violation").bucket_code == bucket.system_code
    assert not PendingUpload.objects.exists()


def test_refuses_whom_it_is_not_allowed_and_writes_down_where(marks, mark, bucket, store):
    shop = registered(store, display_name="Shop")
    people.assign(mark, shop, root="shop/", allow_upload=False)

    assert told(marks.post(DOOR, [one(shop), one(bucket)])) == (403, "FORBIDDEN")
    entry = AuditEntry.objects.get(operation="upload_signed")
    assert (entry.outcome, entry.bucket_code) == ("refused", shop.system_code)
    assert not PendingUpload.objects.exists()


@pytest.mark.parametrize("which", ["unassigned", "unknown", "no id"])
def test_signs_nothing_when_one_bucket_is_not_ones_own(marks, bucket, which):
    other = {
        "unassigned": str(people.press_bucket(display_name="Shop").pk),
        "unknown": "00000000-0000-4000-8000-000000000000",
        "no id": "press",
    }[which]

    assert told(marks.post(DOOR, [one(bucket), one(bucket, bucketId=other)])) == (404, "NOT_FOUND")
    assert not PendingUpload.objects.exists()


def test_refuses_more_than_it_takes(marks, bucket):
    answer = marks.post(DOOR, [one(bucket, f"{number}.txt") for number in range(2_001)])

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert "2,000 are the limit" in answer.json()["message"]


def test_asks_few_questions_for_many_files(marks, bucket, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        signed = marks.post(
            DOOR, [one(bucket, f"{number}.txt", path=f"new/{number % 7}") for number in range(200)]
        )

    assert len({row["presignedUrl"] for row in signed.json()}) == 200


def test_is_for_nobody_without_credentials(bucket):
    assert told(Wire().post(DOOR, [one(bucket)])) == (401, "UNAUTHORIZED")


def test_counts_a_batch_before_it_looks_at_each_file(marks):
    answer = marks.post(DOOR, [{}] * 2_001)

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert "2,000 are the limit" in answer.json()["message"]
