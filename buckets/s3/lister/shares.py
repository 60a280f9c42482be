"""Whoever lists a bucket at the same moment, in whatever process, shares what the bucket may be asked."""

import time
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Final
from uuid import uuid4

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from buckets.connection import Connection
from buckets.s3.lister.budget import AT_ONCE, FOREIGN_PER_SECOND, RequestBudget

SHARED_FOR: Final = 3.0
"""Seconds for which somebody counts as listing a bucket after they said so."""
SHARE: Final = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('EXPIRE', KEYS[1], 60)
return redis.call('ZCARD', KEYS[1])
"""
"""Notes that ARGV[1] lists the bucket KEYS[1] for ARGV[2] seconds more; how many do."""
_ASK_EVERY: Final = 0.5
_WITHOUT_REDIS: Final = 4


def sharers_key(prefix: str, bucket: str) -> str:
    """Where in Redis it stands who lists a bucket."""
    return f"{prefix}bucket:{bucket}"


def divide(budget: RequestBudget, *, among: int, is_foreign: bool, most: int = AT_ONCE) -> None:
    """Makes a budget the part of one of so many that list a bucket; no more than `most` requests in flight."""
    budget.resize(
        at_once=max(1, min(most, AT_ONCE // among)),
        per_second=FOREIGN_PER_SECOND / among if is_foreign else None,
    )


class Share:
    """One listing's part of a bucket's request budget, for code that waits: use it as `with Share(connection) as share`.

    `most` is how many requests it has in flight when it is alone. While Redis is away it takes a quarter of the budget.
    """

    def __init__(self, connection: Connection, *, most: int = AT_ONCE) -> None:
        self._key = sharers_key(settings.SEARCH_BOXES, str(connection.bucket_id))
        self._is_foreign = bool(connection.endpoint_url)
        self._most = most
        self._name = f"listing-{uuid4().hex}"
        self._sharers = 1
        self._asked_at = -_ASK_EVERY
        self.budget = RequestBudget()

    def __enter__(self) -> "Share":
        self.keep()
        return self

    def keep(self) -> None:
        """Makes the budget as big as it may be now. Call it with every page; it asks Redis twice a second."""
        now = time.monotonic()
        if now - self._asked_at < _ASK_EVERY:
            return
        self._asked_at = now
        try:
            self._sharers = int(_redis().eval(SHARE, 1, self._key, self._name, str(SHARED_FOR)))
        except (RedisError, OSError):
            self._sharers = _WITHOUT_REDIS
            self._asked_at = now + SHARED_FOR
        divide(self.budget, among=self._sharers, is_foreign=self._is_foreign, most=self._most)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(RedisError, OSError):
            _redis().zrem(self._key, self._name)


@cache
def _redis() -> "Redis":
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, retry=once)
