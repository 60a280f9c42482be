"""`manage.py flush_listings`: forgets what is stored of the buckets' contents."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from buckets.access import NoSuchBucket
from buckets.registration import by_code
from files import contents

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Forgets the stored listings and links of one bucket, or of all; folders are listed anew when opened, and S3 is left"
        " alone. Ends with 0 when it is done, 2 when there is no such bucket."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bucket", metavar="CODE", help="A system code; by default every bucket.")
        parser.add_argument("--json", action="store_true", help="One JSON object instead of a sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bucket = by_code(options["bucket"]) if options["bucket"] else None
        except NoSuchBucket:
            raise CommandError("No bucket has this code.", returncode=REFUSED) from None
        flushed = contents.flush(by=None, bucket=bucket)
        sentence = f"{flushed.folders:,} folders, {flushed.entries:,} entries and {flushed.links:,} links are forgotten."
        self.stdout.write(json.dumps(asdict(flushed)) if options["json"] else sentence)
