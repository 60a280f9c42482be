"""`manage.py unlock_user`: lets somebody sign in again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import people


class Command(BaseCommand):
    help = "Unlocks an account that was locked after too many attempts to leave its folder, and forgets failed sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Who may sign in again.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.by_email(options["email"])
        if user is None:
            raise CommandError("Nobody has this e-mail.")
        if people.unlock(user=user):
            people.note_change(user, "Unlocked", by=None)
            self.stdout.write(f"{user.email} can sign in again.")
        else:
            self.stdout.write(f"{user.email} was not locked.")
