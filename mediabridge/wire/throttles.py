"""How often one client may knock at a door. Counted in Redis; without Redis each process counts for itself."""

import time
from dataclasses import dataclass
from ipaddress import ip_network
from threading import Lock

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from mediabridge.wire.client_ip import client_ip


@dataclass(slots=True)
class _Window:
    ends: float
    count: int


_windows: dict[str, _Window] = {}
_guard = Lock()


def seconds_to_wait(request: HttpRequest, *, group: str, rate: str) -> int:
    """Counts this request against `rate` (such as `5/m`) for its client's IP. 0, or the seconds until the next is let in.

    Windows are fixed, so refused requests don't prolong the wait.
    """
    who = _neighbourhood(client_ip(request))
    try:
        usage = get_usage(request, group=group, key=lambda *_: who, rate=rate, increment=True)
    except (RedisError, OSError):
        return _wait_here(f"{group} {who}", rate, time.monotonic())
    if usage is None or not usage["should_limit"]:
        return 0
    return max(1, int(usage["time_left"]))


def _neighbourhood(ip: str | None) -> str:
    """The address, or its network where one person easily has a whole one (IPv6, /64)."""
    if ip is None:
        return "unknown"
    return str(ip_network(f"{ip}/64", strict=False)) if ":" in ip else ip


def _wait_here(key: str, rate: str, now: float) -> int:
    limit, period = _parsed(rate)
    with _guard:
        for old in [name for name, window in _windows.items() if window.ends <= now]:
            del _windows[old]
        window = _windows.setdefault(key, _Window(ends=now + period, count=0))
        window.count += 1
        return 0 if window.count <= limit else max(1, round(window.ends - now))


def _parsed(rate: str) -> tuple[int, int]:
    count, _, unit = rate.partition("/")
    return int(count), {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


def login_rate() -> str:
    """How often one IP may post to the doors that take passwords."""
    return str(settings.RATE_LIMIT_LOGIN)
