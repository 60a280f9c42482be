"""Fixtures every test may use: the cast, by name."""

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from accounts.models import User
from buckets.models import Bucket
from mediabridge.wire import counting
from tests import people
from tests.browsing import browsing
from tests.emptying import emptying_is_allowed
from tests.watching import Watch, watching

# What is imported and collected stays until the end: looking through it for garbage, as often as is usual, finds none.
gc.set_threshold(20_000, 20, 50)


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _tests_that_commit_may_empty_the_audit_log() -> Iterator[None]:
    with emptying_is_allowed():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with processes come first: they take long and mostly wait. Last comes what can be shared out finely."""
    parts = Counter(_part(item.nodeid) for item in items)
    items.sort(
        key=lambda item: (
            item.get_closest_marker("processes") is None,
            _is_shared_out(item.nodeid),
            -parts[_part(item.nodeid)] if _is_shared_out(item.nodeid) else 0,
        )
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Who runs what, under `--dist loadfile`."""
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


class Together(LoadFileScheduling):  # type: ignore[misc]
    """Tests that share something costly run on one worker: those of a file, of a directory, on a server of their own."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        folder = path.split("/")[1]
        if folder in ("faults", "promises"):
            return folder
        if _is_shared_out(nodeid):
            return _part(nodeid)
        return "rgw" if "[rgw" in test else path


def _is_shared_out(nodeid: str) -> bool:
    """Whether the states of a page are a part of their own: the file takes longer than all others, and no part needs another."""
    return nodeid.startswith("tests/browser/test_accessibility.py")


def _part(nodeid: str) -> str:
    return nodeid.split(" ", maxsplit=1)[0]


@pytest.fixture(scope="session", autouse=True)
def _browsers_are_quick() -> Iterator[None]:
    with browsing():
        yield


@pytest.fixture(scope="session")
def _watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch


@pytest.fixture(autouse=True)
def _nobody_says_a_secret(_watch: Watch) -> Iterator[Watch]:
    """Answers are judged as they come; a log line can only be told of at the end of its test."""
    yield _watch
    told = list(_watch.told)
    _watch.told.clear()
    assert not told, told


@pytest.fixture(autouse=True)
def _nobody_asked_before() -> None:
    counting.forget()


@pytest.fixture
def ada(db: None) -> User:
    return people.ada()


@pytest.fixture
def mark(db: None) -> User:
    return people.mark()


@pytest.fixture
def rita(db: None) -> User:
    return people.rita()


@pytest.fixture
def uma(db: None) -> User:
    return people.uma()


@pytest.fixture
def dora(db: None) -> User:
    return people.dora()


@pytest.fixture
def press(db: None) -> Bucket:
    return people.press_bucket(system_code=people.PRESS_CODE)
