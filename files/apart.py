"""Big listings are stored by a process of its own, `manage.py store_listing`: whoever searches here keeps memory and time.

One after the other, so that however many are searching, storing takes one core at most; and of one folder only as often as
it pays.
"""

import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings

from files.bucket_index import PAYS_AFTER
from files.spool import Spool
from files.storing import Begun

log = structlog.get_logger(__name__)
_MOST_REMEMBERED: Final = 1_000
_SAID_BY_ITSELF: Final = (0, 1, 143)
"""Ends of the command that stand in its own log: done, failed, or told to stop."""
_LAST_BREATH: Final = 5.0
_threads = ThreadPoolExecutor(1, thread_name_prefix="apart")
_processes: set["subprocess.Popen[bytes]"] = set()
_rests: dict[tuple[UUID, str], float] = {}
"""Until when storing this folder again does not pay."""


def pays(begun: Begun) -> bool:
    """Whether this listing should be stored: not while another one of the same folder is, and for twenty times as long as
    that took."""
    return _rests.get(_key(begun), 0.0) <= time.monotonic()


def store_apart(begun: Begun, spool: Spool) -> Future[None]:
    """Has the whole listing in `spool` stored, when those before it are."""
    _rests.pop(_key(begun), None)
    if len(_rests) >= _MOST_REMEMBERED:
        del _rests[next(iter(_rests))]
    _rests[_key(begun)] = float("inf")
    future = _threads.submit(_store, begun, spool)
    # Of one that never began, too, nothing is left.
    future.add_done_callback(lambda done: spool.drop() if done.cancelled() else None)
    return future


def stop() -> None:
    """Ends what is stored at the moment; what of it is stored is whole."""
    for process in list(_processes):
        process.terminate()


def _store(begun: Begun, spool: Spool) -> None:
    started = time.monotonic()
    try:
        with spool.closed() as file:
            _run(file.fileno())
    except OSError as problem:
        log.warning("listing_not_remembered", problem=type(problem).__name__)
    finally:
        now = time.monotonic()
        _rests[_key(begun)] = now + PAYS_AFTER * (now - started)


def _run(descriptor: int) -> None:
    # Whoever presses Ctrl-C means the lister, which says so itself.
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "store_listing"],
        stdin=descriptor,
        start_new_session=True,
    )
    _processes.add(process)
    try:
        code = process.wait(timeout=settings.INDEX_TIME_LIMIT * 60)
    except subprocess.TimeoutExpired:
        log.warning("listing_not_remembered", problem="TookTooLong")
        _end(process)
    else:
        if code not in _SAID_BY_ITSELF:
            log.warning("listing_not_remembered", problem="it ended unheard", code=code)
    finally:
        _processes.discard(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        # It gives back its claim on the bucket.
        process.wait(timeout=_LAST_BREATH)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _key(begun: Begun) -> tuple[UUID, str]:
    return begun.bucket_id, begun.path
