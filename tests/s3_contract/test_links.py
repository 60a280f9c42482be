"""What was signed is what happens: an upload as signed succeeds, and every deviation is refused by the store itself."""

import http.client
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from buckets.s3.address import address_of
from buckets.s3.clients import signer_of
from buckets.s3.links import SignedUpload, presign_get, presign_put
from tests.s3_contract.conftest import Place

BODY = b"%PDF-1.7 some twenty bytes"
TYPE = "application/pdf"
PATH = "press kit/ü #1 100%+.pdf"


def now() -> datetime:
    return datetime.now(UTC)


def send(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Sends exactly these headers, besides host and length; answers status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def signed(
    place: Place, *, size: int = len(BODY), create_only: bool = False, at: datetime | None = None
) -> SignedUpload:
    return presign_put(
        place.reach,
        place.reach.file(PATH),
        size=size,
        content_type=TYPE,
        create_only=create_only,
        now=at or now(),
    )


def changed(headers: Mapping[str, str], **changes: str | None) -> dict[str, str]:
    """The headers with some replaced, or left out where the value is None (`content_type=` is Content-Type)."""
    wanted = {**headers, **{name.replace("_", "-").title(): value for name, value in changes.items()}}
    return {name: value for name, value in wanted.items() if value is not None}


def assert_refused(place: Place, answer: tuple[int, str], *codes: str) -> None:
    """The store itself said no, with its own word for it, and stored nothing."""
    status, body = answer
    found = re.search("<Code>([A-Za-z]+)</Code>", body)
    assert status == 403, body
    assert found, body
    assert found[1] in (codes or ("SignatureDoesNotMatch", "AccessDenied")), body
    assert place.stored(PATH) is None


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


class TestReading:
    def link(
        self, place: Place, content_type: str = "image/png", expires: int = 60, at: datetime | None = None
    ) -> str:
        return presign_get(
            place.reach,
            place.reach.file(PATH),
            expires=expires,
            disposition="inline",
            content_type=content_type,
            now=at or now(),
        )

    def headers(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, BODY)
        connection.close()
        return {name.lower(): value for name, value in response.getheaders()}

    def test_gives_the_type_and_name_that_were_signed(self, place: Place) -> None:
        place.put(PATH, BODY, ContentType="text/html")
        given = self.headers(self.link(place))
        assert given["content-type"].partition(";")[0] == "image/png"
        assert given["content-disposition"] == "inline; filename*=UTF-8''%C3%BC%20%231%20100%25%2B.pdf"

    @pytest.mark.parametrize(
        "active", ["image/svg+xml", "text/html", "application/xhtml+xml", "text/javascript", ""]
    )
    def test_never_opens_what_may_run(self, place: Place, active: str) -> None:
        place.put(PATH, BODY, ContentType="text/html")
        assert self.headers(self.link(place, active))["content-disposition"].startswith("attachment;")

    @pytest.mark.parametrize(
        ("pattern", "replacement"),
        [
            (r"response-content-type=image%2Fpng", "response-content-type=text%2Fhtml"),
            (r"response-content-disposition=inline", "response-content-disposition=attachment"),
            (r"&?response-content-disposition=[^&]*", ""),
            (r"press%20kit", "press%20kot"),
            (r"X-Amz-Expires=60", "X-Amz-Expires=604800"),
        ],
    )
    def test_refuses_a_link_that_was_changed(self, place: Place, pattern: str, replacement: str) -> None:
        place.put(PATH, BODY)
        tampered, count = re.subn(pattern, replacement, self.link(place), count=1)
        assert count == 1
        status, body = send("GET", tampered)
        assert (status, "SignatureDoesNotMatch" in body) == (403, True)

    def test_refuses_an_expired_link(self, place: Place) -> None:
        place.put(PATH, BODY)
        assert send("GET", self.link(place, at=now() - timedelta(seconds=61)))[0] == 403

    def test_is_valid_for_seven_days(self, place: Place) -> None:
        place.put(PATH, BODY)
        week = 7 * 24 * 3600
        assert send("GET", self.link(place, expires=week, at=now() - timedelta(seconds=week - 60)))[0] == 200

    def test_refuses_somebody_without_a_link(self, place: Place) -> None:
        place.put(PATH, BODY)
        assert send("GET", self.link(place).partition("?")[0])[0] == 403


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


def test_uploads_in_parts_by_signed_links(place: Place) -> None:
    part_size = 5 * 1024 * 1024
    answer, parts = upload_in_parts(place, [b"a" * part_size, b"b" * 10])
    assert answer[0] == 200
    assert len(parts) == 2
    stored = place.stored(PATH)
    assert stored is not None
    assert (len(stored), stored[-11:]) == (part_size + 10, b"a" + b"b" * 10)


@pytest.mark.needs("small parts refused")
def test_refuses_small_parts_before_the_last(place: Place) -> None:
    (status, body), _ = upload_in_parts(place, [b"a" * 100, b"b" * 100])
    assert (status, "EntityTooSmall" in body) == (400, True)


def test_refuses_a_part_with_another_number(place: Place) -> None:
    sdk = place.server.sdk
    started = sdk.create_multipart_upload(Bucket=place.name, Key=PATH)["UploadId"]
    url = part_link(place, started, 1, 3).replace("partNumber=1", "partNumber=2")
    assert_refused(place, send("PUT", url, b"abc"))
    sdk.abort_multipart_upload(Bucket=place.name, Key=PATH, UploadId=started)


def part_link(place: Place, upload: str, number: int, size: int) -> str:
    return signer_of(place.reach.connection).presign(
        "PUT",
        address_of(place.reach.connection),
        key=PATH,
        expires=60,
        now=now(),
        parameters={"partNumber": str(number), "uploadId": upload},
        headers={"content-length": str(size)},
    )


def upload_in_parts(place: Place, bodies: list[bytes]) -> tuple[tuple[int, str], list[str]]:
    """Uploads each body as one part by a signed link, and asks the store to join them."""
    sdk = place.server.sdk
    upload = sdk.create_multipart_upload(Bucket=place.name, Key=PATH, ContentType=TYPE)["UploadId"]
    for number, body in enumerate(bodies, start=1):
        assert send("PUT", part_link(place, upload, number, len(body)), body)[0] == 200
    parts = sdk.list_parts(Bucket=place.name, Key=PATH, UploadId=upload)["Parts"]
    joined = {"Parts": [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]}
    try:
        sdk.complete_multipart_upload(Bucket=place.name, Key=PATH, UploadId=upload, MultipartUpload=joined)
    except sdk.exceptions.ClientError as error:
        sdk.abort_multipart_upload(Bucket=place.name, Key=PATH, UploadId=upload)
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return (status, error.response["Error"]["Code"]), []
    return (200, ""), [part["ETag"] for part in parts]


def _contents(place: Place) -> list[dict[str, str]]:
    return list(place.server.sdk.list_objects_v2(Bucket=place.name).get("Contents", []))
