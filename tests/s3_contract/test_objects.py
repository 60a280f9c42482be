"""Single objects: facts, pieces, deleting, the archive; and each refusal of the store in our words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest

from buckets.s3 import lister, objects, transport
from buckets.s3.address import address_of
from buckets.s3.clients import signer_of
from buckets.s3.errors import (
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    ObjectArchived,
    ObjectMissing,
    S3AccessDenied,
    WrongRegion,
)
from buckets.s3.listing_request import listing_request
from tests.s3_contract.conftest import Place

BODY = bytes(range(256)) * 4


def test_knows_what_is_stored(place: Place) -> None:
    place.put("a.bin", BODY, ContentType="image/png")
    facts = objects.head(place.reach, place.reach.file("a.bin"))
    assert (facts.size, facts.etag, facts.content_type) == (len(BODY), md5(BODY).hexdigest(), "image/png")
    assert (facts.storage_class, facts.restore) == ("STANDARD", "")
    assert abs(datetime.now(UTC) - facts.modified_at) < timedelta(minutes=2)


def test_agrees_with_the_listing(place: Place) -> None:
    place.put("a.bin", BODY)
    facts = objects.head(place.reach, place.reach.file("a.bin"))
    (page,) = lister.folder_pages(place.reach, place.reach.folder(""))
    (listed,) = page.files
    assert (listed.size, listed.etag, listed.storage_class) == (facts.size, facts.etag, facts.storage_class)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 10, BODY[:10]),
        (500, 100, BODY[500:600]),
        (1000, 100, BODY[1000:]),
        (0, 10_000, BODY),
        (1024, 10, b""),
        (5000, 1, b""),
    ],
)
def test_reads_a_piece(place: Place, start: int, length: int, expected: bytes) -> None:
    place.put("a.bin", BODY)
    assert objects.get_range(place.reach, place.reach.file("a.bin"), start=start, length=length) == expected


def test_reads_nothing_of_an_empty_file(place: Place) -> None:
    place.put("empty", b"")
    assert objects.head(place.reach, place.reach.file("empty")).size == 0
    assert objects.get_range(place.reach, place.reach.file("empty"), start=0, length=100) == b""


def test_says_that_an_object_is_missing(place: Place) -> None:
    key = place.reach.file("gone")
    with pytest.raises(ObjectMissing):
        objects.head(place.reach, key)
    with pytest.raises(ObjectMissing):
        objects.get_range(place.reach, key, start=0, length=1)


def test_counts_what_is_not_there_as_deleted(place: Place) -> None:
    place.put("there")
    outcomes = objects.delete_many(place.reach, [place.reach.file("gone"), place.reach.file("there")])
    assert [(outcome.key.text, outcome.deleted) for outcome in outcomes] == [("gone", True), ("there", True)]
    assert place.stored("there") is None


def test_deletes_a_folders_marker_and_nothing_below_it(place: Place) -> None:
    place.put("folder/", b"")
    place.put("folder/a")
    assert objects.delete_many(place.reach, [place.reach.folder("folder")])[0].deleted
    assert place.stored("folder/") is None
    assert place.stored("folder/a") == b"content"


def test_never_deletes_a_root(place: Place) -> None:
    place.put("a")
    with pytest.raises(ValueError, match="root"):
        objects.delete_many(place.reach, [place.reach.folder("")])
    assert place.stored("a") == b"content"


@pytest.mark.needs("archive")
def test_knows_an_archived_object(place: Place) -> None:
    place.put("cold.mov", BODY, StorageClass="GLACIER")
    key = place.reach.file("cold.mov")
    assert objects.head(place.reach, key).storage_class == "GLACIER"
    (page,) = lister.folder_pages(place.reach, place.reach.folder(""))
    assert [file.storage_class for file in page.files] == ["GLACIER"]
    with pytest.raises(ObjectArchived):
        objects.get_range(place.reach, key, start=0, length=1)


class TestRefusals:
    def test_a_bucket_that_does_not_exist(self, place: Place) -> None:
        reach = place.connected(bucket_name=f"{place.name}-gone")
        with pytest.raises(BucketMissing):
            list(lister.folder_pages(reach, reach.folder("")))
        with pytest.raises(BucketMissing):
            objects.delete_many(reach, [reach.file("a")])

    def test_a_bucket_deleted_under_us(self, place: Place) -> None:
        list(lister.folder_pages(place.reach, place.reach.folder("")))
        place.server.sdk.delete_bucket(Bucket=place.name)
        try:
            with pytest.raises(BucketMissing):
                list(lister.folder_pages(place.reach, place.reach.folder("")))
        finally:
            place.server.sdk.create_bucket(Bucket=place.name)

    def test_a_key_nobody_knows(self, place: Place) -> None:
        reach = place.connected(access_key_id="AKIAUNKNOWNUNKNOWN00")
        with pytest.raises(BadCredentials) as refused:
            list(lister.folder_pages(reach, reach.folder("")))
        assert refused.value.code == "InvalidAccessKeyId"

    def test_a_secret_of_another_key(self, place: Place) -> None:
        place.put("a")
        reach = place.connected(secret_access_key="another")
        with pytest.raises(BadCredentials) as refused:
            list(lister.folder_pages(reach, reach.folder("")))
        assert refused.value.code == "SignatureDoesNotMatch"
        with pytest.raises(BadCredentials):
            objects.delete_many(reach, [reach.file("a")])
        with pytest.raises(S3AccessDenied):
            objects.head(reach, reach.file("a"))
        assert place.stored("a") == b"content"

    @pytest.mark.parametrize("minutes", [-20, 20])
    def test_a_clock_that_is_wrong(self, place: Place, minutes: int) -> None:
        reach = place.reach
        url, headers = listing_request(
            signer_of(reach.connection),
            address_of(reach.connection),
            prefix="",
            now=datetime.now(UTC) + timedelta(minutes=minutes),
        )
        with pytest.raises(ClockSkewed):
            transport.send(
                "GET",
                url,
                headers=headers,
                action="s3:ListBucket",
                deadline=transport.Deadline.in_seconds(8),
            )

    @pytest.mark.needs("region checked")
    def test_a_wrong_region(self, place: Place) -> None:
        reach = replace(place.reach, connection=replace(place.reach.connection, region="eu-west-3"))
        with pytest.raises(WrongRegion):
            list(lister.folder_pages(reach, reach.folder("")))
