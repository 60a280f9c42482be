"""`manage.py export_audit`: the audit log as CSV or JSON lines."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import exports, history, people
from accounts.audit import Operation, Outcome, record
from accounts.history import Wanted
from buckets.models import Bucket
from files.activity_rows import whole_columns, whole_lines

WRONG_FILTER, NOT_WRITTEN = 2, 3


class Writer(Protocol):
    def write(self, text: str, /) -> Any: ...


class Command(BaseCommand):
    help = (
        "Writes the audit log, newest entry first, all columns, as CSV or JSON lines. Takes as little memory for millions"
        " of entries as for one. Ends with 0 when all is written, 2 for a filter that names nothing, 3 when the file"
        " can't be written. The export itself is noted in the log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=list(exports.MEDIA_TYPES), default="csv")
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="A file that isn't there yet; by default standard output.",
        )
        parser.add_argument("--person", metavar="WHO", help="An e-mail, or the id of somebody who is gone.")
        parser.add_argument("--operation", choices=Operation.values)
        parser.add_argument("--bucket", metavar="WHICH", help="A code, or the id of a bucket that is gone.")
        parser.add_argument("--outcome", choices=Outcome.values)
        parser.add_argument(
            "--since", type=_day, metavar="DAY", help="The first day, such as 2026-01-31, UTC."
        )
        parser.add_argument("--until", type=_day, metavar="DAY", help="The last day, UTC.")
        parser.add_argument(
            "--json", action="store_true", help="At the end one JSON object on standard error."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = _wanted(options)
        names = ("person", "operation", "bucket", "outcome", "since", "until")
        asked = {name: str(options[name]) for name in names if options[name]}
        record(
            by=None, operation=Operation.AUDIT_EXPORTED, detail={"format": options["format"], "filter": asked}
        )
        try:
            with self._target(options["output"]) as target:
                count = self._write(wanted, options["format"], target)
        except OSError as problem:
            raise CommandError(
                f"The export can't be written: {problem.strerror}.", returncode=NOT_WRITTEN
            ) from None
        if options["json"]:
            output = str(options["output"]) if options["output"] else None
            self.stderr.write(json.dumps({"entries": count, "format": options["format"], "output": output}))
        elif options["output"]:
            self.stderr.write(f"{count:,} entries are written to {options['output']}.")

    def _write(self, wanted: Wanted, kind: exports.Format, target: Writer) -> int:
        """Writes all that is `wanted`. How many entries."""
        count = 0
        target.write(exports.head_of(whole_columns(), kind))
        for entries in history.pages([history.everything()], wanted):
            target.write(exports.lines_of(whole_lines(entries), kind))
            count += len(entries)
            if self.stderr.isatty():
                self.stderr.write(f"\r{count:,} entries written", ending="")
        return count

    @contextmanager
    def _target(self, output: Path | None) -> Iterator[Writer]:
        """Where to write: a new file that only its owner can read, or standard output as it is."""
        if output is None:
            self.stdout.ending = ""
            yield self.stdout
            return
        with output.open("x", encoding="utf-8", newline="") as file:
            output.chmod(0o600)
            yield file


def _wanted(options: dict[str, Any]) -> Wanted:
    since, until = options["since"], options["until"]
    if since and until and since > until:
        raise CommandError("The last day comes before the first.", returncode=WRONG_FILTER)
    return Wanted(
        actor_id=_person(options["person"]),
        operation=options["operation"],
        outcome=options["outcome"],
        bucket_id=_bucket(options["bucket"]),
        since=since,
        until=until and until + timedelta(days=1),
    )


def _person(who: str | None) -> UUID | None:
    if not who:
        return None
    user = people.by_email(who)
    return user.pk if user else _id(who, "Nobody has this e-mail. For somebody who is gone give their id.")


def _bucket(which: str | None) -> UUID | None:
    if not which:
        return None
    bucket = Bucket.objects.filter(system_code=which).first()
    return bucket.pk if bucket else _id(which, "No bucket has this code. For one that is gone give its id.")


def _id(text: str, otherwise: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(otherwise, returncode=WRONG_FILTER) from None


def _day(text: str) -> datetime:
    try:
        return history.midnight(text)
    except ValueError:
        raise ArgumentTypeError("Give a day such as 2026-01-31.") from None
