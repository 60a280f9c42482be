"""What goes on behind the pages, with a broker and without one."""

import threading
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from kombu.exceptions import OperationalError

from buckets.models import Bucket
from buckets.paths import Reach
from files import tasks
from files.models import Folder
from mediabridge.celery import app
from tests.files.conftest import Store


@pytest.fixture(autouse=True)
def _broker_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_broker_rests_until", 0.0)


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A broker nobody reaches; says how often it was tried."""
    tried: list[str] = []

    def refuse(**_: object) -> None:
        tried.append("tried")
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.finish_listing, "apply_async", refuse)
    return tried


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What threads were started for, instead of the work itself."""
    done: list[str] = []
    monkeypatch.setattr(tasks, "finish_listing", _Recorded(done, tasks.finish_listing))
    yield done
    for thread in threading.enumerate():
        if thread.name == "listing":
            thread.join(5)


class _Recorded:
    def __init__(self, done: list[str], task: object) -> None:
        self.done, self.apply_async = done, task.apply_async  # type: ignore[attr-defined]

    def __call__(self, bucket_id: str, path: str) -> None:
        self.done.append(path)


def wanted(path: str = "a/", *, bucket_id: UUID | None = None, is_overdue: bool = False) -> None:
    tasks.on_listing_wanted(None, bucket_id=bucket_id or uuid4(), path=path, is_overdue=is_overdue)


def joined() -> None:
    for thread in threading.enumerate():
        if thread.name == "listing":
            thread.join(5)


def test_hands_a_listing_to_a_worker(reach: Reach, store: Store) -> None:
    store.put("team/a.txt")
    wanted("team/", bucket_id=reach.bucket_id)
    assert Folder.objects.get(path="team/").is_whole


def test_lists_in_this_process_while_there_is_no_broker(
    broker_away: list[str], in_threads: list[str]
) -> None:
    wanted("a/")
    joined()
    assert in_threads == ["a/"]


def test_does_not_try_an_absent_broker_every_time(broker_away: list[str], in_threads: list[str]) -> None:
    wanted("a/")
    wanted("b/")
    joined()
    assert broker_away == ["tried"]
    assert sorted(in_threads) == ["a/", "b/"]


def test_lists_in_this_process_when_no_worker_came(in_threads: list[str]) -> None:
    wanted("a/", is_overdue=True)
    joined()
    assert in_threads == ["a/"]


def test_starts_four_threads_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, started = threading.Event(), []

    def work() -> None:
        started.append(1)
        go_on.wait(5)

    for _ in range(10):
        tasks._in_thread(work)
    go_on.set()
    joined()
    assert len(started) == 4


@pytest.mark.django_db
def test_drops_a_listing_of_a_bucket_that_is_gone() -> None:
    tasks.finish_listing(str(uuid4()), "a/")
    assert not Folder.objects.exists()


def test_drops_a_listing_above_the_bucket_s_root(bucket: Bucket) -> None:
    bucket.root_path = "inside/"
    bucket.save()
    tasks.finish_listing(str(bucket.id), "outside/")
    assert not Folder.objects.exists()


def test_leaves_a_failed_listing_to_the_next_visitor(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package has a function of the module's name.
    monkeypatch.setattr(import_module("buckets.s3.lister.listing"), "FAULT_SECONDS", 0.3)
    bucket.endpoint_url = "http://127.0.0.1:9"
    bucket.save()
    tasks.finish_listing(str(bucket.id), "a/")
    assert not Folder.objects.filter(claimed_at__isnull=False).exists()


@pytest.mark.django_db
def test_sweeps_uploads_every_half_minute(now: datetime) -> None:
    entry = app.conf.beat_schedule["sweep-uploads"]
    assert app.tasks[entry["task"]] is not None
    assert entry["schedule"] <= 60
    tasks.sweep_uploads()


@pytest.mark.django_db
def test_drops_what_is_outdated_every_hour() -> None:
    assert app.conf.beat_schedule["drop-outdated"]["task"] in app.tasks
    tasks.drop_outdated()
