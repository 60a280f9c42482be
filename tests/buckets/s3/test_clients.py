"""What is kept per bucket: made once, made anew when anything of the connection changes, and never shared."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import boto3
import pytest

from buckets.paths import Reach
from buckets.s3 import clients, objects, sdk
from buckets.s3.clients import signer_of, with_client
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import FaultyStore, answer

REACH = make_reach("https://s3.example.com")


def test_makes_one_signer_for_one_connection() -> None:
    connection = REACH.connection
    assert signer_of(connection) is signer_of(replace(connection))


@pytest.mark.parametrize("change", [{"version": 2}, {"region": "eu-west-1"}, {"bucket_name": "other"}])
def test_makes_another_when_anything_changed(change: dict[str, Any]) -> None:
    connection = REACH.connection
    assert signer_of(connection) is not signer_of(replace(connection, **change))


def test_keeps_buckets_apart() -> None:
    assert signer_of(REACH.connection) is not signer_of(make_reach("https://s3.example.com").connection)


def test_makes_one_client_however_many_ask_at_once(
    store: FaultyStore, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    real = sdk._session.client

    def count(*args: Any, **options: Any) -> Any:
        made.append(args)
        return real(*args, **options)

    monkeypatch.setattr(sdk._session, "client", count)
    store.behaviours = [
        answer(200, content_length="5", etag='"e"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT")
    ]
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda number: objects.head(reach, reach.file(f"f{number}")), range(24)))
    assert len(made) == 1
    assert len(store.requests) == 24


def test_sends_through_our_transport_and_nothing_else(store: FaultyStore, reach: Reach) -> None:
    with_client(
        reach.connection,
        "s3:PutObject",
        lambda client: client.put_object(
            Bucket="press-kit", Key="a", Body=b"hello", ContentType="text/plain"
        ),
    )
    (head,) = store.requests
    assert store.bodies == ["hello"]
    assert "expect:" not in head.lower()
    assert "authorization: aws4-hmac-sha256" in head.lower()


def test_takes_credentials_from_the_bucket_alone(
    store: FaultyStore, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHEMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-the-machine")
    with_client(reach.connection, "s3:ListBucket", lambda client: client.head_bucket(Bucket="press-kit"))
    assert "AKIDOFTHEMACHINE" not in store.requests[0]
    assert "security-token" not in store.requests[0].lower()


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]
)
def test_goes_where_the_bucket_says_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "true" if "USE" in name else "http://127.0.0.1:1")
    monkeypatch.setattr(sdk, "_session", boto3.Session())
    client = clients._make_client(make_reach("").connection)
    assert client.meta.endpoint_url == "https://s3.us-east-1.amazonaws.com"
