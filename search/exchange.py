"""Having a search run by a lister: from the process that serves the pages."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final
from uuid import uuid4
from weakref import WeakKeyDictionary

from django.conf import settings

from search import post
from search.asking import Asked
from search.events import Complete, Failed
from search.post import AWAY, WANTED, Letter, Post, Roll
from search.running import Word
from search.streams import end
from search.words import Interrupted, of_bytes
from search.worker import AHEAD

TAKEN_WITHIN: Final = 1.0
"""Seconds after which a search that no lister has taken is run here."""
LISTER_SILENT: Final = 2.0
_EVERY: Final = AHEAD // 2
_AGAIN_AFTER: Final = 1.0


class NobodyTakesIt(Exception):
    """No lister lives, none has a hand free, or Redis is away."""


class _Line:
    """The letters about one search as they come: what the lister sent of it, and how much of that was passed on."""

    def __init__(self) -> None:
        self._letters: asyncio.Queue[Letter] = asyncio.Queue()
        self._came = 0
        self.lister = ""
        self.passed_on = 0

    def put(self, letter: Letter) -> None:
        if letter.kind == "T":
            self.lister = letter.body.decode()
        elif letter.kind == "W":
            first, upto = map(int, letter.body.partition(b"\n")[0].split())
            if first != self._came:
                self.break_off()
            self._came = upto
        self._letters.put_nowait(letter)

    def sent(self, words: int) -> None:
        """The lister says that it sent so many; those that haven't come by now never will."""
        if words > self._came:
            self.break_off()

    def break_off(self) -> None:
        """Nothing more comes, or not all of it."""
        self._letters.put_nowait(Letter("", "G"))

    async def next(self, seconds: float) -> Letter | None:
        """The next letter, None when none comes in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._letters.get()
        return None


class Exchange:
    """One for each process and event loop: all its searches share one letter box."""

    def __init__(self) -> None:
        self._post = Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="web")
        self._lines: dict[str, _Line] = {}
        self._helpers: list[asyncio.Task[None]] = []
        self._beginning = asyncio.Lock()

    async def search(self, asked: Asked) -> AsyncGenerator[Word, None]:
        """The words of a lister. Raises NobodyTakesIt before the first one, Interrupted after it. Closing stops the lister."""
        about = uuid4().hex
        line = self._lines[about] = _Line()
        wanted = Letter(about, "?", f"{self._post.name}\n{asked.to_json()}".encode())
        lister, is_over = "", False
        try:
            lister = await self._hand_out(wanted, line)
            thanked = 0
            while True:
                letter = await self._next(line, lister)
                if letter.kind != "W":
                    raise Interrupted
                for word in of_bytes(letter.body.partition(b"\n")[2]):
                    is_over = isinstance(word, Complete | Failed)
                    yield word
                    if is_over:
                        return
                    line.passed_on += 1
                    if line.passed_on - thanked >= _EVERY:
                        thanked = line.passed_on
                        await self._post.send(lister, Letter(about, "M", str(thanked).encode()))
        except AWAY:
            raise (Interrupted if lister else NobodyTakesIt) from None
        finally:
            del self._lines[about]
            if not is_over:
                with suppress(*AWAY):
                    await self._call_off(wanted, line.lister)

    async def _hand_out(self, wanted: Letter, line: _Line) -> str:
        """The name of the lister that has taken the search. Raises NobodyTakesIt."""
        if not await self._post.has_listers():
            raise NobodyTakesIt
        await self._listen()
        await self._post.send(WANTED, wanted)
        answer = await line.next(TAKEN_WITHIN)
        if answer is None and not await self._post.take_back(WANTED, wanted):
            # In this very moment somebody took it.
            answer = await line.next(LISTER_SILENT)
        if answer is None or answer.kind != "T":
            raise NobodyTakesIt
        return line.lister

    async def _next(self, line: _Line, lister: str) -> Letter:
        """The next letter. Raises Interrupted when the lister lives no more."""
        while True:
            letter = await line.next(LISTER_SILENT)
            if letter is not None:
                return letter
            if not await self._post.is_alive(lister):
                raise Interrupted

    async def _call_off(self, wanted: Letter, lister: str) -> None:
        """Should this be lost, the lister hears of it when it calls its roll."""
        if lister:
            await self._post.send(lister, Letter(wanted.about, "S"))
        else:
            await self._post.take_back(WANTED, wanted)

    async def _listen(self) -> None:
        async with self._beginning:
            if self._helpers and not any(helper.done() for helper in self._helpers):
                return
            await end(*self._helpers)
            # A lister looks whether anybody waits for what it takes.
            await self._post.show_alive()
            self._helpers = [
                asyncio.create_task(self._post.stay_alive()),
                asyncio.create_task(self._distribute()),
                asyncio.create_task(self._call_rolls()),
            ]

    async def _distribute(self) -> None:
        try:
            while True:
                try:
                    got = await self._post.receive()
                    if got is not None:
                        await self._pass_on(got[1])
                except AWAY:
                    # What was on its way may be lost.
                    self._break_off()
                    await asyncio.sleep(_AGAIN_AFTER)
        finally:
            self._break_off()

    def _break_off(self) -> None:
        for line in self._lines.values():
            line.break_off()

    async def _pass_on(self, letter: Letter) -> None:
        if letter.kind == "R":
            await self._answer(Roll.of_letter(letter))
        elif line := self._lines.get(letter.about):
            line.put(letter)
        elif letter.kind == "T":
            # Taken when nobody waited for it any more.
            await self._post.send(letter.body.decode(), Letter(letter.about, "S"))

    async def _answer(self, roll: Roll) -> None:
        """Searches that a lister runs and nobody here waits for are stopped; of the others all must have come."""
        for about, words in roll.words.items():
            if line := self._lines.get(about):
                line.sent(words)
            else:
                await self._post.send(roll.sender, Letter(about, "S"))

    async def _call_rolls(self) -> None:
        """Tells each lister which of its searches are waited for here: it says of which it knows nothing."""
        while True:
            await asyncio.sleep(post.RENEW_EVERY)
            rolls: dict[str, dict[str, int]] = defaultdict(dict)
            for about, line in self._lines.items():
                if line.lister:
                    rolls[line.lister][about] = line.passed_on
            with suppress(*AWAY):
                for lister, words in rolls.items():
                    await self._post.send(lister, Roll(self._post.name, words).to_letter())

    async def close(self) -> None:
        """Listens no longer."""
        try:
            await end(*self._helpers)
        finally:
            with suppress(*AWAY):
                await self._post.leave()


_exchanges: WeakKeyDictionary[asyncio.AbstractEventLoop, Exchange] = WeakKeyDictionary()


def exchange() -> Exchange:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _exchanges:
        _exchanges[loop] = Exchange()
    return _exchanges[loop]


async def hang_up() -> None:
    """Closes that of the running event loop, if there is one."""
    if mine := _exchanges.pop(asyncio.get_running_loop(), None):
        await mine.close()
