"""`manage.py add_bucket`: registers a bucket without a browser."""

import json
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.rules import Invalid
from buckets import registration
from buckets.models import Bucket
from buckets.paths import Malformed

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Registers a bucket. The secret access key is asked for without showing it, or read as one line from standard"
        " input; it can't be given on the command line, where others could see it. Ends with 0 when the bucket is"
        " registered, 2 when a value can't be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="What people call the bucket here.")
        parser.add_argument("--bucket", required=True, metavar="NAME", help="Its name in S3.")
        parser.add_argument("--region", required=True, help="Such as eu-central-1.")
        parser.add_argument(
            "--access-key-id", required=True, metavar="ID", help="The id of its key, no secret."
        )
        parser.add_argument("--code", default="", help="Its system code; by default made from the name.")
        parser.add_argument("--description", default="", help="A sentence for its users.")
        parser.add_argument("--endpoint", default="", metavar="URL", help="Only for stores other than AWS.")
        parser.add_argument(
            "--addressing", choices=Bucket.Addressing.values, default=Bucket.Addressing.VIRTUAL
        )
        parser.add_argument(
            "--cdn", default="", metavar="URL", help="Its CloudFront base URL, if it is public."
        )
        parser.add_argument(
            "--root", default="", metavar="PATH", help="Confines everybody, administrators too."
        )
        parser.add_argument("--json", action="store_true", help="One JSON object instead of a sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        bucket = Bucket(
            display_name=options["name"],
            system_code=options["code"],
            description=options["description"],
            bucket_name=options["bucket"],
            region=options["region"],
            endpoint_url=options["endpoint"],
            addressing_style=options["addressing"],
            cloudfront_base_url=options["cdn"],
            root_path=options["root"],
        )
        key = registration.NewKey(access_key_id=options["access_key_id"], secret_access_key=_secret())
        try:
            registration.register(bucket, key=key, by=None)
        except (Invalid, Malformed) as problem:
            raise CommandError(f"{problem.field}: {problem.reason}", returncode=REFUSED) from None
        told = {"id": str(bucket.id), "system_code": bucket.system_code, "display_name": bucket.display_name}
        self.stdout.write(
            json.dumps(told)
            if options["json"]
            else f"{bucket.display_name} is registered as {bucket.system_code}."
        )


def _secret() -> str:
    """What somebody types unseen, or the first line of what is handed over."""
    if sys.stdin.isatty():
        return getpass("Secret access key: ").strip()
    return sys.stdin.readline().strip()
