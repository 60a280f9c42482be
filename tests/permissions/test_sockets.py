"""Who may hold a socket open, at every socket there is."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.conf import settings

from benchmarks.fake_s3 import FakeS3
from mediabridge import switchboard
from mediabridge.sockets import router
from tests.permissions.cast import EVERYBODY, Stage, set_up
from tests.permissions.table import SOCKETS

NOWHERE = "http://127.0.0.1:9"
SILENCE = 0.2
"""Seconds without a word after which a socket counts as open."""


class Socket(WebsocketCommunicator):
    """Channels' own leaves the database's connections open, for tests in one transaction. These commit."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


@pytest.mark.django_db(transaction=True)
def test_answers_each_person_as_the_table_says() -> None:
    channel_layers.backends.clear()
    switchboard.board._sockets.clear()
    stage = set_up(FakeS3({}), NOWHERE)
    answers = {(route, who): said for route, (_, said_to) in SOCKETS.items() for who, said in said_to.items()}

    async def knock_everywhere() -> list[str]:
        return await asyncio.gather(*(_knock(stage, who, SOCKETS[route][0]) for route, who in answers))

    got = dict(zip(answers, async_to_sync(knock_everywhere)(), strict=True))

    assert [
        f"{where}: {got[where]}, not {said}" for where, said in answers.items() if got[where] != said
    ] == []


def test_the_table_names_everybody() -> None:
    assert all(set(said_to) == set(EVERYBODY) for _, said_to in SOCKETS.values())


async def _knock(stage: Stage, who: str, path: str) -> str:
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    if who in stage.cookies:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={stage.cookies[who]}".encode()))
    socket = Socket(router, path, headers)
    accepted, _ = await socket.connect()
    if not accepted:
        return "refused"
    if await socket.receive_nothing(SILENCE):
        await socket.disconnect()
        return "open"
    said = await socket.receive_output()
    while said["type"] != "websocket.close":
        said = await socket.receive_output()
    return f"closed with {said['code']}"
