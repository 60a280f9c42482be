"""`manage.py test_bucket`: what a bucket's key may do, call by call."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from buckets import doctor
from buckets.access import NoSuchBucket
from buckets.registration import by_code

FAULTY, REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "Tries what a bucket's key may do, on a probe of its own and never on people's files, and whether browsers could"
        " upload. Ends with 0 when everything works, 1 when something does not, 2 when there is no such bucket."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="The bucket's system code.")
        parser.add_argument(
            "--origin",
            action="append",
            type=_origin,
            default=[],
            metavar="URL",
            help="Where pages upload from, such as https://media.example.org; can be given several times."
            " FRONTEND_URL is always tried.",
        )
        parser.add_argument("--json", action="store_true", help="One JSON object instead of lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bucket = by_code(options["code"])
        except NoSuchBucket:
            raise CommandError("No bucket has this code.", returncode=REFUSED) from None
        wanted = [*options["origin"], *([settings.FRONTEND_URL] if settings.FRONTEND_URL else [])]
        report = doctor.examine(bucket, origins=list(dict.fromkeys(wanted)))
        doctor.note_examination(report, bucket, by=None)
        if options["json"]:
            checks = [asdict(check) for check in report.checks]
            self.stdout.write(
                json.dumps({"system_code": bucket.system_code, "fine": report.is_fine, "checks": checks})
            )
        else:
            for check in report.checks:
                self.stdout.write(
                    f"{check.outcome.replace('_', ' '):10} {check.name:8} {check.explanation}".rstrip()
                )
        if not report.is_fine:
            raise SystemExit(FAULTY)


def _origin(text: str) -> str:
    """The origin of an address as people copy it: without its path."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ArgumentTypeError("Give an address such as https://media.example.org.")
    return f"{parts.scheme}://{parts.netloc}".lower()
