"""What a bucket is asked at once: halved when it says so, grown again, and nobody's turn is lost."""

import asyncio
import time

import pytest

from buckets.s3.lister import RequestBudget, waits
from buckets.s3.lister import budget as room


@pytest.fixture(autouse=True)
def known_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of which nobody need find out first how much it bears."""
    monkeypatch.setattr(waits, "_UNKNOWN", 64)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
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


def test_learns_how_often_a_store_answers(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that bears 300 requests a second, and says SlowDown to the rest, is asked for nearly as many."""

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    level, filled, refused = 30.0, clock[0], 0
    budget = RequestBudget()

    async def acts() -> None:
        nonlocal level, filled, refused
        for _ in range(3000):
            try:
                async with budget.turn():
                    sent_at = clock[0]
                    clock[0] += 1 / 600
                    level, filled = min(30.0, level + (clock[0] - filled) * 300), clock[0]
                    if level < 1:
                        raise ConnectionRefusedError
                    level -= 1
            except ConnectionRefusedError:
                refused += 1
                budget.slow_down(sent_at=sent_at)

    started = clock[0]
    asyncio.run(acts())
    assert 0 < refused < 100
    assert (3000 - refused) / (clock[0] - started) > 0.85 * 300


def test_forgets_what_it_learnt_after_a_quiet_while(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    budget = RequestBudget()

    async def ask(times: int) -> float:
        slept.clear()
        for _ in range(times):
            async with budget.turn():
                clock[0] += 0.01
        return sum(slept)

    assert asyncio.run(ask(60)) == 0
    budget.slow_down(sent_at=clock[0])
    assert asyncio.run(ask(20)) > 0
    clock[0] += 60
    assert asyncio.run(ask(20)) == 0
