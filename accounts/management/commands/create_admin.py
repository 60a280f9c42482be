"""`manage.py create_admin`: another administrator, or the first one without a browser."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import passwords, people
from accounts.rules import Invalid
from accounts.tasks import link_url


class Command(BaseCommand):
    help = "Adds an administrator and prints the one-time link by which they set their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Their e-mail, with which they sign in.")
        parser.add_argument("--name", required=True, help="Their name.")
        parser.add_argument(
            "--base-url", default="http://127.0.0.1:8000/", help="Where MediaBridge answers, for the link."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = people.add(email=options["email"], name=options["name"], is_admin=True, by=None)
        except Invalid as problem:
            raise CommandError(problem.reason) from None
        token = passwords.new_link(user=user, now=timezone.now())
        self.stdout.write(link_url(token, base_url=options["base_url"]))
