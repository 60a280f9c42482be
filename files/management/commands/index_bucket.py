"""`manage.py index_bucket`: lists buckets from end to end, so that searches answer at once and sizes are known."""

import json
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from buckets.access import NoSuchBucket
from buckets.models import Bucket
from buckets.registration import by_code
from buckets.s3.errors import S3Error
from files import indexing
from files.indexing import Busy, Outcome

FAILED, REFUSED, BUSY, STOPPED = 1, 2, 3, 130
_BAR = 30
_DRAW_EVERY = 0.2


class Command(BaseCommand):
    help = (
        "Lists a bucket, or with --all every one after the other, from end to end and stores what it finds; what is stored"
        " already is not written again, so one that was stopped (Ctrl-C) may simply be started anew. Ends with 0 when it is"
        " done, 1 when a storage failed, 2 when there is no such bucket, 3 when a bucket is being listed by somebody else,"
        " 130 when it was stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("code", nargs="?", help="The bucket's system code.")
        which.add_argument("--all", action="store_true", help="Every bucket.")
        parser.add_argument(
            "--json", action="store_true", help="One JSON object a bucket instead of sentences."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            buckets = list(Bucket.objects.all()) if options["all"] else [by_code(options["code"])]
        except NoSuchBucket:
            raise CommandError("No bucket has this code.", returncode=REFUSED) from None
        ends = [self._index(bucket, as_json=options["json"]) for bucket in buckets]
        if any(ends):
            raise SystemExit(max(ends, key=(0, BUSY, FAILED).index))

    def _index(self, bucket: Bucket, *, as_json: bool) -> int:
        bar = Bar(self.stderr, bucket.system_code)
        started = time.monotonic()
        problem, outcome, end = "", Outcome(), 0
        try:
            with stopped_by_ctrl_c() as stop:
                bar.before_each = stop
                outcome = indexing.index_bucket(bucket_id=bucket.id, now=timezone.now(), say=bar.draw)
        except Busy:
            problem, end = "Somebody else is listing this bucket at the moment.", BUSY
        except S3Error as error:
            problem, end = str(error), FAILED
        except NoSuchBucket:
            problem, end = "The bucket was removed meanwhile.", FAILED
        except KeyboardInterrupt:
            self.stderr.write("Stopped. What was found is stored; start it again to find the rest.")
            raise SystemExit(STOPPED) from None
        finally:
            bar.clear()
        seconds = time.monotonic() - started
        if as_json:
            facts = {"system_code": bucket.system_code, **asdict(outcome), "seconds": round(seconds, 3)}
            self.stdout.write(json.dumps({**facts, "problem": problem or None}))
        else:
            self.stdout.write(f"{bucket.system_code}: {problem or in_words(outcome, seconds)}")
        return end


def in_words(outcome: Outcome, seconds: float) -> str:
    """What came of it, in a sentence."""
    said = [f"{outcome.keys:,} objects in {seconds:.1f} s", f"{outcome.new:,} folders written"]
    said += [f"{outcome.unchanged:,} unchanged", f"{outcome.gone:,} gone"]
    if outcome.refused:
        said.append(f"{outcome.refused:,} changed meanwhile and left for later")
    return ", ".join(said) + "."


@contextmanager
def stopped_by_ctrl_c() -> Iterator[Callable[[], None]]:
    """Gives what raises KeyboardInterrupt once Ctrl-C was pressed: between two pages, when nothing is half done."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))

    def stop() -> None:
        if pressed:
            raise KeyboardInterrupt

    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class Bar:
    """How far it is and how long it takes yet, by what the last listing had; only for a terminal."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name = stream, name
        self._is_shown = stream.isatty()
        self.before_each: Callable[[], None] = lambda: None
        self._started = self._drawn_at = time.monotonic()

    def draw(self, keys: int, last: int | None) -> None:
        self.before_each()
        now = time.monotonic()
        if not self._is_shown or now - self._drawn_at < _DRAW_EVERY:
            return
        self._drawn_at = now
        self._write(line(self._name, keys, last, seconds=now - self._started))

    def clear(self) -> None:
        if self._is_shown:
            self._write("")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}", ending="")
        self._stream.flush()


def line(name: str, keys: int, last: int | None, *, seconds: float) -> str:
    """One line of progress. Without an earlier listing nobody knows how far it is."""
    pace = keys / seconds if seconds else 0.0
    if not last:
        return f"{name}  {keys:,} objects, {pace:,.0f} a second"
    share = min(keys / last, 0.99)
    full = int(share * _BAR)
    left = max(0, last - keys) / pace if pace else 0.0
    bar = "█" * full + "░" * (_BAR - full)
    return f"{name}  {bar} {share:4.0%}  {keys:,} of about {last:,} objects, {left:,.0f} s left"
