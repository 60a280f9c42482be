"""The wire's socket: one search of one bucket, from a first message that says everything to exactly one end."""

import asyncio
import json
import logging
from contextlib import aclosing, suppress
from typing import Any, Final
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone

from buckets.access import NoSuchBucket
from buckets.paths import Malformed
from mediabridge.switchboard import board
from mediabridge.wire import json_body
from mediabridge.wire.socket_calls import request_of
from mediabridge.wire.throttles import TooFast
from search.asking import Asked
from search.consumers import callers
from search.consumers.callers import Caller, SignInFirst
from search.consumers.refusals import error_of, is_expected
from search.consumers.speaking import DONE, ReaderGone, Speaker, first_of, read_message
from search.consumers.watching import Bell, watch
from search.events import CacheHit, Complete, Failed, FolderDone, Traversing
from search.running import Lines, Word, in_thread
from search.runs import Slowly, run_somewhere

log = logging.getLogger(__name__)

FIRST_MESSAGE_WITHIN: Final = 5.0
"""Seconds after which whoever has said nothing is told that they should have."""
MOST_A_PERSON: Final = 200
"""Searches one person may have under way at one process."""


class WireSearch(Speaker):
    """Says `complete` or `error` once, as its last word. Closing the socket ends the search.

    A socket that leaves without a word keeps a client waiting for ever, so there is one way to leave: `_leave`.
    """

    async def connect(self) -> None:
        self._first: asyncio.Future[str | bytes] = asyncio.get_running_loop().create_future()
        self._second = asyncio.Event()
        self._is_left = False
        await self.accept()
        self._task = asyncio.create_task(self._live())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._first.done():
            self._second.set()
        else:
            self._first.set_result(text_data if text_data is not None else bytes_data or b"")

    async def disconnect(self, code: int) -> None:
        self._is_left = True
        await super().disconnect(code)

    async def _live(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                search = group.create_task(self._search())
                second = group.create_task(self._refuse_second())
                search.add_done_callback(lambda _: second.cancel())
        except* ReaderGone:
            self._is_left = True
            await self.close(DONE)
        except* Exception as problems:
            problem = first_of(problems)
            if not is_expected(problem):
                log.error("A search failed.", exc_info=problem)
            await self._leave(error_of(problem))

    async def _search(self) -> None:
        request = request_of(self.scope)
        message = await self._message()
        caller = await in_thread(lambda: self._caller(message, request))
        asked = self._asked(message, caller)
        reach = await in_thread(lambda: callers.admit(caller, asked, now=timezone.now()))
        bell = Bell()
        if board.count(caller.user_id) >= MOST_A_PERSON:
            raise TooFast(1)
        board.add(caller.user_id, bell)
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch(bell, caller, asked, reach))
                await self._relay(asked, in_batches=message.get("batch") is True)
                watching.cancel()
        finally:
            board.remove(caller.user_id, bell)

    async def _message(self) -> dict[str, Any]:
        """What the client wants. Raises SignInFirst when it says nothing, Malformed for what is no message."""
        try:
            async with asyncio.timeout(FIRST_MESSAGE_WITHIN):
                return read_message(await self._first)
        except TimeoutError:
            raise SignInFirst from None

    def _caller(self, message: dict[str, Any], request: ASGIRequest) -> Caller:
        token = message.get("token")
        if isinstance(token, str) and token:
            return callers.by_token(token, request, now=timezone.now())
        if token is None and self.scope["opened_by"] == "own":
            return callers.by_session(request, now=timezone.now())
        raise SignInFirst

    def _asked(self, message: dict[str, Any], caller: Caller) -> Asked:
        """Raises Malformed for what is no text or no scope, NoSuchBucket for what can be no bucket's id."""
        text, scope = message.get("q"), message.get("scope", "full")
        prefix = message.get("prefix") or ""
        if not isinstance(text, str):
            raise Malformed("q", "Say what to look for.")
        if scope not in ("level", "full"):
            raise Malformed("scope", "This must be level or full.")
        if not isinstance(prefix, str):
            raise Malformed("prefix", "This must be text.")
        try:
            bucket_id = UUID(self.scope["url_route"]["kwargs"]["bucket_id"])
        except ValueError:
            raise NoSuchBucket from None
        return Asked(
            user_id=caller.user_id,
            token_id=caller.token_id,
            bucket_id=bucket_id,
            text=text,
            path=prefix if scope == "level" else "",
            is_level=scope == "level",
        )

    async def _relay(self, asked: Asked, *, in_batches: bool) -> None:
        async with aclosing(run_somewhere(asked, now=timezone.now())) as words:
            async for word in words:
                if isinstance(word, Failed):
                    raise word.problem
                if isinstance(word, Complete):
                    await self._leave({"type": "complete"})
                else:
                    for text in _messages(word, in_batches=in_batches):
                        await self.say(text)

    async def _refuse_second(self) -> None:
        await self._second.wait()
        raise json_body.Malformed("There is one search for each socket: open another one.")

    async def _leave(self, last: dict[str, Any]) -> None:
        if self._is_left:
            return
        self._is_left = True
        with suppress(ReaderGone):
            await self.say(json.dumps(last, ensure_ascii=False))
        await self.close(DONE)


def _messages(word: Word | Slowly, *, in_batches: bool) -> list[str]:
    """What is sent for it: each hit by itself, unless the client asked for batches."""
    match word:
        case Lines(items) if in_batches:
            return [f'{{"type":"results","items":[{items}]}}']
        case Lines():
            return [f'{{"type":"result","item":{line}}}' for line in word.lines]
        case CacheHit(folder, hits):
            return [json.dumps({"type": "cache_hit", "folder": folder, "count": hits})]
        case Traversing(folder):
            return [json.dumps({"type": "traversing", "folder": folder})]
        case FolderDone(folder):
            return [json.dumps({"type": "folder_done", "folder": folder})]
    return []
