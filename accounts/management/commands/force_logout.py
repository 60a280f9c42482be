"""`manage.py force_logout`: ends every session of somebody at once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import people, sessions

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Signs somebody out everywhere, at once. Ends with 0 when it is done, 2 when nobody has this e-mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Who is signed out.")
        parser.add_argument("--reason", default="The operator signed them out.", help="For the audit log.")
        parser.add_argument("--json", action="store_true", help="One JSON object instead of a sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.by_email(options["email"])
        if user is None:
            raise CommandError("Nobody has this e-mail.", returncode=REFUSED)
        sessions.force_logout(user=user, reason=options["reason"][:200], now=timezone.now())
        told = {"email": user.email, "signed_out": True}
        sentence = f"{user.email} is signed out everywhere."
        self.stdout.write(json.dumps(told) if options["json"] else sentence)
