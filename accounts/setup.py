"""The first start: making the master administrator, once."""

from django.db import connection, transaction

from accounts.audit import Operation, record
from accounts.models import User
from accounts.rules import checked_email, checked_name, checked_password

_SETUP_LOCK = 0x4D42_0002


class AlreadySetUp(Exception):
    """Somebody made the first account before."""


def is_needed() -> bool:
    """Whether nobody has an account yet. One query."""
    return not User.objects.exists()


def create_first_admin(*, email: str, name: str, password: str, ip: str | None = None) -> User:
    """The first user, an administrator. Of any number of calls at once exactly one succeeds.

    Raises AlreadySetUp or Invalid.
    """
    user = User(email=checked_email(email), name=checked_name(name), is_admin=True)
    user.set_password(checked_password(password, user=user))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
        if not is_needed():
            raise AlreadySetUp
        user.save(force_insert=True)
        record(by=user, operation=Operation.SETUP, ip=ip)
    return user
