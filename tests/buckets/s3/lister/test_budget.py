"""What a bucket is asked at once: halved when it says so, grown again, and nobody's turn is lost."""

import asyncio
import time

import pytest

from buckets.s3.lister import RequestBudget
from buckets.s3.lister import budget as room


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(room.time, "monotonic", lambda: now[0])
    return now


def test_halves_and_grows_by_one_a_second(clock: list[float]) -> None:
    budget = RequestBudget(at_once=64)
    budget.slow_down(sent_at=99.0)
    assert budget.at_once == 32
    clock[0] += 5
    assert budget.at_once == 37
    clock[0] += 1000
    assert budget.at_once == 64


def test_halves_once_for_all_that_was_sent_before(clock: list[float]) -> None:
    budget = RequestBudget(at_once=64)
    for _ in range(20):
        budget.slow_down(sent_at=99.5)
    assert budget.at_once == 32
    clock[0] += 0.5
    budget.slow_down(sent_at=100.2)
    assert budget.at_once == 16


def test_never_goes_below_one(clock: list[float]) -> None:
    budget = RequestBudget(at_once=4)
    for _ in range(9):
        clock[0] += 0.01
        budget.slow_down(sent_at=clock[0] - 0.001)
    assert budget.at_once == 1


def test_asks_other_stores_less_often_than_aws() -> None:
    async def used(budget: RequestBudget) -> float:
        started = time.monotonic()
        for _ in range(100):
            async with budget.turn():
                pass
        return time.monotonic() - started

    assert asyncio.run(used(RequestBudget.for_endpoint("https://s3.example.com"))) > 0.1
    assert RequestBudget.for_endpoint("").at_once == room.AT_ONCE


def test_gives_the_turn_on_when_somebody_leaves_the_queue() -> None:
    async def acts() -> int:
        budget, done = RequestBudget(at_once=1), []

        async def one(number: int) -> None:
            async with budget.turn():
                await asyncio.sleep(0)
                done.append(number)

        async with budget.turn():
            waiting = [asyncio.create_task(one(number)) for number in range(4)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            waiting[2].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(done)

    assert asyncio.run(acts()) == 2
