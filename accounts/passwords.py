"""Setting passwords: by the person who knows the old one, or by a one-time link."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import backoff, personal_tokens, sessions
from accounts.audit import Operation, record
from accounts.models import PasswordLink, Session, User
from accounts.rules import Invalid, checked_password


class LinkGone(Exception):
    """The link was used, replaced or is too old; or its account is switched off."""


def change(*, user: User, current: str, new: str, keep: UUID | None, ip: str | None, now: datetime) -> None:
    """Gives `user` a new password and ends their other sessions; `keep` is the id of the one that stays.

    Raises Invalid.
    """
    if not user.check_password(current):
        raise Invalid("current_password", "This is not your current password.")
    checked_password(new, user=user, field="new_password")
    if current == new:
        raise Invalid("new_password", "The new password must differ from the present one.")
    _set(user, new, keep=keep, ip=ip, now=now)


def reset(
    *,
    user: User,
    new: str,
    by: User,
    keep: UUID | None,
    ip: str | None,
    now: datetime,
    field: str = "password",
) -> None:
    """Gives `user` a password that `by`, who administers, chose, and ends all their sessions but the one with the id `keep`.

    Raises Invalid.
    """
    _set(user, checked_password(new, user=user, field=field), keep=keep, ip=ip, now=now, by=by)


def new_link(*, user: User, now: datetime) -> str:
    """The token of a fresh one-time link for `user`, good for 24 hours. Earlier links of theirs stop working."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        PasswordLink.objects.filter(user=user, used_at__isnull=True).delete()
        PasswordLink.objects.create(
            user=user, token_hash=_hash(token), created_at=now, expires_at=now + PasswordLink.LIFETIME
        )
    return token


def owner_of(token: str, *, now: datetime) -> User:
    """Whose password the link with this token sets. Raises LinkGone."""
    link = _usable(token, now).select_related("user").first()
    if link is None:
        raise LinkGone
    return link.user


def set_by_link(token: str, *, password: str, ip: str | None, now: datetime) -> User:
    """Sets the password of the link's owner and ends all their sessions. Of many calls at once exactly one succeeds.

    Raises LinkGone, or Invalid, which leaves the link usable.
    """
    user = owner_of(token, now=now)
    checked_password(password, user=user, field="new_password")
    with transaction.atomic():
        # No join here: PostgreSQL re-reads only the row it waited for, so the row alone must say that it was used.
        mine = PasswordLink.objects.filter(token_hash=_hash(token), used_at__isnull=True, expires_at__gt=now)
        if not mine.update(used_at=now):
            raise LinkGone
        _set(user, password, keep=None, ip=ip, now=now)
    return user


def forget_old_links(*, now: datetime) -> None:
    """Removes links that nobody can use any more."""
    PasswordLink.objects.filter(expires_at__lt=now).delete()


def _set(
    user: User,
    password: str,
    *,
    keep: UUID | None,
    ip: str | None,
    now: datetime,
    by: User | None = None,
) -> None:
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        PasswordLink.objects.filter(user=user, used_at__isnull=True).delete()
        sessions.end_all(user=user, reason=Session.Ended.PASSWORD_CHANGED, now=now, keep=keep)
        personal_tokens.end_all(user=user, reason=Session.Ended.PASSWORD_CHANGED, now=now)
        if keep is not None:
            sessions.carry_on(session_id=keep, user=user)
        backoff.forget(user.email)
        detail = {"person": user.email} if by is not None and by != user else {}
        record(by=by or user, operation=Operation.PASSWORD_SET, ip=ip, detail=detail)


def _usable(token: str, now: datetime) -> QuerySet[PasswordLink]:
    return PasswordLink.objects.filter(
        token_hash=_hash(token), used_at__isnull=True, expires_at__gt=now, user__is_active=True
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()
