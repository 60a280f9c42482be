"""The signer against the SDK: every URL and every header, byte for byte, on random keys."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID

import boto3
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from buckets.connection import Connection
from buckets.paths import Malformed
from buckets.s3.address import Address, Escaped, address_of, escaped
from buckets.s3.listing_request import listing_request
from buckets.s3.signing import Signer

ACCESS = "AKIDEXAMPLE/+="
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

PLACES = [
    ("eu-central-1", "", "virtual"),
    ("us-east-1", "", "virtual"),
    ("us-east-1", "", "path"),
    ("cn-north-1", "", "virtual"),
    ("eusc-de-east-1", "", "virtual"),
    ("us-gov-west-1", "", "virtual"),
    ("us-isob-east-1", "", "path"),
    ("eu-isoe-west-1", "", "virtual"),
    ("garage", "https://s3.example.com", "virtual"),
    ("default", "https://s3.example.com:9000", "path"),
    ("default", "http://s3.example.com/base", "virtual"),
    ("default", "https://s3.example.com:9000/base/s3", "virtual"),
    ("default", "http://127.0.0.1:9100", "virtual"),
    ("default", "http://127.0.0.1:9100", "path"),
    ("default", "http://[::1]:9100", "path"),
]
NAMES = ["press-kit", "press.kit.example", "Press_Kit", "abc"]

odd = st.sampled_from(
    [*"#?%+&='\"~*()!$,;:@<>[]{}|\\^` ", "%2F", "%2e", "ü", "é", "日本", "🎉", "👩‍👩‍👧", "\x7f", "\u200b"]
)
keys = (
    st.lists(
        odd | st.sampled_from(["a", "B", "0", "-", "_", ".", "/", "//"]) | st.characters(codec="utf-8"),
        min_size=1,
    )
    .map("".join)
    .filter(lambda key: len(key.encode()) <= 1024)
)
long_keys = st.integers(1, 1024).map(lambda size: ("ü" * 600)[: size // 2] + "x" * (size % 2)).filter(bool)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


def connection(region: str, endpoint: str, style: Any, name: str = "press-kit") -> Connection:
    return Connection(UUID(int=1), name, region, endpoint, endpoint, style, "", "", 1)


@cache
def sdk(region: str, endpoint: str, style: Any) -> Any:
    return boto3.client(
        "s3",
        region_name=region,
        endpoint_url=endpoint or None,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
            request_checksum_calculation="when_required",
        ),
    )


places_and_names = st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES)).filter(
    # The SDK would ask for the host press.kit.example.127.0.0.1, which nobody answers.
    lambda both: not ("127" in both[0][1] and both[0][2] == "virtual" and "." in both[1])
)


def sdk_link(place: tuple[str, str, str], method: str, now: datetime, expires: int, **params: Any) -> str:
    with patch.object(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None)):
        return sdk(*place).generate_presigned_url(method, Params=params, ExpiresIn=expires)


@settings(max_examples=60, deadline=None)
@given(
    both=places_and_names,
    key=keys | long_keys,
    now=moments,
    expires=st.integers(1, 604_800),
    shown=st.sampled_from(["inline", "attachment"]),
    content_type=st.sampled_from(["image/png", "text/plain; charset=utf-8", "application/vnd.x+json"]),
)
def test_signs_a_reading_link_as_the_sdk_does(
    *, both: Any, key: str, now: datetime, expires: int, shown: str, content_type: str
) -> None:
    place, name = both
    disposition = f"{shown}; filename*=UTF-8''{quote(key.rpartition('/')[2], safe='')}"
    ours = Signer(ACCESS, SECRET, place[0]).presign(
        "GET",
        address_of(connection(*place, name)),
        key=key,
        expires=expires,
        now=now,
        parameters={"response-content-type": content_type, "response-content-disposition": disposition},
    )
    assert ours == sdk_link(
        place,
        "get_object",
        now,
        expires,
        Bucket=name,
        Key=key,
        ResponseContentType=content_type,
        ResponseContentDisposition=disposition,
    )


@settings(max_examples=60, deadline=None)
@given(
    both=places_and_names,
    key=keys | long_keys,
    now=moments,
    size=st.integers(0, 5 * 1024**3),
    content_type=st.sampled_from(["image/png", "text/plain;  charset=utf-8", "application/vnd.x+json"]),
    create_only=st.booleans(),
)
def test_signs_an_upload_as_the_sdk_does(
    *, both: Any, key: str, now: datetime, size: int, content_type: str, create_only: bool
) -> None:
    place, name = both
    headers = {"content-type": content_type, "content-disposition": "inline", "content-length": str(size)}
    ours = Signer(ACCESS, SECRET, place[0]).presign(
        "PUT",
        address_of(connection(*place, name)),
        key=key,
        expires=300,
        now=now,
        headers={**headers, "if-none-match": "*"} if create_only else headers,
    )
    assert ours == sdk_link(
        place,
        "put_object",
        now,
        300,
        Bucket=name,
        Key=key,
        ContentType=content_type,
        ContentLength=size,
        ContentDisposition="inline",
        **({"IfNoneMatch": "*"} if create_only else {}),
    )


@settings(max_examples=60, deadline=None)
@given(
    both=places_and_names,
    prefix=keys,
    token=keys | st.just(""),
    now=moments,
)
def test_signs_a_listing_request_as_the_sdk_does(both: Any, prefix: str, token: str, now: datetime) -> None:
    place, name = both
    address = address_of(connection(*place, name))
    url, ours = listing_request(
        Signer(ACCESS, SECRET, place[0]), address, prefix=prefix, delimiter="/", token=token, now=now
    )
    theirs = AWSRequest("GET", url, headers={"X-Amz-Content-SHA256": ours["x-amz-content-sha256"]})
    with patch.object(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None)):
        botocore.auth.S3SigV4Auth(Credentials(ACCESS, SECRET), "s3", place[0]).add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"]


@pytest.mark.parametrize("partition", boto3.Session().get_available_partitions())
def test_knows_the_host_of_every_region_of_aws(partition: str) -> None:
    for region in boto3.Session().get_available_regions("s3", partition):
        place = (region, "", "virtual")
        expected = sdk_link(place, "get_object", datetime(2026, 1, 1), 60, Bucket="press-kit", Key="a")
        assert expected.startswith(f"{address_of(connection(*place)).origin}/a?"), region


@pytest.mark.parametrize("endpoint", ["https://s3.example.com:443", "http://s3.example.com:80"])
def test_leaves_a_default_port_out_as_browsers_do(endpoint: str) -> None:
    place = ("default", endpoint, "path")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    address = address_of(connection(*place))
    ours = Signer(ACCESS, SECRET, "default").presign("GET", address, key="a", expires=60, now=now)
    theirs = sdk_link(place, "get_object", now, 60, Bucket="press-kit", Key="a")
    assert address.host == "s3.example.com"
    assert ours.partition("X-Amz-Signature=")[2] == theirs.partition("X-Amz-Signature=")[2]


def test_signs_in_utc_whatever_the_zone_of_now() -> None:
    signer, address = (
        Signer(ACCESS, SECRET, "eu-central-1"),
        address_of(connection("eu-central-1", "", "virtual")),
    )
    now = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    elsewhere = now.astimezone(timezone(timedelta(hours=-7)))
    links = {signer.presign("GET", address, key="a", expires=60, now=moment) for moment in (now, elsewhere)}
    assert len(links) == 1


def test_signs_with_another_key_after_midnight_and_the_former_one_again_before_it() -> None:
    signer, address = (
        Signer(ACCESS, SECRET, "eu-central-1"),
        address_of(connection("eu-central-1", "", "virtual")),
    )
    before, after = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    links = [signer.presign("GET", address, key="a", expires=60, now=now) for now in (before, after, before)]
    assert links[0] == links[2] != links[1]


def test_never_shows_its_secret() -> None:
    signer = Signer(ACCESS, SECRET, "eu-central-1")
    signer.presign(
        "GET", address_of(connection("eu-central-1", "", "path")), key="a", expires=1, now=datetime.now(UTC)
    )
    assert SECRET not in repr(signer)
    assert ACCESS not in repr(signer)


@pytest.mark.parametrize("region", ["evil.example/#", "eu central", "", "-eu", "eu-", "a" * 64, "eu\n", "é"])
def test_refuses_a_region_that_would_change_the_host(region: str) -> None:
    with pytest.raises(Malformed) as refused:
        address_of(connection(region, "", "virtual"))
    assert refused.value.field == "region"


@pytest.mark.parametrize(
    "name", ["evil.example/", "a@b", "a?b", "a#b", "..", "../x", "a b", "127.0.0.1", "a:b"]
)
def test_never_lets_a_bucket_name_change_the_host(name: str) -> None:
    address = address_of(connection("eu-central-1", "", "virtual", name))
    assert address.host == "s3.eu-central-1.amazonaws.com"
    assert address.base.count("/") == 2


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escapes_as_the_standard_library_does(text: str) -> None:
    assert escaped(text) == quote(text, safe="")
    assert escaped(Escaped(text)) == text
    address = Address("https", "press-kit.s3.eu-central-1.amazonaws.com", "/")
    assert address.path(text) == f"/{quote(text, safe='/~')}"
