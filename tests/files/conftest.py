"""A bucket of its own in a store that checks signatures, and reaches into it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from buckets.credentials import seal
from buckets.models import Bucket
from buckets.paths import FolderKey, Reach, Rights
from buckets.s3 import calls, lister, objects
from files.uploads import PreparedUpload
from tests import people
from tests.files.console import Console

NOTHING = Rights(upload=False, overwrite=False, delete=False)
EVERYTHING = Rights(upload=True, overwrite=True, delete=True)


def s3_client() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            max_pool_connections=16,
        ),
    )


@dataclass(frozen=True)
class Store:
    """One bucket of the store, as somebody with the console sees it."""

    client: Any
    name: str
    _held: dict[tuple[str, bytes], tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def console(self) -> Console:
        return Console(self.client, self.name)

    def put(self, key: str, body: bytes = b"x", **more: Any) -> None:
        if more:
            self.client.put_object(Bucket=self.name, Key=key, Body=body, **more)
        else:
            self.console.put(key, body)

    def put_many(self, keys: list[str]) -> None:
        for key in keys:
            self.put(key)

    def remove(self, key: str) -> None:
        self.console.remove(key)

    def has(self, key: str) -> bool:
        return self.console.has(key)

    def keys(self) -> set[str]:
        return self.console.keys()

    def empty(self) -> None:
        keys = sorted(self.keys())
        # XML has no words for some names, so these go one by one.
        for key in [key for key in keys if not key.isprintable()]:
            self.remove(key)
            keys.remove(key)
        for first in range(0, len(keys), 1000):
            self.console.remove_many(keys[first : first + 1000])

    def hold(self, contents: dict[str, bytes]) -> None:
        """Has it hold these and nothing else. What nobody has touched since this put it there stays."""
        there = self.console.listed()
        for key in there.keys() - contents.keys():
            self.remove(key)
        missing = {
            key: body
            for key, body in contents.items()
            if key not in there or there[key] != self._held.get((key, body))
        }
        for key, body in missing.items():
            self.put(key, body)
        if missing:
            there = self.console.listed()
            self._held.update({(key, body): there[key] for key, body in missing.items()})

    def destroy(self) -> None:
        self.empty()
        self.client.delete_bucket(Bucket=self.name)
        self.console.close()


@pytest.fixture(scope="session")
def client() -> Any:
    return s3_client()


@pytest.fixture(scope="session")
def _kept(client: Any) -> Iterator[Store]:
    """Making a bucket costs more than most tests: one serves them all, one after the other."""
    made = Store(client, f"files-{uuid4().hex[:12]}")
    client.create_bucket(Bucket=made.name)
    yield made
    made.destroy()


@pytest.fixture
def store(_kept: Store) -> Store:
    """A bucket with nothing in it."""
    _kept.empty()
    return _kept


def registered(store: Store, **fields: Any) -> Bucket:
    """The product's own bucket row for `store`, its credentials sealed."""
    row = uuid4()
    return people.press_bucket(
        id=row,
        bucket_name=store.name,
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        addressing_style="path",
        access_key_id=seal(os.environ["AWS_ACCESS_KEY_ID"], row_id=row, field="access_key_id"),
        secret_access_key=seal(os.environ["AWS_SECRET_ACCESS_KEY"], row_id=row, field="secret_access_key"),
        **fields,
    )


@pytest.fixture
def bucket(db: None, store: Store) -> Bucket:
    return registered(store, system_code=people.PRESS_CODE)


@pytest.fixture
def reach(bucket: Bucket) -> Reach:
    """Into `team/`, with every right."""
    return bucket.reach(root="team/", rights=EVERYTHING)


@pytest.fixture
def reader(bucket: Bucket) -> Reach:
    """Into `team/`, only to read."""
    return bucket.reach(root="team/", rights=NOTHING)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Spy:
    """What S3 was asked, call by call; `meanwhile` runs after each answer and before it is used."""

    calls: list[str]
    meanwhile: Callable[[str], None] = lambda _: None

    def note(self, call: str) -> None:
        self.calls.append(call)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    """Counts the requests to S3 that listings and heads make; they really happen."""
    seen = Spy([])
    page, head = lister.folders._page, objects.head

    def spied_page(reach: Reach, prefix: str, **more: Any) -> Any:
        seen.note(f"list {prefix}")
        found = page(reach, prefix, **more)
        seen.meanwhile(f"list {prefix}")
        return found

    def spied_head(reach: Reach, key: Any) -> Any:
        seen.note(f"head {key.text}")
        return head(reach, key)

    asking = import_module("buckets.s3.lister.listing")._Asking
    once, entries = asking._once, lister.at_once._entries

    async def spied_once(self: Any, job: Any, faulty_since: float) -> Any:
        seen.note(f"list {self.prefix}")
        return await once(self, job, faulty_since)

    def spied_entries(page: Any, start: int) -> Any:
        seen.meanwhile("list, many at once")
        return entries(page, start)

    monkeypatch.setattr(asking, "_once", spied_once)
    monkeypatch.setattr(lister.at_once, "_entries", spied_entries)
    monkeypatch.setattr(lister.folders, "_page", spied_page)
    monkeypatch.setattr(objects, "head", spied_head)
    return seen


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_FIRST_PAUSE", 0.01)


def folder_of(reach: Reach, path: str = "") -> FolderKey:
    return reach.folder(path)


def put(upload: PreparedUpload, body: bytes) -> int:
    """What S3 answers when a browser sends `body` as the signed upload says."""
    request = Request(upload.url, data=body, headers=upload.headers, method="PUT")
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        with refusal:
            return refusal.code
