"""The collector in a process that lists."""

import gc
from collections.abc import Iterator

import pytest

from buckets.s3.lister.garbage import ROWS, collect_rarely


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_is_rare_and_not_off() -> None:
    collect_rarely()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == ROWS
    assert gc.get_freeze_count() > 1000


def test_still_finds_rings() -> None:
    collect_rarely()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
