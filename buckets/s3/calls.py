"""One call to a store, guarded: bounded in time, in number and in patience, so that a bad bucket is only its own trouble.

In order: the database connection goes back to the pool, a bucket known to be dead fails at once, at most sixteen calls to
a bucket run in this process, and what may pass by itself is tried again within eight seconds in all.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar
from uuid import UUID

from django.db import connections

from buckets.connection import Connection
from buckets.s3.deadline import Deadline
from buckets.s3.errors import S3Unavailable

T = TypeVar("T")

BUDGET_SECONDS = 8.0
AT_ONCE = 16
"""How many calls to one bucket may run at once in one process."""

_WAIT_FOR_TURN = 1.0
_ATTEMPTS = 4
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_FAILURES_TO_OPEN = 2
_OPEN_SECONDS = 4.0


@dataclass(slots=True)
class _Guard:
    """What this process remembers of one bucket: its turns, and its failures in a row."""

    version: int
    turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0
    closed_until: float = 0.0

    def refuse_if_dead(self, action: str) -> None:
        """Raises S3Unavailable while the bucket rests; lets one call through to try when the rest is over."""
        with self.lock:
            if self.failures < _FAILURES_TO_OPEN:
                return
            now = time.monotonic()
            if now < self.closed_until:
                raise S3Unavailable(action=action, code="resting", retry_after=self.closed_until - now)
            self.closed_until = now + BUDGET_SECONDS

    def note(self, *, answered: bool) -> None:
        with self.lock:
            self.failures = 0 if answered else self.failures + 1
            self.closed_until = 0.0 if answered else time.monotonic() + _OPEN_SECONDS

    @contextmanager
    def turn(self, action: str, deadline: Deadline) -> Iterator[None]:
        if not self.turns.acquire(timeout=max(0.0, min(_WAIT_FOR_TURN, deadline.left))):
            raise S3Unavailable(
                "The storage has too much to do at the moment.", action=action, code="busy", retry_after=1.0
            )
        try:
            yield
        finally:
            self.turns.release()


_guards: dict[UUID, _Guard] = {}
_guards_lock = threading.Lock()


def call(connection: Connection, action: str, attempt: Callable[[Deadline], T]) -> T:
    """What `attempt` returns, tried up to four times within eight seconds. `action` is the IAM action it needs.

    `attempt` gets the deadline it must keep and must be harmless to repeat. Raises S3Error.
    """
    release_database()
    deadline = Deadline.in_seconds(BUDGET_SECONDS)
    guard = _guard_of(connection)
    guard.refuse_if_dead(action)
    with guard.turn(action, deadline):
        try:
            result = _patiently(attempt, deadline)
        except S3Unavailable:
            guard.note(answered=False)
            raise
        except BaseException:  # whatever it was, the storage did answer; a probe must not stay open
            guard.note(answered=True)
            raise
        guard.note(answered=True)
        return result


def forget(bucket_id: UUID) -> None:
    """Forgets a bucket's failures, so that the next call really tries."""
    with _guards_lock:
        _guards.pop(bucket_id, None)


def release_database() -> None:
    """Gives pooled database connections back, unless a transaction is open.

    A store may keep a thread waiting for seconds. Connections held meanwhile would run out, and then one slow bucket stops
    every page. The next query takes a connection again, in microseconds. Open server-side cursors would be lost: finish
    reading before calling a store.
    """
    for database in connections.all(initialized_only=True):
        if "pool" in database.settings_dict["OPTIONS"] and not database.in_atomic_block:
            database.close()


def _patiently(attempt: Callable[[Deadline], T], deadline: Deadline) -> T:
    pause = _FIRST_PAUSE
    for number in count(1):
        try:
            return attempt(deadline)
        except S3Unavailable as error:
            wait = max(_asked_for(error), pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            if number == _ATTEMPTS or not error.may_pass or deadline.left <= wait:
                raise
        time.sleep(wait)
        pause = min(pause * 3, _LONGEST_PAUSE)
    raise AssertionError("count() never ends")


def _asked_for(error: S3Unavailable) -> float:
    return error.retry_after if error.was_told_when else 0.0


def _guard_of(connection: Connection) -> _Guard:
    with _guards_lock:
        guard = _guards.get(connection.bucket_id)
        if guard is None or guard.version != connection.version:
            guard = _guards[connection.bucket_id] = _Guard(connection.version)
        return guard
