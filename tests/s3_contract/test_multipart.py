"""Uploads in parts, by a signed link for each."""

import pytest

from buckets.s3.address import address_of
from buckets.s3.clients import signer_of
from tests.s3_contract.browser import PATH, TYPE, assert_refused, now, send
from tests.s3_contract.conftest import Place


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
