"""What administrators do to accounts: add, change, lock, unlock, disable, remove. The last active administrator stays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from accounts import backoff, personal_tokens
from accounts.audit import Operation, note
from accounts.models import Session, User, normal_email
from accounts.rules import EMAIL_TAKEN, Invalid, Taken, checked_email, checked_name, checked_password
from accounts.signals import announce_end

LAST_ADMIN = "This is the last active administrator. Make somebody else one first."
_ADMINS_LOCK = 0x4D42_0001


class NoSuchPerson(Exception):
    """Nobody has this id."""


def is_last_admin(user: User) -> bool:
    """Whether nobody could administer if `user` were gone."""
    return leave_no_admin([user])


def leave_no_admin(users: Iterable[User]) -> bool:
    """Whether nobody could administer if all of `users` were gone."""
    working = _working_admins()
    return bool(working) and working <= {user.pk for user in users}


def by_id(user_id: UUID) -> User:
    """The person with this id. Raises NoSuchPerson."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NoSuchPerson
    return user


def hold(user_id: UUID) -> None:
    """Lets nobody else change or remove this account until the transaction ends. Raises NoSuchPerson."""
    if not User.objects.select_for_update(no_key=True).filter(pk=user_id).exists():
        raise NoSuchPerson


def by_email(email: str) -> User | None:
    """The person with this e-mail, in whatever case it is written."""
    return User.objects.filter(email=normal_email(email)).first()


def check(user: User, *, before: User | None) -> None:
    """Puts name and e-mail of `user` into the form they are stored in. `before` is how it is stored now, None for a new one.

    Raises Invalid or Taken, naming the field.
    """
    user.name = checked_name(user.name)
    user.email = checked_email(user.email)
    if User.objects.filter(email=user.email).exclude(pk=user.pk).exists():
        raise Taken("email", EMAIL_TAKEN)
    lost = [field for field in ("is_admin", "is_active") if not getattr(user, field)]
    if before is not None and lost:
        keep_an_admin(before, field=lost[0])


def add(
    *,
    email: str,
    name: str,
    is_admin: bool,
    by: User | None,
    password: str | None = None,
    ip: str | None = None,
) -> User:
    """A new account; without a password its owner sets one by a link. Raises Invalid or Taken."""
    user = User(email=email, name=name, is_admin=is_admin)
    check(user, before=None)
    user.set_password(None if password is None else checked_password(password, user=user))
    with email_taken_at_once():
        user.save(force_insert=True)
        note(user, by=by, operation=Operation.ADMIN_ADDED, ip=ip)
    return user


@contextmanager
def email_taken_at_once() -> Iterator[None]:
    """A transaction in which an account is stored. Raises Taken when somebody else took its e-mail since it was checked."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Taken("email", EMAIL_TAKEN) from None


def locked() -> list[User]:
    """Those who can't sign in until an administrator unlocks them; the first twenty by name. One query."""
    return list(User.objects.filter(locked_at__isnull=False)[:20])


def note_change(user: User, field: str, *, by: User | None) -> None:
    """An audit entry that says what of an account changed, `by` None for the system and the shell."""
    note(user, by=by, operation=Operation.ADMIN_CHANGED, changes=[{"changed": {"fields": [field]}}])


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
    personal_tokens.end_all(user=user, reason=Session.Ended.DISABLED, now=now)
    announce_end(user_id=user.pk)


def remove(user: User, *, by: User | None, ip: str | None = None) -> None:
    """Deletes the account with all that hangs on it, but no audit entry. Raises Invalid for the last administrator."""
    with transaction.atomic():
        keep_an_admin(user)
        note(user, by=by, operation=Operation.ADMIN_REMOVED, ip=ip)
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
