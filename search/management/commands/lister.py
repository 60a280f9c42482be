"""`manage.py lister`: runs the searches that pages and programs ask for, until it is told to end."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from search.streams import end
from search.worker import Worker


class Command(BaseCommand):
    help = "Runs searches for the web processes: start one for each core that may be spent on searching."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(_work())


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
