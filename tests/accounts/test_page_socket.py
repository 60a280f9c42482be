"""The socket of a page: open for as long as the session is, told why it ends, and never listened to."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import channel_layers, get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisGone

from accounts import consumers, passwords, people, sessions
from accounts.consumers import holders
from accounts.models import Session, User
from mediabridge import switchboard
from mediabridge.sockets import router
from mediabridge.switchboard import board
from tests import people as cast

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
NEVER = "0" * 32


@pytest.fixture(autouse=True)
def _fresh_layer():
    """A layer belongs to the loop that first used it, and every test has its own."""
    channel_layers.backends.clear()
    board._sockets.clear()
    holders._running.clear()
    holders._waiting.clear()


class Socket(WebsocketCommunicator):
    """Channels' own leaves the database's connections open, for tests in one transaction. These commit."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


def signed_in():
    mark = User.objects.filter(email="mark@example.com").first() or cast.mark()
    browser = Client()
    browser.force_login(mark)
    return mark, browser.cookies[settings.SESSION_COOKIE_NAME].value


def force_out(user):
    sessions.force_logout(user=user, reason="test", now=timezone.now())


def socket_with(key, query=""):
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    if key is not None:
        headers.append((b"cookie", f"theme=dark; {settings.SESSION_COOKIE_NAME}={key}".encode()))
    return Socket(router, f"/ws/page{query}", headers)


async def open_one(key, query=""):
    socket = socket_with(key, query)
    accepted, _ = await socket.connect()
    assert accepted
    return socket


@asynccontextmanager
async def opened(key, query=""):
    socket = await open_one(key, query)
    yield socket
    await socket.disconnect()


async def farewell(socket, within=2):
    said = await socket.receive_json_from(within)
    closed = await socket.receive_output(within)
    return said["type"], said["reason"], closed["code"]


async def listening(user):
    """Returns when a socket of theirs stands, and can be told."""
    async with asyncio.timeout(10):
        while not board.count(user.pk) or not get_channel_layer().groups.get(switchboard.GROUP):
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("key", [None, "", "nonsense", NEVER, "../../etc/passwd", "É" * 32])
async def test_tells_a_stranger_so_and_closes(key):
    async with opened(key) as socket:
        assert await farewell(socket) == ("signed_out", "", consumers.SIGNED_OUT)


async def test_stays_silent_while_the_session_lasts():
    mark, key = await database_sync_to_async(signed_in)()

    async with opened(key, f"?of={mark.pk}") as socket:
        await listening(mark)
        assert await socket.receive_nothing(0.2)


async def test_tells_the_reason_to_a_page_that_comes_too_late():
    mark, key = await database_sync_to_async(signed_in)()
    await database_sync_to_async(force_out)(mark)

    async with opened(key) as socket:
        assert await farewell(socket) == ("signed_out", "forced_out", consumers.SIGNED_OUT)


def change_password(mark, key):
    kept = Session.objects.exclude(session_key=key).get()
    new = "another fine password"
    passwords.change(user=mark, current=cast.PASSWORD, new=new, keep=kept.id, ip=None, now=timezone.now())


def revoke(mark, key):
    mine = Session.objects.get(session_key=key)
    sessions.end(
        user=mark, session_id=mine.id, reason=Session.Ended.REVOKED, by=mark, ip=None, now=timezone.now()
    )


ENDS = {
    "forced_out": lambda mark, _: force_out(mark),
    "disabled": lambda mark, _: people.disable(user=mark, now=timezone.now()),
    "password_changed": change_password,
    "revoked": revoke,
    "": lambda mark, _: people.remove(mark, by=None),
}


@pytest.mark.parametrize("reason", ENDS)
async def test_closes_as_soon_as_the_session_ends(reason):
    mark, key = await database_sync_to_async(signed_in)()
    _, other = await database_sync_to_async(signed_in)()

    async with opened(key) as socket, opened(other) as elsewhere:
        await listening(mark)
        await database_sync_to_async(ENDS[reason])(mark, key)

        assert await farewell(socket) == ("signed_out", reason, consumers.SIGNED_OUT)
        if reason in ("password_changed", "revoked"):
            assert await elsewhere.receive_nothing(0.2)


