"""Having a search run by a lister: from the process that serves the pages."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final
from uuid import uuid4
from weakref import WeakKeyDictionary

from django.conf import settings

from search.asking import Asked
from search.events import Complete, Failed
from search.post import AWAY, WANTED, Letter, Post
from search.running import Word
from search.streams import end
from search.words import Interrupted, of_bytes
from search.worker import AHEAD

TAKEN_WITHIN: Final = 1.0
"""Seconds after which a search that no lister has taken is run here."""
LISTER_SILENT: Final = 2.0
_EVERY: Final = AHEAD // 2
_AGAIN_AFTER: Final = 1.0

_Line = asyncio.Queue[Letter]


class NobodyTakesIt(Exception):
    """No lister lives, none has a hand free, or Redis is away."""


class Exchange:
    """One for each process and event loop: all its searches share one letter box."""

    def __init__(self) -> None:
        self._post = Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="web")
        self._lines: dict[str, _Line] = {}
        self._helpers: list[asyncio.Task[None]] = []

    async def search(self, asked: Asked) -> AsyncGenerator[Word, None]:
        """The words of a lister. Raises NobodyTakesIt before the first one, Interrupted after it. Closing stops the lister."""
        about = uuid4().hex
        line = self._lines[about] = asyncio.Queue()
        wanted = Letter(about, "?", f"{self._post.name}\n{asked.to_json()}".encode())
        lister = ""
        try:
            lister = await self._hand_out(wanted, line)
            number = thanked = 0
            while True:
                letter = await self._next(line, lister)
                count, _, sent = letter.body.partition(b"\n")
                if letter.kind != "W" or int(count) != number:
                    raise Interrupted
                for word in of_bytes(sent):
                    if isinstance(word, Complete | Failed):
                        lister = ""
                    yield word
                    if not lister:
                        return
                    number += 1
                    if number - thanked >= _EVERY:
                        await self._post.send(lister, Letter(about, "M", str(number - thanked).encode()))
                        thanked = number
        except AWAY:
            raise (Interrupted if lister else NobodyTakesIt) from None
        finally:
            del self._lines[about]
            while not lister and not line.empty():
                letter = line.get_nowait()
                lister = letter.body.decode() if letter.kind == "T" else ""
            if lister:
                with suppress(*AWAY):
                    await self._post.send(lister, Letter(about, "S"))

    async def _hand_out(self, wanted: Letter, line: _Line) -> str:
        """The name of the lister that has taken the search. Raises NobodyTakesIt."""
        if not await self._post.has_listers():
            raise NobodyTakesIt
        await self._listen()
        await self._post.send(WANTED, wanted)
        answer = await _soon(line, TAKEN_WITHIN)
        if answer is None and not await self._post.take_back(WANTED, wanted):
            # In this very moment somebody took it.
            answer = await _soon(line, LISTER_SILENT)
        if answer is None or answer.kind != "T":
            raise NobodyTakesIt
        return answer.body.decode()

    async def _next(self, line: _Line, lister: str) -> Letter:
        """The next letter. Raises Interrupted when the lister lives no more."""
        while True:
            letter = await _soon(line, LISTER_SILENT)
            if letter is not None:
                return letter
            if not await self._post.is_alive(lister):
                raise Interrupted

    async def _listen(self) -> None:
        if not self._helpers or any(helper.done() for helper in self._helpers):
            for helper in self._helpers:
                helper.cancel()
            # A lister looks whether anybody waits for what it takes.
            await self._post.show_alive()
            self._helpers = [
                asyncio.create_task(self._post.stay_alive()),
                asyncio.create_task(self._distribute()),
            ]

    async def _distribute(self) -> None:
        while True:
            try:
                got = await self._post.receive()
            except AWAY:
                # What was on its way may be lost.
                for about, line in self._lines.items():
                    line.put_nowait(Letter(about, "G"))
                await asyncio.sleep(_AGAIN_AFTER)
                continue
            if got is not None:
                await self._pass_on(got[1])

    async def _pass_on(self, letter: Letter) -> None:
        line = self._lines.get(letter.about)
        if line is not None:
            line.put_nowait(letter)
        elif letter.kind == "T":
            # Taken when nobody waited for it any more.
            with suppress(*AWAY):
                await self._post.send(letter.body.decode(), Letter(letter.about, "S"))

    async def close(self) -> None:
        """Listens no longer."""
        await end(*self._helpers)
        with suppress(*AWAY):
            await self._post.leave()


async def _soon(line: _Line, seconds: float) -> Letter | None:
    """The next letter, None when none comes in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await line.get()
    return None


_exchanges: WeakKeyDictionary[asyncio.AbstractEventLoop, Exchange] = WeakKeyDictionary()


def exchange() -> Exchange:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _exchanges:
        _exchanges[loop] = Exchange()
    return _exchanges[loop]
