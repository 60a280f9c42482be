"""Reading from the database for somebody who may lose interest."""

import asyncio
import logging
import time

import pytest
from django.db import connection

from search import reading
from search.reading import from_thread
from search.running import in_thread
from tests.search.sockets import sleep, until_asleep


def asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def slowly():
    yield "begun"
    sleep()
    yield "over"


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
class TestClosing:
    async def test_ends_a_statement_that_runs(self, caplog, record_property):
        caplog.set_level(logging.WARNING)
        rows = from_thread(slowly)
        assert await anext(rows) == "begun"
        waiting = asyncio.ensure_future(anext(rows))
        await until_asleep(1)

        closed = time.monotonic()
        waiting.cancel()
        await asyncio.wait([waiting])
        await rows.aclose()
        await until_asleep(0)
        took = time.monotonic() - closed

        assert took < 2
        record_property("closed_after", f"{took:.3f} s")
        assert caplog.records == []

    async def test_gives_back_a_connection_that_works_and_cancels_nobody_elses(self, monkeypatch):
        monkeypatch.setattr(reading, "_LOOK_UP_EVERY", 0.001)

        def short():
            for _ in range(20):
                yield asked("SELECT 1")

        async def one_closed_early():
            rows = from_thread(short)
            assert await anext(rows) == 1
            await rows.aclose()

        for _ in range(5):
            await asyncio.gather(*(one_closed_early() for _ in range(4)))
            assert await in_thread(lambda: asked("SELECT 7")) == 7
            assert [row async for row in from_thread(short)] == [1] * 20
