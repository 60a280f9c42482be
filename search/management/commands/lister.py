"""`manage.py lister`: runs the searches that pages and programs ask for, until it is told to end."""

import asyncio
import signal
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from buckets.s3.lister.garbage import collect_rarely
from files.remembering import settle
from search.post import AWAY, Post
from search.streams import end
from search.worker import Worker

SETTLE_WITHIN = 3.0
"""Seconds that what was listed whole may still take to be stored."""


class Command(BaseCommand):
    help = "Runs searches for the web processes: start one for each core that may be spent on searching."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Say whether a lister runs; start none.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            collect_rarely()
            asyncio.run(_work())
        elif not asyncio.run(_is_there_one()):
            raise CommandError("No lister runs.")


async def _is_there_one() -> bool:
    post = Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="asker")
    try:
        return await post.has_listers()
    except AWAY:
        raise CommandError("Redis does not answer.") from None
    finally:
        with suppress(*AWAY):
            await post.leave()


async def _work() -> None:
    working = asyncio.create_task(Worker(clock=timezone.now).work())
    is_over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, is_over.set)
    waiting = asyncio.create_task(is_over.wait())
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        working.result()
    await end(working, waiting)
    await asyncio.to_thread(settle, patience=SETTLE_WITHIN)
