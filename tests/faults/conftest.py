"""The product as real processes, with parts that can be taken away from under it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from buckets.models import Bucket
from buckets.s3 import calls
from launcher import redis
from launcher.processes import Processes, Running
from tests import people
from tests.browser import live
from tests.browser.stores import register
from tests.faults.gate import Gate
from tests.faults.visitor import Visitor
from tests.files.conftest import Store, s3_client

SETTINGS = "tests.faults.product_settings"


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="package")
def place() -> Iterator[Path]:
    """A directory that the database's user can reach."""
    directory = Path(tempfile.mkdtemp(prefix="mediabridge-faults-"))
    directory.chmod(0o711)
    for name in ("log", "run", "tmp"):
        (directory / name).mkdir()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="package")
def processes(place: Path) -> Iterator[Processes]:
    made = Processes(place)
    yield made
    made.stop_all()


@pytest.fixture(scope="package")
def own_redis(processes: Processes) -> redis.Redis:
    server = redis.begin(processes)
    redis.await_ready(processes, server)
    return server


@pytest.fixture(scope="package")
def product(
    django_db_setup: None, django_db_blocker: Any, place: Path, own_redis: redis.Redis
) -> Iterator[live.Live]:
    """The product on the test database, without a worker, with a Redis of its own. Listings are old after a second."""
    with django_db_blocker.unblock():
        running = live.start(
            place,
            overrides={
                "DJANGO_SETTINGS_MODULE": SETTINGS,
                "REDIS_URL": own_redis.url,
                "LISTING_TTL": "1",
                "TRUSTED_PROXIES": "127.0.0.1",
            },
            only_web=True,
        )
    yield running
    running.stop()


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate(os.environ["S3_ENDPOINT_URL"]) as made:
        yield made


@pytest.fixture(scope="package")
def client() -> Any:
    return s3_client()


@pytest.fixture
def make_store(client: Any) -> Iterator[Callable[[], Store]]:
    made: list[Store] = []

    def make() -> Store:
        made.append(Store(client, f"faults-{uuid.uuid4().hex[:12]}"))
        client.create_bucket(Bucket=made[-1].name)
        return made[-1]

    yield make
    for store in made:
        store.destroy()


@pytest.fixture(scope="package")
def big_store(client: Any) -> Iterator[Store]:
    """A bucket with one object more in `big/` than S3 puts on a page."""
    made = Store(client, f"faults-{uuid.uuid4().hex[:12]}")
    client.create_bucket(Bucket=made.name)
    made.put_many([f"big/{number:04d}" for number in range(1001)])
    yield made
    made.destroy()


@pytest.fixture
def store(make_store: Callable[[], Store]) -> Store:
    return make_store()


@pytest.fixture
def behind(transactional_db: None, store: Store, gate: Gate) -> Bucket:
    """A bucket behind the gate."""
    return register(title="Behind", name=store.name, endpoint=gate.url)


@pytest.fixture
def big(transactional_db: None, big_store: Store, gate: Gate) -> Bucket:
    """The bucket with a big folder, behind the gate."""
    return register(title="Big", name=big_store.name, endpoint=gate.url)


@pytest.fixture
def beside(transactional_db: None, make_store: Callable[[], Store]) -> Bucket:
    """A bucket that nothing is wrong with."""
    store = make_store()
    store.put("fine.txt")
    return register(title="Beside", name=store.name)


@pytest.fixture
def mark(transactional_db: None) -> User:
    return people.mark()


@pytest.fixture
def visitor(product: live.Live, mark: User, request: pytest.FixtureRequest) -> Visitor:
    """Mark, who has all the buckets of the test, signed in."""
    for name in ("behind", "beside", "big"):
        if name in request.fixturenames:
            people.assign(mark, request.getfixturevalue(name), root="", allow_delete=True)
    return Visitor(product.url).sign_in(mark.email)


@pytest.fixture
def at_once() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


@pytest.fixture(autouse=True)
def _nobody_is_resting() -> None:
    calls._guards.clear()


def end(running: Running) -> None:
    """Ends a part as an operator would."""
    running.process.send_signal(running.program.stop_signal)
    running.process.wait(timeout=20)
