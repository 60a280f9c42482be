"""The simulated S3 answers as S3 does: the same questions to it through botocore's own parser, page by page."""

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fake_s3 import FakeS3, facts, keys_of_a_flat_folder, keys_of_a_tree

ODD = ["a", "a b.txt", "a/", "a/b", "a/b/c", "a/é", "a&b<c>.txt", "b/100%/x+y", "c//d", "d", "é/ü", "z/😀"]


@cache
def session() -> Any:
    """One for all clients: it reads what botocore knows of S3 once, which takes longer than any test here."""
    return boto3.session.Session()


def sdk(url: str, **more: Any) -> Any:
    config = Config(
        s3={"addressing_style": "path"}, retries={"max_attempts": 0}, read_timeout=more.pop("read_timeout", 5)
    )
    return session().client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=config,
    )


@pytest.fixture
def fake() -> FakeS3:
    return FakeS3({"odd": sorted(ODD, key=str.encode), "flat": keys_of_a_flat_folder(2500)})


@pytest.fixture
def s3(fake: FakeS3) -> Iterator[Any]:
    with fake.running() as url:
        yield sdk(url)


def listed(s3: Any, bucket: str, *, page: int = 1000, **query: str) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": page}, **query
    )
    for answer in pages:
        assert (
            answer["KeyCount"]
            == len(answer.get("Contents", [])) + len(answer.get("CommonPrefixes", []))
            <= page
        )
        files += [entry["Key"] for entry in answer.get("Contents", [])]
        folders += [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])]
    return files, folders


def expected(keys: list[str], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """What a listing is, said the slow and simple way."""
    below = [key for key in sorted(keys, key=str.encode) if key.startswith(prefix)]
    files = [key for key in below if not delimiter or delimiter not in key[len(prefix) :]]
    cut = [
        prefix + key[len(prefix) :].partition(delimiter)[0] + delimiter for key in below if key not in files
    ]
    return files, list(dict.fromkeys(cut))


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "a", "a/", "c/", "nothing/"])
def test_lists_odd_keys_in_pages_of_any_size(s3: Any, page: int, delimiter: str, prefix: str) -> None:
    assert listed(s3, "odd", page=page, Prefix=prefix, Delimiter=delimiter) == expected(
        ODD, prefix, delimiter
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.sets(st.text(alphabet="ab/é", min_size=1, max_size=5), max_size=12),
    prefix=st.text(alphabet="ab/", max_size=2),
    page=st.integers(1, 4),
)
def test_lists_any_keys(s3: Any, fake: FakeS3, keys: set[str], prefix: str, page: int) -> None:
    fake.buckets["any"] = sorted(keys, key=str.encode)
    assert listed(s3, "any", page=page, Prefix=prefix, Delimiter="/") == expected(list(keys), prefix, "/")


def test_lists_thousands_in_pages_of_a_thousand(s3: Any, fake: FakeS3) -> None:
    assert listed(s3, "flat")[0] == fake.buckets["flat"]
    assert fake.requests["list"] == 3


def test_starts_after_a_key(s3: Any) -> None:
    assert listed(s3, "odd", StartAfter="c//d")[0] == ["d", "z/😀", "é/ü"]


def test_tells_the_same_facts_in_list_and_head(s3: Any) -> None:
    entry = s3.list_objects_v2(Bucket="flat", MaxKeys=1)["Contents"][0]
    head = s3.head_object(Bucket="flat", Key=entry["Key"])
    assert head["ContentLength"] == entry["Size"] == facts(entry["Key"], {})[0]


def test_deletes_what_it_is_told(s3: Any, fake: FakeS3) -> None:
    s3.delete_object(Bucket="odd", Key="a/b")
    s3.delete_objects(Bucket="odd", Delete={"Objects": [{"Key": "a&b<c>.txt"}, {"Key": "not there"}]})
    assert set(ODD) - set(fake.buckets["odd"]) == {"a/b", "a&b<c>.txt"}
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="odd", Key="a/b")


def test_refuses_to_delete_key_by_key(s3: Any, fake: FakeS3) -> None:
    fake.denied.add("s3:DeleteObject")
    answer = s3.delete_objects(Bucket="odd", Delete={"Objects": [{"Key": "a/b"}, {"Key": "d"}]})
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [
        ("a/b", "AccessDenied"),
        ("d", "AccessDenied"),
    ]
    assert fake.buckets["odd"] == sorted(ODD, key=str.encode)


def test_counts_and_delays_requests(s3: Any, fake: FakeS3) -> None:
    fake.latency = 0.05
    before = time.monotonic()
    listed(s3, "flat")
    assert time.monotonic() - before >= 0.15
    assert fake.requests["list"] == 3


def test_refuses_a_denied_action_by_name(s3: Any, fake: FakeS3) -> None:
    fake.denied.add("s3:ListBucket")
    with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket"):
        listed(s3, "odd")


def test_knows_no_other_bucket(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        listed(s3, "elsewhere")


def test_slows_down_who_asks_too_fast(s3: Any, fake: FakeS3) -> None:
    fake.rate = 2
    with pytest.raises(ClientError, match="SlowDown"):
        listed(s3, "flat", page=100)
    assert fake.requests["slowed"] == 1


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("reset", ConnectionClosedError),
        ("slow_down", ClientError),
        ("stall", ReadTimeoutError),
        ("broken", ClientError),
    ],
)
def test_spoils_one_request(fake: FakeS3, fault: str, refusal: type[Exception]) -> None:
    with fake.running() as url:
        s3 = sdk(url, read_timeout=0.3)
        fake.faults.append(fault)
        with pytest.raises((refusal, HTTPClientError)):
            listed(s3, "odd")
        assert listed(s3, "odd")[0] == sorted(ODD, key=str.encode)


def test_builds_its_keys_in_order() -> None:
    for keys in (keys_of_a_flat_folder(50), keys_of_a_tree(20, 3, prefix="x/")):
        assert keys == sorted(keys, key=str.encode)
        assert len(set(keys)) == len(keys)
