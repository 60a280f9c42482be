"""`manage.py force_logout`: ends every session of somebody at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import people, sessions


class Command(BaseCommand):
    help = "Signs somebody out everywhere, at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Who is signed out.")
        parser.add_argument("--reason", default="The operator signed them out.", help="For the audit log.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.by_email(options["email"])
        if user is None:
            raise CommandError("Nobody has this e-mail.")
        sessions.force_logout(user=user, reason=options["reason"][:200], now=timezone.now())
        self.stdout.write(f"{user.email} is signed out everywhere.")
