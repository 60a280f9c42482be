"""manage.py demo_buckets: used by the one-command start, not by people."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buckets.demo import Described, Made, Store, register


class Command(BaseCommand):
    help = "Registers the embedded store's buckets, described with the store's address and key as JSON on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--add", action="store_true", help="add those that are missing")
        parser.add_argument("--record", type=Path, help="the file that remembers which rows were added")

    def handle(self, *args: Any, add: bool, record: Path | None = None, **options: Any) -> None:
        try:
            given = json.load(sys.stdin)
            store = Store(**given["store"])
            described = [Described(**fields) for fields in given["buckets"]]
        except (KeyError, TypeError, ValueError):
            # Without the cause: it might quote the secret.
            raise CommandError("Standard input does not describe a store and its buckets.") from None
        made = _read(record) if record else {}
        for one in described:
            bucket = register(one, store=store, may_add=add, made=made.get(one.name))
            if bucket:
                made[one.name] = Made(bucket.id, one.public_url)
            self.stdout.write(f"{one.name}: {bucket.system_code if bucket else 'left out'}")
        if record:
            _write(record, made)


def _read(record: Path) -> dict[str, Made]:
    """What is remembered, by the buckets' names; nothing where there is no record or none that can be read."""
    try:
        kept = json.loads(record.read_text())
        return {name: Made(UUID(one["id"]), str(one["public_url"])) for name, one in kept.items()}
    except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError):
        return {}


def _write(record: Path, made: dict[str, Made]) -> None:
    kept = {name: {"id": str(one.id), "public_url": one.public_url} for name, one in made.items()}
    draft = record.with_name(f".{record.name}")
    draft.write_text(json.dumps(kept, indent=1))
    draft.replace(record)
