"""Sockets that search, held by nobody's browser."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.refreshing import open_session
from accounts.tokens import access_token
from benchmarks.fake_s3 import FakeS3
from mediabridge.sockets import router
from search import reading, running, runs

OWN = b"http://testserver"


class Socket(WebsocketCommunicator):  # type: ignore[misc]
    """Channels' own leaves the database's connections open, for tests in one transaction. These commit."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output

    async def everything(self, within: float = 20) -> list[dict[str, Any]]:
        """All it says until it closes."""
        said = []
        while (output := await self.receive_output(within))["type"] != "websocket.close":
            said.append(json.loads(output["text"]))
        return said


def socket(path: str, *, origin: bytes | None = None, session: str = "") -> Socket:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin))
    if session:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
    return Socket(router, path, headers)


async def opened(path: str, **more: Any) -> Socket:
    made = socket(path, **more)
    accepted, _ = await made.connect()
    assert accepted
    return made


async def asked(path: str, message: object, **more: Any) -> list[dict[str, Any]]:
    """What is said to this first message until the end."""
    made = await opened(path, **more)
    await made.send_to(text_data=message if isinstance(message, str) else json.dumps(message))
    return await made.everything()


def token_of(user: User, *, age: timedelta = timedelta(0)) -> str:
    """An access token of `user`, made so long ago."""
    grant = open_session(user=user, ip=None, agent="", now=timezone.now())
    return access_token(grant.session, now=timezone.now() - age)


def session_of(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


@contextmanager
def store(*keys: str, **more: Any) -> Iterator[tuple[FakeS3, str]]:
    """A simulated store with these keys in the bucket of the cast."""
    fake = FakeS3({"press-kit": sorted(keys, key=str.encode)}, **more)
    with fake.running() as endpoint:
        yield fake, endpoint


def sleep() -> None:
    """As if the database looked for something for long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")


async def until_asleep(count: int) -> None:
    """Returns when so many such questions run."""

    def sleepers() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                " AND query LIKE 'SELECT pg_sleep(2%'"
            )
            found: int = cursor.fetchone()[0]
            return found

    async with asyncio.timeout(10):
        while await running.in_thread(sleepers) != count:
            await asyncio.sleep(0.005)


async def hang_up() -> None:
    """Gives back what searches of this event loop keep for the next one: each test has a loop of its own."""
    await runs.close()
    # A question that nobody waits for any more would meet the emptying of the tables.
    for threads in (running._askers, reading._readers):
        while threads._threads and threads._idle_semaphore._value < len(threads._threads):
            await asyncio.sleep(0.01)
