"""manage.py demo_buckets: used by the one-command start, not by people."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buckets.demo import Described, Store, register


class Command(BaseCommand):
    help = "Registers the embedded store's buckets, described with the store's address and key as JSON on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--add", action="store_true", help="add those that are missing")

    def handle(self, *args: Any, add: bool, **options: Any) -> None:
        try:
            given = json.load(sys.stdin)
            store = Store(**given["store"])
            described = [Described(**fields) for fields in given["buckets"]]
        except (KeyError, TypeError, ValueError):
            # Without the cause: it might quote the secret.
            raise CommandError("Standard input does not describe a store and its buckets.") from None
        for one in described:
            bucket = register(one, store=store, may_add=add)
            self.stdout.write(f"{one.name}: {bucket.system_code if bucket else 'left out'}")
