"""A server that ends, and what its application gives back then."""

import asyncio
from typing import Any

import pytest

from mediabridge.lifespan import lifespan
from mediabridge.serving import PatientServer
from search import exchange, runs

pytestmark = pytest.mark.asyncio


def server_of(application: Any) -> PatientServer:
    server = PatientServer.__new__(PatientServer)
    server.application, server.connections = application, {}
    return server


async def test_gives_back_what_searches_keep_when_the_server_ends() -> None:
    server = server_of(lifespan)
    server.begin_life()
    transport, mine = await runs._transport(), exchange.exchange()

    await server.kill_all_applications().asFuture(asyncio.get_running_loop())

    assert transport._session.closed
    assert server._life is not None
    assert server._life.done()
    assert server._life.exception() is None
    assert exchange.exchange() is not mine
    await exchange.hang_up()


async def test_goes_without_where_the_application_knows_of_no_such_thing() -> None:
    async def ignorant(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise ValueError(scope["type"])

    server = server_of(ignorant)
    server.begin_life()

    await server.kill_all_applications().asFuture(asyncio.get_running_loop())

    assert server._life is not None
    assert isinstance(server._life.exception(), ValueError)
