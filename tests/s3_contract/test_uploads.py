"""An upload as it was signed succeeds, and every deviation is refused by the store itself."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from buckets.s3.links import presign_get, presign_put
from tests.s3_contract.browser import BODY, PATH, TYPE, assert_refused, changed, now, send, signed
from tests.s3_contract.conftest import Place


def test_takes_an_upload_as_it_was_signed(place: Place) -> None:
    upload = signed(place)
    assert send("PUT", upload.url, BODY, upload.headers)[0] == 200
    assert place.stored(PATH) == BODY
    facts = place.server.sdk.head_object(Bucket=place.name, Key=PATH)
    assert (facts["ContentType"], facts["ContentDisposition"]) == (TYPE, "inline")


def test_takes_an_empty_file(place: Place) -> None:
    upload = signed(place, size=0)
    assert send("PUT", upload.url, b"", upload.headers)[0] == 200
    assert place.stored(PATH) == b""


def test_takes_the_same_upload_again_while_it_is_valid(place: Place) -> None:
    upload = signed(place)
    assert [send("PUT", upload.url, BODY, upload.headers)[0] for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "wrong",
    [{"content_type": "text/html"}, {"content_type": None}, {"content_type": "application/pdf; x=1"}],
    ids=["another", "none", "longer"],
)
def test_refuses_another_type(place: Place, wrong: dict[str, str | None]) -> None:
    upload = signed(place)
    assert_refused(place, send("PUT", upload.url, BODY, changed(upload.headers, **wrong)))


@pytest.mark.parametrize("wrong", [{"content_disposition": None}, {"content_disposition": "attachment"}])
def test_refuses_another_disposition(place: Place, wrong: dict[str, str | None]) -> None:
    upload = signed(place)
    assert_refused(place, send("PUT", upload.url, BODY, changed(upload.headers, **wrong)))


@pytest.mark.parametrize(
    "body", [BODY + b"!", BODY[:-1], b"", BODY * 1000], ids=["longer", "shorter", "empty", "huge"]
)
def test_refuses_another_length(place: Place, body: bytes) -> None:
    upload = signed(place)
    assert_refused(place, send("PUT", upload.url, body, upload.headers))


def test_refuses_an_expired_link(place: Place) -> None:
    upload = signed(place, at=now() - timedelta(seconds=301))
    assert_refused(place, send("PUT", upload.url, BODY, upload.headers), "AccessDenied", "ExpiredToken")


def test_refuses_a_link_that_expired_meanwhile(place: Place) -> None:
    key = place.reach.file(PATH)
    upload = presign_put(
        place.reach, key, size=len(BODY), content_type=TYPE, create_only=False, expires=1, now=now()
    )
    time.sleep(2.2)
    assert_refused(place, send("PUT", upload.url, BODY, upload.headers), "AccessDenied", "ExpiredToken")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"press%20kit/", "press%20kot/"),
        (r"X-Amz-Signature=(.)", lambda found: f"X-Amz-Signature={'0' if found[1] != '0' else '1'}"),
        (r"X-Amz-Expires=300", "X-Amz-Expires=3000"),
        (r"X-Amz-Date=(\d{4})", lambda found: f"X-Amz-Date={int(found[1]) - 1}"),
        (r"content-length%3B", ""),
        (r"content-type%3B", ""),
        (r"%2Faws4_request", "%2Faws5_request"),
        (r"&X-Amz-Signature=[0-9a-f]+", ""),
    ],
    ids=["key", "signature", "expiry", "date", "length unsigned", "type unsigned", "scope", "no signature"],
)
def test_refuses_a_link_that_was_changed(place: Place, pattern: str, replacement: str) -> None:
    upload = signed(place)
    tampered, count = re.subn(pattern, replacement, upload.url, count=1)
    assert count == 1
    status, body = send("PUT", tampered, BODY, upload.headers)
    assert status in (400, 403), body
    assert "<Code>" in body
    assert [listed["Key"] for listed in _contents(place)] == []


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "HEAD"])
def test_refuses_an_upload_link_for_anything_else(place: Place, method: str) -> None:
    place.put(PATH, BODY)
    upload = signed(place)
    status, _ = send(method, upload.url, None, upload.headers)
    assert status in (400, 403, 405)
    assert place.stored(PATH) == BODY


def test_refuses_a_reading_link_for_writing(place: Place) -> None:
    link = presign_get(
        place.reach, place.reach.file(PATH), expires=60, disposition="inline", content_type=TYPE, now=now()
    )
    assert_refused(place, send("PUT", link, BODY))


def test_refuses_a_key_it_does_not_know(place: Place) -> None:
    reach = place.connected(access_key_id="AKIAUNKNOWNUNKNOWN00")
    upload = presign_put(
        reach, reach.file(PATH), size=len(BODY), content_type=TYPE, create_only=False, now=now()
    )
    assert_refused(place, send("PUT", upload.url, BODY, upload.headers), "InvalidAccessKeyId", "AccessDenied")


def test_refuses_a_secret_that_is_not_the_keys(place: Place) -> None:
    reach = place.connected(secret_access_key="not the secret")
    upload = presign_put(
        reach, reach.file(PATH), size=len(BODY), content_type=TYPE, create_only=False, now=now()
    )
    assert_refused(place, send("PUT", upload.url, BODY, upload.headers), "SignatureDoesNotMatch")


@pytest.mark.needs("unsigned headers refused")
def test_refuses_amazon_headers_that_were_not_signed(place: Place) -> None:
    upload = signed(place)
    assert_refused(place, send("PUT", upload.url, BODY, {**upload.headers, "x-amz-meta-owner": "eve"}))


class TestCreateOnly:
    def test_takes_a_new_file(self, place: Place) -> None:
        upload = signed(place, create_only=True)
        assert send("PUT", upload.url, BODY, upload.headers)[0] == 200

    def test_refuses_to_overwrite(self, place: Place) -> None:
        place.put(PATH, b"first")
        upload = signed(place, create_only=True)
        status, body = send("PUT", upload.url, BODY, upload.headers)
        assert (status, "PreconditionFailed" in body) == (412, True)
        assert place.stored(PATH) == b"first"

    def test_refuses_to_leave_the_condition_out(self, place: Place) -> None:
        upload = signed(place, create_only=True)
        assert_refused(place, send("PUT", upload.url, BODY, changed(upload.headers, if_none_match=None)))


@pytest.mark.needs("access log")
def test_leaves_its_refusals_in_the_stores_own_log(place: Place) -> None:
    upload = signed(place)
    deviations = {
        "type": send("PUT", upload.url, BODY, changed(upload.headers, content_type="text/html")),
        "length": send("PUT", upload.url, BODY + b"!", upload.headers),
        "method": send("DELETE", upload.url),
        "right": send("PUT", upload.url, BODY, upload.headers),
    }
    assert [status for status, _ in deviations.values()] == [403, 403, 403, 200]
    log = place.server.log
    assert log is not None, "this server writes no log"
    expected = [("PUT", "403"), ("PUT", "403"), ("DELETE", "403"), ("PUT", "200")]
    assert logged(log, place.name, count=len(expected)) == expected


def logged(log: Path, bucket: str, *, count: int) -> list[tuple[str, str]]:
    """Method and status of the requests to objects of this bucket; the server writes them a moment after it answers."""
    until = time.monotonic() + 5
    while True:
        lines = re.findall(rf'"(PUT|DELETE) /{bucket}/\S+ HTTP/1\.1" (\d+)', log.read_text(errors="replace"))
        if len(lines) >= count or time.monotonic() > until:
            return lines
        time.sleep(0.05)


def _contents(place: Place) -> list[dict[str, str]]:
    return list(place.server.sdk.list_objects_v2(Bucket=place.name).get("Contents", []))
