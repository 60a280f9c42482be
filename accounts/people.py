"""What administrators do to accounts: add, change, lock, unlock, disable, remove. The last active administrator stays."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction
from django.db.models import F

from accounts import backoff
from accounts.audit import Operation, record
from accounts.models import Session, User, normal_email
from accounts.rules import Invalid, checked_email, checked_name
from accounts.signals import announce_end

LAST_ADMIN = "This is the last active administrator. Make somebody else one first."
_ADMINS_LOCK = 0x4D42_0001


def is_last_admin(user: User) -> bool:
    """Whether nobody could administer if `user` were gone."""
    return leave_no_admin([user])


def leave_no_admin(users: Iterable[User]) -> bool:
    """Whether nobody could administer if all of `users` were gone."""
    working = _working_admins()
    return bool(working) and working <= {user.pk for user in users}


def by_email(email: str) -> User | None:
    """The person with this e-mail, in whatever case it is written."""
    return User.objects.filter(email=normal_email(email)).first()


def add(*, email: str, name: str, is_admin: bool, by: User | None) -> User:
    """A new account without a password: its owner sets one by a link. Raises Invalid."""
    address = checked_email(email)
    if by_email(address) is not None:
        raise Invalid("email", "This e-mail is already in use.")
    with transaction.atomic():
        user = User.objects.create_user(email=address, name=checked_name(name), is_admin=is_admin)
        record(by=by, operation=Operation.ADMIN_ADDED, detail={"kind": "user", "name": str(user)})
    return user


def locked() -> list[User]:
    """Those who can't sign in until an administrator unlocks them; the first twenty by name. One query."""
    return list(User.objects.filter(locked_at__isnull=False)[:20])


def note_change(user: User, field: str, *, by: User | None) -> None:
    """An audit entry that says what of an account changed, `by` None for the system and the shell."""
    detail = {
        "kind": "user",
        "id": str(user.pk),
        "name": str(user),
        "changes": [{"changed": {"fields": [field]}}],
    }
    record(by=by, operation=Operation.ADMIN_CHANGED, detail=detail)


def lock(*, user: User, now: datetime) -> None:
    """Keeps `user` from signing in until somebody unlocks them. Raises Invalid for the last active administrator."""
    with transaction.atomic():
        keep_an_admin(user)
        User.objects.filter(pk=user.pk).update(locked_at=now)


def unlock(*, user: User) -> bool:
    """Lets `user` sign in again, and forgets failed tries. False when they were not locked."""
    backoff.forget(user.email)
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
    announce_end(user_id=user.pk)


def remove(user: User) -> None:
    """Deletes the account with all that hangs on it, but no audit entry. Raises Invalid for the last administrator."""
    with transaction.atomic():
        keep_an_admin(user)
        user.delete()


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
