"""The servers the contract is held against, what each of them lacks, and a bucket in each."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from buckets.credentials import seal
from buckets.models import Bucket
from buckets.paths import Reach, Rights
from tests.s3_contract.ceph import CephFailed, ceph_gateway, missing_programs

SERVERS = ("ministack", "rgw")

LACKS: dict[str, dict[str, str]] = {
    "ministack": {
        "unsigned headers refused": "takes x-amz-meta-* headers that were not signed",
        "small parts refused": "takes parts below 5 MiB",
        "access log": "writes no line a request that a test could read",
    },
    "rgw": {
        "unsigned headers refused": "takes x-amz-meta-* headers that were not signed",
        "archive": "has no storage class GLACIER",
        "region checked": "signs for whatever region a request names",
    },
}
"""What a server can't do, by capability. A test that needs it must fail there: should it pass one day, the table is wrong."""


@dataclass(frozen=True)
class Server:
    """An S3 server under the contract. `sdk` acts as its operator."""

    name: str
    url: str
    region: str
    access_key_id: str
    secret_access_key: str
    log: Path | None = None

    @property
    def sdk(self) -> Any:
        return _sdk(self)


@dataclass(frozen=True)
class Place:
    """A bucket of its own on one server, and how we reach it."""

    server: Server
    row: Bucket
    reach: Reach

    @property
    def name(self) -> str:
        return self.row.bucket_name

    def put(self, key: str, body: bytes = b"content", **more: Any) -> None:
        """Puts an object by the SDK, with any key whatever."""
        self.server.sdk.put_object(Bucket=self.name, Key=key, Body=body, **more)

    def stored(self, key: str) -> bytes | None:
        """The object's bytes by the SDK, None when there is none."""
        sdk = self.server.sdk
        try:
            return bytes(sdk.get_object(Bucket=self.name, Key=key)["Body"].read())
        except sdk.exceptions.NoSuchKey:
            return None

    def connected(self, **changes: Any) -> Reach:
        """The same reach by another connection; `access_key_id` and `secret_access_key` are given in plain."""
        row = uuid4()
        plain = {
            "access_key_id": self.server.access_key_id,
            "secret_access_key": self.server.secret_access_key,
        }
        for field, value in plain.items():
            changes[field] = seal(changes.get(field, value), row_id=row, field=field)
        return replace(self.reach, connection=replace(self.reach.connection, bucket_id=row, **changes))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(capability): what a server of the S3 contract must be able to do"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    callspec = getattr(item, "callspec", None)
    server = callspec.params.get("server", "") if callspec else ""
    if server == "rgw":
        item.add_marker(pytest.mark.processes)
    lacks = LACKS.get(server, {})
    for mark in item.iter_markers("needs"):
        if mark.args[0] in lacks:
            item.add_marker(pytest.mark.xfail(strict=True, reason=lacks[mark.args[0]]))


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "ministack":
        yield _ministack()
        return
    missing = missing_programs()
    if missing:
        said = f"Ceph is not installed ({', '.join(missing)}): apt-get install radosgw ceph-mon ceph-osd ceph-common"
        pytest.fail(said) if os.environ.get("REQUIRE_RGW") == "1" else pytest.skip(said)
    try:
        with ceph_gateway() as gateway:
            yield Server(
                "rgw", gateway.url, "default", gateway.access_key_id, gateway.secret_access_key, gateway.log
            )
    except CephFailed as problem:
        pytest.fail(f"Ceph did not start: {problem}")


@pytest.fixture
def make_place(server: Server) -> Iterator[Callable[[], Place]]:
    made: list[Place] = []

    def make() -> Place:
        made.append(_new_place(server))
        return made[-1]

    yield make
    for place in made:
        _remove(place)


@pytest.fixture
def place(make_place: Callable[[], Place]) -> Place:
    return make_place()


@cache
def _sdk(server: Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _ministack() -> Server:
    names = ("S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        pytest.fail(f"The S3 contract needs {', '.join(missing)}; script/test starts a server and sets them.")
    url, access, secret = (os.environ[name] for name in names)
    return Server("ministack", url, "us-east-1", access, secret)


def _new_place(server: Server) -> Place:
    name = f"contract-{uuid4().hex[:16]}"
    server.sdk.create_bucket(Bucket=name)
    row = Bucket(
        id=uuid4(),
        display_name="Contract",
        system_code="CONTRACT",
        bucket_name=name,
        region=server.region,
        endpoint_url=server.url,
        addressing_style="path",
    )
    row.access_key_id = seal(server.access_key_id, row_id=row.id, field="access_key_id")
    row.secret_access_key = seal(server.secret_access_key, row_id=row.id, field="secret_access_key")
    return Place(server, row, row.reach(root="", rights=Rights(delete=True)))


def _remove(place: Place) -> None:
    sdk = place.server.sdk
    for page in sdk.get_paginator("list_objects_v2").paginate(Bucket=place.name):
        keys = [{"Key": listed["Key"]} for listed in page.get("Contents", [])]
        if keys:
            sdk.delete_objects(Bucket=place.name, Delete={"Objects": keys, "Quiet": True})
    sdk.delete_bucket(Bucket=place.name)
