"""One bad bucket is only its own trouble: it fails fast, holds few threads and no database connection."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db import transaction

from buckets.paths import Reach
from buckets.s3 import calls
from buckets.s3.errors import (
    S3AccessDenied,
    S3Unavailable,
)
from tests.buckets.s3.acts import head_file, list_root
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import (
    FaultyStore,
    listing,
    refusal,
    stall,
)


class TestABucketThatIsDead:
    @pytest.fixture
    def dead(self, store: FaultyStore, reach: Reach) -> Reach:
        store.behaviours = [refusal(503, "SlowDown")]
        for _ in range(2):
            with pytest.raises(S3Unavailable):
                list_root(reach)
        return reach

    def test_fails_at_once_for_a_while(self, store: FaultyStore, dead: Reach) -> None:
        before = len(store.requests)
        with pytest.raises(S3Unavailable) as failed:
            head_file(dead)
        assert len(store.requests) == before
        assert 0 < failed.value.retry_after <= 4

    def test_does_not_stop_another_bucket(self, store: FaultyStore, dead: Reach) -> None:
        with FaultyStore() as healthy:
            list_root(make_reach(healthy.url))

    def test_is_tried_again_by_one_call_after_a_while(
        self, store: FaultyStore, dead: Reach, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = calls.time.monotonic() + 5
        monkeypatch.setattr(calls.time, "monotonic", lambda: later)
        guard = calls._guard_of(dead.connection)
        guard.refuse_if_dead("s3:ListBucket")
        with pytest.raises(S3Unavailable):
            guard.refuse_if_dead("s3:ListBucket")

    def test_works_again_once_it_answered(self, store: FaultyStore, dead: Reach) -> None:
        calls._guard_of(dead.connection).closed_until = 0
        store.behaviours = [listing()]
        list_root(dead)
        list_root(dead)

    def test_is_tried_at_once_when_its_connection_changed(self, store: FaultyStore, dead: Reach) -> None:
        store.behaviours = [listing()]
        calls.forget(dead.bucket_id)
        list_root(dead)

    def test_is_not_one_that_refuses(self, store: FaultyStore, reach: Reach) -> None:
        store.behaviours = [refusal(403, "AccessDenied")]
        for _ in range(5):
            with pytest.raises(S3AccessDenied):
                list_root(reach)
        assert len(store.requests) == 5


class TestABucketThatStalls:
    @pytest.fixture
    def crowd(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(40) as threads:
            yield threads

    def test_holds_no_more_than_sixteen_callers(
        self, impatient: None, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        inside, gate = threading.Semaphore(0), threading.Event()

        def attempt(deadline: calls.Deadline) -> str:
            inside.release()
            gate.wait()
            return "answered"

        held = [
            crowd.submit(calls.call, reach.connection, "s3:ListBucket", attempt) for _ in range(calls.AT_ONCE)
        ]
        assert all(inside.acquire(timeout=10) for _ in held)
        with pytest.raises(S3Unavailable) as refusal:
            calls.call(reach.connection, "s3:ListBucket", attempt)
        assert refusal.value.code == "busy"
        gate.set()
        assert [future.result() for future in held] == ["answered"] * calls.AT_ONCE

    def test_leaves_the_other_buckets_alone(
        self, impatient: None, store: FaultyStore, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        store.behaviours = [stall]
        stuck = [crowd.submit(list_root, reach) for _ in range(20)]
        with FaultyStore() as healthy:
            other = make_reach(healthy.url)
            for _ in range(20):
                list_root(other)
            assert not all(future.done() for future in stuck)

    def test_serves_everybody_once_it_answers(
        self, store: FaultyStore, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        futures = [crowd.submit(list_root, reach) for _ in range(60)]
        assert all(len(future.result()) == 1 for future in futures)


@pytest.mark.django_db(transaction=True)
class TestThePooledDatabaseConnection:
    @pytest.fixture(autouse=True)
    def pooled(self) -> Iterator[None]:
        database.close()
        database.settings_dict["OPTIONS"]["pool"] = {"min_size": 0, "max_size": 1, "timeout": 2}
        yield
        database.close()
        database.close_pool()
        del database.settings_dict["OPTIONS"]["pool"]

    def test_goes_back_before_a_call(self, store: FaultyStore, reach: Reach) -> None:
        database.ensure_connection()
        list_root(reach)
        assert database.connection is None

    def test_stays_while_a_transaction_is_open(self, store: FaultyStore, reach: Reach) -> None:
        with transaction.atomic():
            list_root(reach)
            assert database.connection is not None

    def test_serves_another_thread_while_the_store_stalls(
        self, impatient: None, store: FaultyStore, reach: Reach
    ) -> None:
        store.behaviours = [stall]
        database.ensure_connection()
        with ThreadPoolExecutor(1) as other:
            calls.release_database()

            def ask() -> int:
                with database.cursor() as cursor:
                    cursor.execute("select 1")
                    found = cursor.fetchone()[0]
                database.close()
                return int(found)

            assert other.submit(ask).result() == 1
