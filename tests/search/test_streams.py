"""Streams of events, brought together and cut."""

import asyncio
import threading
from contextlib import aclosing, suppress

import pytest
from asgiref.sync import async_to_sync

from search import streams
from search.events import Complete, Found, Traversing
from search.hits import FILE, Hit
from search.reading import from_thread
from search.streams import MOST_ROWS, batched, end, merged


def hits(count):
    return [Hit(FILE, "", str(number)) for number in range(count)]


async def stream(*given, closed=None):
    try:
        for one in given:
            if isinstance(one, Exception):
                raise one
            if isinstance(one, float):
                await asyncio.sleep(one)
            else:
                yield one
    finally:
        if closed is not None:
            closed.append(True)


@async_to_sync
async def collected(generator):
    async with aclosing(generator):
        return [given async for given in generator]


def test_gives_all_of_several_streams():
    assert sorted(collected(merged(stream(1, 2, 3), stream(4, 0.01, 5), stream()))) == [1, 2, 3, 4, 5]


def test_raises_what_one_of_them_raises_and_ends_the_others():
    closed = []
    with pytest.raises(LookupError):
        collected(merged(stream(LookupError()), stream(60.0, closed=closed)))
    assert closed == [True]


def test_cuts_many_hits_into_batches():
    told = collected(batched(stream(Found(hits(2 * MOST_ROWS + 5)), Complete())))

    assert [len(event.hits) for event in told[:-1]] == [MOST_ROWS, MOST_ROWS, 5]
    assert told[-1] == Complete()


def test_gathers_few_hits_but_not_for_long():
    told = collected(batched(stream(Found(hits(1)), Found(hits(2)), 0.2, Found(hits(1)), Complete())))

    assert [len(event.hits) for event in told[:-1]] == [3, 1]


def test_keeps_nobody_waiting_for_the_first_hit(monkeypatch):
    monkeypatch.setattr(streams, "MOST_WAIT", 60)

    @async_to_sync
    async def first():
        async with asyncio.timeout(5), aclosing(batched(stream(Found(hits(1)), 30.0))) as events:
            return await anext(events)

    assert first() == Found(hits(1))


def test_keeps_the_order_of_hits_and_words():
    told = collected(batched(stream(Found(hits(1)), Traversing("a/"), Found(hits(1)))))

    assert told == [Found(hits(1)), Traversing("a/"), Found(hits(1))]


def test_ends_the_stream_it_takes_from():
    closed = []

    @async_to_sync
    async def take_one():
        async with aclosing(batched(stream(Traversing(""), 60.0, closed=closed))) as events:
            await anext(events)
            await asyncio.sleep(0)

    take_one()

    assert closed == [True]


def test_reads_in_a_thread():
    threads = []

    def rows():
        threads.append(threading.get_ident())
        yield from range(5)

    assert collected(from_thread(rows)) == [0, 1, 2, 3, 4]
    assert threads != [threading.get_ident()]


def test_raises_what_reading_raises():
    def rows():
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        collected(from_thread(rows))


def test_reads_no_further_than_is_taken():
    read = []

    def rows():
        for number in range(1_000):
            read.append(number)
            yield number

    @async_to_sync
    async def take_one():
        async with aclosing(from_thread(rows)) as chunks:
            await anext(chunks)
            await asyncio.sleep(0.05)

    take_one()

    assert len(read) < 20


def test_waits_for_what_it_ends_though_it_is_cancelled_itself():
    tidied = []

    async def untidy():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            tidied.append(True)

    @async_to_sync
    async def end_twice():
        task = asyncio.create_task(untidy())
        await asyncio.sleep(0)
        ending = asyncio.create_task(end(task))
        await asyncio.sleep(0.01)
        ending.cancel()
        await asyncio.wait([ending])
        return ending.cancelled()

    assert end_twice()
    assert tidied == [True]


def test_ends_what_ends_something_deaf(monkeypatch):
    monkeypatch.setattr(streams, "_SAY_AGAIN_AFTER", 0.02)

    async def deaf():
        for _ in range(3):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    async def serve():
        task = asyncio.create_task(deaf())
        try:
            await asyncio.sleep(60)
        finally:
            await end(task)

    @async_to_sync
    async def end_all():
        serving = asyncio.create_task(serve())
        await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            await end(serving)

    end_all()
