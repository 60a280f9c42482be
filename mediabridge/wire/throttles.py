"""How often one client may knock at a door. Counted in Redis; without Redis each process counts for itself."""

from dataclasses import dataclass
from ipaddress import ip_network
from math import ceil
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from mediabridge.wire import counting
from mediabridge.wire.client_ip import client_ip

Kind = Literal["pages", "background", "wire"]
"""What a person's requests are counted as, each with the whole rate of its own: what scrolling asks for behind a page
never keeps the next page from opening, nor does a client of the wire."""

Door = Literal["setup-status", "me", "refresh", "logout", "preflight", "webhook"]
"""Calls that keep a session or come from machines: outside the limits of people, with one of their own."""


class TooFast(Exception):
    """Too many requests lately. `retry_after`, in seconds, is when the next is let in."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds, such as `600/m`."""

    count: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        count, _, unit = text.partition("/")
        return cls(int(count), {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit])


def spend_as_person(user_id: UUID, kind: Kind) -> None:
    """Counts a request of somebody signed in. Raises TooFast."""
    _spend(f"{kind} {user_id}", settings.RATE_LIMIT_USER)


def spend_as_searcher(user_id: UUID) -> None:
    """Counts a search of somebody signed in: all their buckets at once is one each. Raises TooFast."""
    _spend(f"search {user_id}", settings.RATE_LIMIT_SEARCH)


def spend_as_stranger(request: HttpRequest) -> None:
    """Counts a request of nobody in particular, for its address. Raises TooFast."""
    _spend(f"anonymous {_neighbourhood(client_ip(request))}", settings.RATE_LIMIT_ANONYMOUS)


def spend_at_door(request: HttpRequest, door: str) -> None:
    """Counts a call at a door with a limit of its own, for its address. Raises TooFast."""
    _spend(f"{door} {_neighbourhood(client_ip(request))}", settings.RATE_LIMIT_SESSION)


def seconds_to_wait(request: HttpRequest, *, group: str, rate: str, is_counted: bool = True) -> int:
    """Counts this request against `rate` (such as `5/m`) for its client's IP. 0, or the seconds until the next is let in.

    Windows are fixed, so refused requests don't prolong the wait. One that isn't counted only learns of those before it.
    """
    who = _neighbourhood(client_ip(request))
    limit = Rate.of(rate)
    usage = counting.ask_redis(
        lambda: get_usage(request, group=group, key=lambda *_: who, rate=rate, increment=is_counted)
    )
    if usage is counting.AWAY:
        return counting.wait_in_window(
            f"{group} {who}", count=limit.count, seconds=limit.seconds, is_counted=is_counted
        )
    if usage is None or not usage["should_limit"]:
        return 0
    return max(1, int(usage["time_left"]))


def login_rate() -> str:
    """How often one IP may post to the doors that take passwords."""
    return str(settings.RATE_LIMIT_LOGIN)


def _spend(who: str, rate: str) -> None:
    limit = Rate.of(rate)
    wait = counting.take_token(who, capacity=limit.count, per_second=limit.count / limit.seconds)
    if wait > 0:
        raise TooFast(ceil(wait))


def _neighbourhood(ip: str | None) -> str:
    """The address, or its network where one person easily has a whole one (IPv6, /64)."""
    if ip is None:
        return "unknown"
    return str(ip_network(f"{ip}/64", strict=False)) if ":" in ip else ip
