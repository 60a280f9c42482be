"""Letters between the processes that serve pages and those that list: a Redis list is a process's letter box.

A letter is taken by exactly one reader, and is gone with the taking. Nothing is kept for who has gone: boxes vanish by
themselves, and whoever stops being alive is noticed within seconds. Any letter may be lost, in either direction; so every second
each side tells the other which searches it has with it (a roll), and what one side has no more, the other lets go of.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from buckets.s3.lister.shares import SHARE, sharers_key

AWAY: Final = (RedisError, OSError)
"""What is raised while Redis doesn't answer."""
ALIVE_SECONDS: Final = 4
RENEW_EVERY: Final = 1.0
_WAIT: Final = 1
_KEPT_SECONDS: Final = 60
_ABOUT_MANY: Final = "0" * 32
WANTED: Final = "wanted"
"""The box that every lister takes new searches from."""


class Letter(NamedTuple):
    """About the search `about`: `kind` is one character, `body` what it says."""

    about: str
    kind: str
    body: bytes = b""

    def to_bytes(self) -> bytes:
        return f"{self.about}{self.kind}".encode() + self.body

    @classmethod
    def of_bytes(cls, sent: bytes) -> "Letter":
        return cls(sent[:32].decode(), sent[32:33].decode(), sent[33:])


class Roll(NamedTuple):
    """What `sender` has under way with whoever reads it: of each search how many words it sent, or how many it passed on."""

    sender: str
    words: Mapping[str, int]

    def to_letter(self) -> Letter:
        return Letter(_ABOUT_MANY, "R", json.dumps(self).encode())

    @classmethod
    def of_letter(cls, letter: Letter) -> "Roll":
        return cls(*json.loads(letter.body))


class Post:
    """The letter box of one process, of one event loop. Everything here raises one of AWAY while Redis is away."""

    def __init__(self, url: str, *, prefix: str, kind: str) -> None:
        self._prefix = prefix
        self.name = f"{kind}-{uuid4().hex}"
        self._is_lister = kind == "lister"
        once = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2, retry=once)
        self._waiting = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=_WAIT + 4, retry=once)

    async def send(self, to: str, letter: Letter) -> None:
        """Puts a letter into the box of `to`; it is kept for a minute."""
        # Both or neither: a box without an end would stay for ever.
        async with self._redis.pipeline(transaction=True) as both:
            both.rpush(self._prefix + to, letter.to_bytes())
            both.expire(self._prefix + to, _KEPT_SECONDS)
            await both.execute()

    async def receive(self, *boxes: str) -> tuple[str, Letter] | None:
        """The next letter in one's own box, or else in one of `boxes`; None when there is none for a second."""
        keys = [self._prefix + box for box in (self.name, *boxes)]
        got: tuple[bytes, bytes] | None = await self._waiting.blpop(keys, timeout=_WAIT)  # type: ignore[assignment]
        return (got[0].decode().removeprefix(self._prefix), Letter.of_bytes(got[1])) if got else None

    async def take_back(self, box: str, letter: Letter) -> bool:
        """Takes a letter out of a box again; False when somebody has taken it already."""
        return bool(await self._redis.lrem(self._prefix + box, 1, letter.to_bytes()))  # type: ignore[arg-type]

    async def show_alive(self) -> None:
        """Tells everybody that this process lives; for so long that doing it every second is enough."""
        async with self._redis.pipeline(transaction=False) as both:
            both.set(f"{self._prefix}alive:{self.name}", 1, ex=ALIVE_SECONDS)
            if self._is_lister:
                both.set(f"{self._prefix}listers", 1, ex=ALIVE_SECONDS)
            await both.execute()

    async def stay_alive(self) -> None:
        """Goes on telling it; while Redis is away, nobody."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            with suppress(*AWAY):
                await self.show_alive()

    async def is_alive(self, name: str) -> bool:
        return bool(await self._redis.exists(f"{self._prefix}alive:{name}"))

    async def has_listers(self) -> bool:
        """Whether any lister lives."""
        return bool(await self._redis.exists(f"{self._prefix}listers"))

    async def sharers(self, bucket: str, *, seconds: float) -> int:
        """Notes that this process lists a bucket for so many seconds more; how many processes do, this one included."""
        key = sharers_key(self._prefix, bucket)
        return int(await self._redis.eval(SHARE, 1, key, self.name, str(seconds)))

    async def leave(self) -> None:
        """Nobody need wait for this process any longer."""
        try:
            await self._redis.delete(f"{self._prefix}alive:{self.name}", self._prefix + self.name)
        finally:
            try:
                await self._redis.aclose()
            finally:
                await self._waiting.aclose()
