"""`manage.py password_link`: for somebody who can't sign in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import passwords, people
from accounts.tasks import link_url


class Command(BaseCommand):
    help = "Prints a one-time link by which somebody sets their password, good for 24 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Whose password.")
        parser.add_argument(
            "--base-url", default=settings.LINKS_BEGIN, help="Where MediaBridge answers, for the link."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.by_email(options["email"])
        if user is None:
            raise CommandError("Nobody has this e-mail.")
        if not user.is_active:
            raise CommandError("This account is switched off.")
        people.note_change(user, "Password link", by=None)
        token = passwords.new_link(user=user, now=timezone.now())
        self.stdout.write(link_url(token, base_url=options["base_url"]))
