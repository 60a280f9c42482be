"""One refresh token has one successor, however many ask with it at once, at whatever process."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookies import SimpleCookie
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts import refreshing
from accounts.models import RefreshToken, Session, User
from tests.promises.conftest import Webs

AT_ONCE = 50
SAMPLE, ALL = 10, 200


@pytest.fixture
def token(mark: User) -> str:
    return refreshing.open_session(user=mark, ip=None, agent="", now=timezone.now()).refresh_token


def clients(webs: Webs) -> Iterator[http.client.HTTPConnection]:
    for number in range(AT_ONCE):
        address = urlsplit(webs.urls[number % 2])
        yield http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)


def asked_at_once(connections: list[http.client.HTTPConnection], token: str) -> list[tuple[int, str, str]]:
    """Status, code and successor of a refresh by every connection with the same token."""
    ready = Barrier(len(connections))

    def ask(connection: http.client.HTTPConnection) -> tuple[int, str, str]:
        ready.wait()
        connection.request("POST", "/api/auth/refresh", headers={"Cookie": f"refresh={token}"})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        held = SimpleCookie(answer.headers.get("Set-Cookie", ""))
        return answer.status, said.get("code", ""), held["refresh"].value if "refresh" in held else ""

    with ThreadPoolExecutor(len(connections)) as pool:
        return list(pool.map(ask, connections))


@pytest.mark.parametrize(
    "rounds", [SAMPLE, pytest.param(ALL, marks=pytest.mark.full_promises)], ids=["sample", "all"]
)
def test_gives_exactly_one_successor(
    webs: Webs, mark: User, token: str, rounds: int, figure: Callable[[str], None]
) -> None:
    connections = list(clients(webs))
    started, outcomes = time.monotonic(), []
    for _ in range(rounds):
        answers = asked_at_once(connections, token)
        outcomes.append(Counter((status, code) for status, code, _ in answers))
        successors = [successor for _, _, successor in answers if successor]
        assert len(successors) == 1, outcomes[-1]
        token = successors[0]
    for connection in connections:
        connection.close()

    assert set(map(str, outcomes)) == {str(Counter({(401, "REFRESH_TOKEN_USED"): AT_ONCE - 1, (200, ""): 1}))}
    assert RefreshToken.objects.filter(session__user=mark).count() == rounds + 1
    assert Session.objects.get(user=mark).ended_at is None
    figure(
        f"{rounds} rounds of {AT_ONCE} refreshes at once at 2 processes: one success each,"
        f" {time.monotonic() - started:.0f} s"
    )


def test_ends_the_family_when_a_used_token_comes_again_later(webs: Webs, mark: User, token: str) -> None:
    connections = list(clients(webs))[:2]
    with closing(connections[0]), closing(connections[1]):
        (successor,) = [new for *_, new in asked_at_once(connections, token) if new]
        RefreshToken.objects.filter(used_at__isnull=False).update(
            used_at=timezone.now() - refreshing.RACE * 2
        )
        assert asked_at_once(connections[1:], token)[0][:2] == (401, "REFRESH_TOKEN_USED")
        assert asked_at_once(connections[:1], successor)[0][0] == 401
    assert Session.objects.get(user=mark).ended_reason == "revoked"
