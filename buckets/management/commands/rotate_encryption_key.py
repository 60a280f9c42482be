"""`manage.py rotate_encryption_key`: seals every bucket's credentials with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from buckets.credentials import BadSeal, rotate


class Command(BaseCommand):
    help = "Seals every bucket's credentials with ENCRYPTION_KEY. The former key stands in ENCRYPTION_KEYS_OLD meanwhile."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            count = rotate()
        except BadSeal:
            raise CommandError(
                "Nothing was changed: the credentials of a bucket can't be opened. "
                "Put the key they were sealed with into ENCRYPTION_KEYS_OLD; manage.py check --database default names the bucket."
            ) from None
        self.stdout.write(f"{count} buckets are sealed with the newest key.")
