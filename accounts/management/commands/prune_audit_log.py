"""`manage.py prune_audit_log`: removes old entries of the audit log."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.history import midnight
from accounts.pruning import Busy, prune


class Command(BaseCommand):
    help = "Removes entries of the audit log from its beginning on: sealed ones, older than a date. Says so in the log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        until = parser.add_mutually_exclusive_group(required=True)
        until.add_argument(
            "--before", type=_day, metavar="DATE", help="Everything before this day, such as 2026-01-31, UTC."
        )
        until.add_argument("--keep-days", type=_days, metavar="N", help="Everything older than N days.")
        parser.add_argument("--dry-run", action="store_true", help="Only count what would go.")
        parser.add_argument("--json", action="store_true", help="One JSON object instead of a sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        before = options["before"] or now - timedelta(days=options["keep_days"])
        if before > now:
            raise CommandError("This day is still to come.")
        try:
            pruned = prune(before=before, dry_run=options["dry_run"])
        except Busy as problem:
            raise CommandError(str(problem), returncode=3) from None
        if options["json"]:
            told = {
                "entries": pruned.entries,
                "upto": pruned.upto,
                "before": before.isoformat(),
                "dry_run": options["dry_run"],
            }
            self.stdout.write(json.dumps(told))
        else:
            verb = "would be removed" if options["dry_run"] else "were removed"
            self.stdout.write(f"{pruned.entries:,} entries from before {before:%Y-%m-%d %H:%M} UTC {verb}.")


def _day(text: str) -> datetime:
    try:
        return midnight(text)
    except ValueError:
        raise ArgumentTypeError("Give a day such as 2026-01-31.") from None


def _days(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and 1 <= int(text) <= 36_500):
        raise ArgumentTypeError("Give a number of days, 1 to 36500.")
    return int(text)
