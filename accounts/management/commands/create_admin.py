"""`manage.py create_admin`: another administrator, or the first one without a browser."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import passwords, people
from accounts.rules import Invalid
from accounts.tasks import link_url

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Adds an administrator and prints the one-time link by which they set their password. Ends with 0 when it is done,"
        " 2 when the e-mail is taken or a value can't be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Their e-mail, with which they sign in.")
        parser.add_argument("--name", required=True, help="Their name.")
        parser.add_argument(
            "--base-url", default=settings.LINKS_BEGIN, help="Where MediaBridge answers, for the link."
        )
        parser.add_argument("--json", action="store_true", help="One JSON object instead of the bare link.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = people.add(email=options["email"], name=options["name"], is_admin=True, by=None)
        except Invalid as problem:
            raise CommandError(problem.reason, returncode=REFUSED) from None
        url = link_url(passwords.new_link(user=user, now=timezone.now()), base_url=options["base_url"])
        told = {"id": str(user.pk), "email": user.email, "link": url}
        self.stdout.write(json.dumps(told) if options["json"] else url)