async def test_closes_when_its_owner_signs_out():
    mark, key = await database_sync_to_async(signed_in)()
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = key

    async with opened(key) as socket:
        await listening(mark)
        await database_sync_to_async(browser.post)("/logout")

        assert await farewell(socket) == ("signed_out", "signed_out", consumers.SIGNED_OUT)


async def test_leaves_other_peoples_sockets_open():
    mark, _ = await database_sync_to_async(signed_in)()
    rita = await database_sync_to_async(cast.rita)()
    browser = Client()
    await database_sync_to_async(browser.force_login)(rita)

    async with opened(browser.cookies[settings.SESSION_COOKIE_NAME].value) as socket:
        await listening(rita)
        await database_sync_to_async(force_out)(mark)
        assert await socket.receive_nothing(0.2)


async def test_ends_a_page_that_somebody_else_had_opened():
    _, key = await database_sync_to_async(signed_in)()

    async with opened(key, "?of=3f2c1b9e-6d5a-4c3b-8f7e-0a1b2c3d4e5f") as socket:
        assert await farewell(socket) == ("signed_out", "", consumers.SIGNED_OUT)


@pytest.mark.parametrize("frame", [{"text_data": "{}"}, {"bytes_data": b"\x00"}])
async def test_closes_on_anything_that_is_said(frame):
    mark, key = await database_sync_to_async(signed_in)()

    async with opened(key) as socket:
        await listening(mark)
        await socket.send_to(**frame)
        assert (await socket.receive_output())["code"] == consumers.UNEXPECTED


async def test_holds_no_more_than_so_many_for_one_person(monkeypatch):
    monkeypatch.setattr(consumers, "MOST_A_PERSON", 1)
    mark, key = await database_sync_to_async(signed_in)()

    first = await open_one(key)
    await listening(mark)
    async with opened(key) as second:
        assert (await second.receive_output())["code"] == consumers.TOO_MANY
    await first.disconnect()
    assert not board.count(mark.pk)
    async with opened(key) as third:
        assert await third.receive_nothing(0.1)


class NoLayer:
    async def new_channel(self):
        raise RedisGone

    async def group_send(self, group, message):
        raise RedisGone


async def test_looks_by_itself_when_nobody_can_tell_it(monkeypatch, caplog):
    monkeypatch.setattr(switchboard, "get_channel_layer", NoLayer)
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.1)
    mark, key = await database_sync_to_async(signed_in)()

    async with opened(key) as socket:
        assert await socket.receive_nothing(0.2)
        await database_sync_to_async(force_out)(mark)
        assert await farewell(socket) == ("signed_out", "forced_out", consumers.SIGNED_OUT)
    assert "could not be told" in caplog.text


async def test_asks_once_for_all_pages_of_a_browser_and_never_before_they_wanted_to_know(monkeypatch):
    answers, asked = asyncio.Queue(), []

    async def slowly(key):
        asked.append(key)
        return await answers.get()

    monkeypatch.setattr(holders, "_who_holds", slowly)
    first = asyncio.create_task(holders.holder_of(NEVER))
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(holders.holder_of(NEVER)) for _ in range(5)]
    await asyncio.sleep(0.01)
    assert len(asked) == 1

    answers.put_nowait((None, "old"))
    answers.put_nowait((None, "new"))

    assert await first == (None, "old")
    assert await asyncio.gather(*later) == [(None, "new")] * 5
    assert len(asked) == 2
    assert not holders._running
    assert not holders._waiting


async def test_asks_to_come_later_when_the_database_is_away(monkeypatch):
    async def away(key):
        raise OperationalError

    monkeypatch.setattr(holders, "_who_holds", away)

    async with opened(NEVER) as socket:
        assert (await socket.receive_output())["code"] == consumers.TRY_LATER


async def test_stays_open_while_the_database_is_away_and_looks_again(monkeypatch):
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.05)
    mark, key = await database_sync_to_async(signed_in)()
    real, away = holders._who_holds, asyncio.Event()

    async def sometimes(asked):
        if away.is_set():
            raise OperationalError
        return await real(asked)

    monkeypatch.setattr(holders, "_who_holds", sometimes)
    async with opened(key) as socket:
        await listening(mark)
        away.set()
        assert await socket.receive_nothing(0.2)
        await database_sync_to_async(force_out)(mark)
        away.clear()
        assert await farewell(socket) == ("signed_out", "forced_out", consumers.SIGNED_OUT)
