"""What administrators do to accounts: add, change, lock, unlock, disable, remove. The last active administrator stays."""

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction
from django.db.models import F

from accounts.models import Session, User
from accounts.rules import Invalid

LAST_ADMIN = "This is the last active administrator. Make somebody else one first."
_ADMINS_LOCK = 0x4D42_0001


def is_last_admin(user: User) -> bool:
    """Whether nobody but `user` could administer if they were gone."""
    return user.pk in _working_admins() and len(_working_admins()) == 1


def lock(*, user: User, now: datetime) -> None:
    """Keeps `user` from signing in until somebody unlocks them. Raises Invalid for the last active administrator."""
    with transaction.atomic():
        keep_an_admin(user)
        User.objects.filter(pk=user.pk).update(locked_at=now)


def unlock(*, user: User) -> bool:
    """Lets `user` sign in again. False when they were not locked."""
    return bool(User.objects.filter(pk=user.pk, locked_at__isnull=False).update(locked_at=None))


def disable(*, user: User, now: datetime) -> None:
    """Switches the account off and ends every session. Raises Invalid for the last active administrator."""
    with transaction.atomic():
        keep_an_admin(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        after_disabling(user=user, now=now)


def after_disabling(*, user: User, now: datetime) -> None:
    """Ends what a person who was just disabled still holds: sessions, and by the raised epoch every token."""
    User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1)
    living = Session.objects.filter(user=user, ended_at__isnull=True)
    living.update(ended_at=now, ended_reason=Session.Ended.DISABLED)


def keep_an_admin(user: User, *, field: str = "is_active") -> None:
    """Raises Invalid when `user` is the last active administrator.

    Holds a lock until the transaction ends, so two administrators can't remove each other at the same moment.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADMINS_LOCK])
    if is_last_admin(user):
        raise Invalid(field, LAST_ADMIN)


def _working_admins() -> set[object]:
    """Those who can sign in and administer. Somebody who never set a password can't."""
    admins = User.objects.filter(is_admin=True, is_active=True, locked_at__isnull=True)
    return set(admins.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).values_list("pk", flat=True))
