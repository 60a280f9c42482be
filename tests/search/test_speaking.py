"""Words to a client that hangs up while they are said."""

import asyncio
import logging

import pytest
from autobahn.exception import Disconnected

from mediabridge.serving import PatientServer
from search.consumers.speaking import ReaderGone, Speaker
from search.consumers.wire import WireSearch

pytestmark = pytest.mark.asyncio


class HungUp:
    """A connection of daphne's whose client is gone, though the application doesn't know yet."""

    transport = None

    def handle_reply(self, message):
        if message["type"] == "websocket.send":
            raise Disconnected("Attempt to send on a closed protocol")


@pytest.fixture
def line():
    server = PatientServer.__new__(PatientServer)
    gone = HungUp()
    server.connections = {gone: {}}
    server._lines = {}
    return lambda message: server.handle_reply(gone, message)


async def test_saying_something_to_one_who_hung_up_says_that_they_are_gone(line):
    speaker = Speaker()
    speaker.base_send = line

    with pytest.raises(ReaderGone):
        await speaker.say("{}")


async def test_a_search_is_not_to_blame_for_one_who_hung_up(line, caplog, monkeypatch):
    async def say_something(self):
        await self.say("{}")

    monkeypatch.setattr(WireSearch, "_search", say_something)
    search = WireSearch()
    search.base_send = line
    with caplog.at_level(logging.INFO):
        await search.connect()
        await asyncio.wait([search._task])

    assert search._task.exception() is None
    assert caplog.records == []
