"""`manage.py assign`: who may use which bucket, without a browser."""

import json
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import people
from accounts.models import User
from buckets import assigning
from buckets.access import NoSuchBucket
from buckets.models import Assignment, Bucket
from buckets.paths import Malformed
from buckets.registration import by_code

REFUSED = 2
RIGHTS = {"upload": "allow_upload", "overwrite": "allow_overwrite", "delete": "allow_delete"}


class Command(BaseCommand):
    help = (
        "Gives somebody a place in a bucket, changes the one they have, or takes it away. What is not named stays as it is;"
        " a new place needs --root or --whole-bucket, and deleting is off unless it is named. Ends with 0 when it is done,"
        " 2 when somebody or something does not exist or a value can't be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Who.")
        parser.add_argument("code", help="The bucket's system code.")
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--root", metavar="PATH", help="Their folder, such as projects/marketing.")
        place.add_argument(
            "--whole-bucket", action="store_true", help="Everything below the bucket's own root."
        )
        place.add_argument("--withdraw", action="store_true", help="Takes their place in the bucket away.")
        for right in RIGHTS:
            parser.add_argument(f"--{right}", action=BooleanOptionalAction, help=f"Whether they may {right}.")
        parser.add_argument("--json", action="store_true", help="One JSON object instead of a sentence.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.by_email(options["email"])
        if user is None:
            raise CommandError("Nobody has this e-mail.", returncode=REFUSED)
        try:
            outcome, given = _acted(user, by_code(options["code"]), options)
        except NoSuchBucket:
            raise CommandError("No bucket has this code.", returncode=REFUSED) from None
        except assigning.NotAssigned:
            raise CommandError(f"{user.email} has no place in this bucket.", returncode=REFUSED) from None
        except Malformed as problem:
            raise CommandError(problem.reason, returncode=REFUSED) from None
        told = {"outcome": outcome, "user_email": user.email, "system_code": options["code"]}
        if given is not None:
            told |= {field: getattr(given, field) for field in assigning.Place.__annotations__}
        sentence = f"The place of {user.email} in {options['code']} is {outcome}."
        self.stdout.write(json.dumps(told) if options["json"] else sentence)


def _acted(user: User, bucket: Bucket, options: dict[str, Any]) -> tuple[str, Assignment | None]:
    """What was done, and the place they have now."""
    if options["withdraw"]:
        assigning.withdraw(user.pk, bucket.pk, by=None)
        return "withdrawn", None
    place = _place(options)
    try:
        return "changed", assigning.change(user.pk, bucket.pk, place, by=None)
    except assigning.NotAssigned:
        return "added", assigning.assign(user.pk, bucket.pk, place, by=None)


def _place(options: dict[str, Any]) -> assigning.Place:
    named: Any = {field: options[right] for right, field in RIGHTS.items() if options[right] is not None}
    if options["whole_bucket"]:
        named |= {"whole_bucket": True, "root_path": ""}
    elif options["root"] is not None:
        named |= {"whole_bucket": False, "root_path": options["root"]}
    place: assigning.Place = named
    return place
