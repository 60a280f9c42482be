"""Two web processes of the product, with a store whose own log says what it was asked; attacked from outside.

Figures that a promise is about are noted by `figure` and printed at the end of the run.
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from buckets.models import Bucket
from launcher import s3
from launcher.processes import Processes
from tests import people
from tests.browser import live
from tests.browser.pages import sign_in
from tests.browser.stores import register
from tests.files.conftest import Store
from tests.promises.ear import Ear
from tests.promises.s3_log import S3Log

SETTINGS = "tests.faults.product_settings"
NO_LIMIT = "1000000/m"


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="package")
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="mediabridge-promises-"))
    directory.chmod(0o711)
    for name in ("log", "run", "tmp", "web-1", "web-2", "web-3"):
        (directory / name).mkdir()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="package")
def processes(place: Path) -> Iterator[Processes]:
    made = Processes(place)
    yield made
    made.stop_all()


@dataclass(frozen=True)
class OwnStore:
    """A store that nobody else asks anything of."""

    endpoint: str
    keys: s3.Keys
    log: Path
    client: Any


@pytest.fixture(scope="package")
def own_store(processes: Processes, place: Path) -> OwnStore:
    log = place / "log" / "s3-access.log"
    server = s3.begin(processes, access_log=log)
    s3.await_ready(processes, server)
    keys = s3.prepare(server, var_dir=place)
    return OwnStore(server.endpoint, keys, log, s3.client("s3", server.endpoint, keys))


@pytest.fixture
def s3_log(own_store: OwnStore) -> S3Log:
    """The store's own log, from the beginning of the test on."""
    log = S3Log(own_store.log, own_store.endpoint)
    log.begin()
    return log


@dataclass(frozen=True)
class Webs:
    """The web processes, and how to start one more."""

    running: list[live.Live]
    start: Callable[..., live.Live]

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self.running]


@pytest.fixture(scope="package")
def webs(django_db_setup: None, django_db_blocker: Any, place: Path) -> Iterator[Webs]:
    """Two daphnes on the test database and one Redis, each on a port of its own, without limits on how often one asks."""
    limits = dict.fromkeys(
        ("RATE_LIMIT_LOGIN", "RATE_LIMIT_USER", "RATE_LIMIT_SESSION", "RATE_LIMIT_ANONYMOUS"), NO_LIMIT
    )

    def start(name: str, settings: str = SETTINGS) -> live.Live:
        with django_db_blocker.unblock():
            return live.start(
                place / name, overrides={"DJANGO_SETTINGS_MODULE": settings, **limits}, only_web=True
            )

    with ThreadPoolExecutor(2) as pool:
        running = list(pool.map(start, ["web-1", "web-2"]))
    yield Webs(running, start)
    for one in running:
        one.stop()


@pytest.fixture
def mark(transactional_db: None) -> User:
    return people.mark()


@pytest.fixture
def store(own_store: OwnStore) -> Iterator[Store]:
    made = Store(own_store.client, f"promises-{uuid.uuid4().hex[:12]}")
    own_store.client.create_bucket(Bucket=made.name)
    yield made
    made.destroy()


@pytest.fixture
def bucket(mark: User, own_store: OwnStore, store: Store) -> Bucket:
    """A bucket of which Mark may use `team/`, with every right."""
    keys = own_store.keys
    made = register(
        title="Press kit",
        name=store.name,
        endpoint=own_store.endpoint,
        key_id=keys.access_key_id,
        secret=keys.secret_access_key,
    )
    people.assign(mark, made, root="team/", allow_delete=True)
    return made


def cookie_of(person: User) -> str:
    """A Cookie header with a fresh session of `person`."""
    return f"{settings.SESSION_COOKIE_NAME}={sign_in(person)}"


@pytest.fixture
def listen() -> Iterator[Callable[..., Ear]]:
    """Opens a socket at a web process, closed with the test: `listen(url, cookie, path=, origin=)`."""
    opened: list[Ear] = []

    def open_one(url: str, cookie: str = "", **more: Any) -> Ear:
        opened.append(Ear(url, cookie, **more))
        return opened[-1].open()

    yield open_one
    for ear in opened:
        ear.line.close()


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Notes a sentence for the end of the run."""
    return lambda sentence: record_property("promise", sentence)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, sentence in getattr(report, "user_properties", ()):
                if name == "promise" and report.when == "call":
                    terminalreporter.write_line(f"promise: {sentence}")
