"""The counters behind the limits: one set for all processes in Redis, and one in this process for when Redis is away."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Any, Final, cast

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis import Redis
from redis.exceptions import NoScriptError, RedisError

ASK_AGAIN_AFTER: Final = 5.0
"""How many seconds Redis is left alone after it failed, so that its absence costs one request its timeout, not each."""

AWAY: Final[Any] = object()
"""Instead of an answer: Redis did not give one."""

TAKE_ONE: Final = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
if tokens < 1 then
    return tostring((1 - tokens) / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - 1), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / rate * 1000) + 1000)
return '0'
"""
"""Takes one token from the bucket KEYS[1] by Redis's own clock. '0', or the seconds until there is one; then nothing
changed, so asking too soon prolongs nothing."""

_DIGEST: Final = hashlib.sha1(TAKE_ONE.encode(), usedforsecurity=False).hexdigest()
MANY: Final = 10_000


@dataclass(slots=True)
class _Window:
    ends: float
    count: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class _Away:
    """Until when Redis is left alone, by the monotonic clock; 0 while it answers."""

    until: float = 0.0


_guard = Lock()
_windows: dict[str, _Window] = {}
_buckets: dict[str, _Bucket] = {}
_away = _Away()


def ask_redis(question: Callable[[], Any]) -> Any:
    """What `question` answers; AWAY when Redis fails it, or failed another one a moment ago."""
    if _away.until:
        if time.monotonic() < _away.until:
            return AWAY
        # One caller finds out whether it is back; for the others it stays away until then.
        _away.until = time.monotonic() + ASK_AGAIN_AFTER
    try:
        answer = question()
    except (RedisError, OSError):
        _away.until = time.monotonic() + ASK_AGAIN_AFTER
        return AWAY
    _away.until = 0.0
    return answer


def take_token(who: str, *, capacity: int, per_second: float) -> float:
    """Takes a token from the bucket of `who`, which holds `capacity` and fills by `per_second`. 0.0, or seconds to wait."""
    backend = caches["default"]
    if isinstance(backend, RedisCache):
        wait = ask_redis(lambda: _take_from_redis(backend, who, capacity, per_second))
        if wait is not AWAY:
            return float(wait)
    return _take_here(who, capacity, per_second, time.monotonic())


def wait_in_window(who: str, *, count: int, seconds: int, is_counted: bool = True) -> int:
    """Counts one of `count` in a window of `seconds`, in this process alone. 0, or the seconds until the window ends."""
    now = time.monotonic()
    with _guard:
        for old in [name for name, window in _windows.items() if window.ends <= now]:
            del _windows[old]
        window = _windows.setdefault(who, _Window(ends=now + seconds, count=0))
        window.count += is_counted
        return 0 if window.count <= count else max(1, ceil(window.ends - now))


def forget() -> None:
    """Forgets what this process counted, and that Redis was away."""
    with _guard:
        _windows.clear()
        _buckets.clear()
        _away.until = 0.0


def _take_from_redis(backend: RedisCache, who: str, capacity: int, per_second: float) -> bytes:
    key = backend.make_key(f"bucket {who}")
    client: Redis = backend._cache.get_client(key, write=True)
    arguments = (1, key, str(capacity), str(per_second))
    try:
        return cast(bytes, client.evalsha(_DIGEST, *arguments))
    except NoScriptError:
        return cast(bytes, client.eval(TAKE_ONE, *arguments))


def _take_here(who: str, capacity: int, per_second: float, now: float) -> float:
    with _guard:
        if len(_buckets) > MANY:
            _drop_full_ones(capacity, per_second, now)
        bucket = _buckets.setdefault(who, _Bucket(float(capacity), now))
        bucket.tokens = min(capacity, bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / per_second
        bucket.tokens -= 1
        return 0.0


def _drop_full_ones(capacity: int, per_second: float, now: float) -> None:
    """Forgets whom nobody has seen for so long that their bucket is full; everybody, if that frees nothing."""
    full_after = capacity / per_second
    for who in [who for who, bucket in _buckets.items() if now - bucket.at > full_after]:
        del _buckets[who]
    if len(_buckets) > MANY:
        _buckets.clear()
