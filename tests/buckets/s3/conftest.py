"""A reach whose store is the faulty one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from buckets.connection import Connection
from buckets.credentials import seal
from buckets.paths import Reach, Rights
from buckets.s3 import calls, sockets
from tests.buckets.s3.faulty_store import FaultyStore

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLEKEY", "the+secret/of+the+faulty/store"

MakeReach = Callable[[str], Reach]


def make_reach(endpoint: str, *, root: str = "", name: str = "press-kit") -> Reach:
    """A reach into a bucket at `endpoint`, with working seals."""
    row = uuid4()
    connection = Connection(
        bucket_id=row,
        bucket_name=name,
        region="us-east-1",
        endpoint_url=endpoint,
        public_endpoint_url=endpoint,
        addressing_style="path",
        access_key_id=seal(ACCESS_KEY, row_id=row, field="access_key_id"),
        secret_access_key=seal(SECRET_KEY, row_id=row, field="secret_access_key"),
        version=1,
    )
    return Reach(connection, "PRESS", "Press kit", root, Rights(delete=True), 10**9)


@pytest.fixture
def store() -> Iterator[FaultyStore]:
    with FaultyStore() as faulty:
        yield faulty


@pytest.fixture
def reach(store: FaultyStore) -> Reach:
    return make_reach(store.url)


@pytest.fixture
def below_root(reach: Reach) -> Reach:
    return replace(reach, root="projects/marketing/")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries too short to notice; what is tried, and how often, stays the same."""
    monkeypatch.setattr(calls, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the usual patience, so that a stall costs a test little."""
    monkeypatch.setattr(sockets, "READ_SECONDS", 0.4)
    monkeypatch.setattr(calls, "BUDGET_SECONDS", 0.9)
    monkeypatch.setattr(calls, "_WAIT_FOR_TURN", 0.1)
