"""Personal tokens: making one, looking after them, ending them. Who calls by one, `accounts.tokens` says."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts import token_texts
from accounts.audit import Operation, record
from accounts.models import PersonalToken, Session, User
from accounts.rules import Invalid, checked_name
from accounts.scopes import ACTS, Scope
from accounts.signals import announce_end
from accounts.tokens import TOUCH_EVERY, ForcedOut

MOST = 50
"""So many living tokens one person may have."""
MOST_KEPT = 250
"""So many, those that ended lately among them: nobody fills the table, or a page, by making and revoking."""
MOST_BUCKETS = 1_000
KEPT_AFTER_END = timedelta(days=30)
CHOICES: Final = (7, 30, 90, 365)
"""Days for which people commonly want one."""


class NoSuchToken(Exception):
    """This person has no token with this id."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token, and its text, which nobody can be told again."""

    token: PersonalToken
    text: str = field(repr=False)


def make(*, user: User, name: str, scope: Scope, days: int, ip: str | None, now: datetime) -> Made:
    """A token by which a program acts for `user` within `scope`, for so many days. Audited.

    Raises Invalid, naming `name`, `acts`, `bucket_ids` or `days`; ForcedOut when `user` was thrown out, disabled or given
    a new password since they were looked up: what ends their tokens must not miss this one.
    """
    name = checked_name(name)
    _check_scope(scope)
    if not 1 <= days <= settings.TOKEN_MAX_DAYS:
        raise Invalid("days", f"A token may live 1 to {settings.TOKEN_MAX_DAYS} days.")
    text = token_texts.new()
    with transaction.atomic():
        same = User.objects.select_for_update(no_key=True).filter(pk=user.pk, epoch=user.epoch)
        if not same.filter(password=user.password, is_active=True, locked_at=None).exists():
            raise ForcedOut(user.pk)
        _refuse_too_many(user, now=now)
        token = PersonalToken.objects.create(
            user=user,
            name=name,
            hint=token_texts.hint_of(text),
            token_hash=token_texts.hash_of(text),
            acts=[act for act in ACTS if act in scope.acts],
            all_buckets=scope.bucket_ids is None,
            bucket_ids=sorted(scope.bucket_ids or ()),
            epoch=user.epoch,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _note(token, Operation.TOKEN_MADE, by=user, ip=ip)
    return Made(token, text)


def of(user: User) -> QuerySet[PersonalToken]:
    """The tokens of `user`, newest first; those that ended, as long as somebody may ask why."""
    return PersonalToken.objects.select_related("user").filter(user=user)


def living_of(user: User, *, now: datetime) -> QuerySet[PersonalToken]:
    """The tokens of `user` that work, as far as they are not ended by what befell their owner."""
    return of(user).filter(ended_at__isnull=True, expires_at__gt=now, epoch=user.epoch)


@transaction.atomic
def revoke(*, user: User, token_id: UUID, by: User, ip: str | None, now: datetime) -> PersonalToken:
    """Ends one token of `user`, for good; one that had ended stays as it was. Audited. Raises NoSuchToken."""
    token = of(user).select_for_update(of=("self",)).filter(pk=token_id).first()
    if token is None:
        raise NoSuchToken
    if token.ended_at is None:
        token.ended_at, token.ended_reason = now, Session.Ended.REVOKED
        token.save(update_fields=["ended_at", "ended_reason"])
        _note(token, Operation.TOKEN_REVOKED, by=by, ip=ip)
        announce_end(user_id=user.pk)
    return token


def end_all(*, user: User, reason: Session.Ended, now: datetime) -> int:
    """Ends every token of `user`. How many there were. In the transaction of whatever ends their sessions."""
    living = PersonalToken.objects.filter(user=user, ended_at__isnull=True)
    return living.update(ended_at=now, ended_reason=reason)


def touch(token: PersonalToken, *, ip: str | None, now: datetime) -> None:
    """Notes that `token` was just used, at most once a minute."""
    if token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY:
        PersonalToken.objects.filter(pk=token.pk).update(last_used_at=now, last_used_ip=ip)


def forget_old(*, now: datetime) -> None:
    """Removes tokens that ended or expired so long ago that nobody will ask why."""
    long_ago = now - KEPT_AFTER_END
    PersonalToken.objects.filter(expires_at__lt=long_ago).delete()
    PersonalToken.objects.filter(ended_at__lt=long_ago).delete()


def choices() -> list[int]:
    """For how many days a token can be asked for on a page: what is common, as far as it is allowed here."""
    longest = settings.TOKEN_MAX_DAYS
    return sorted(
        {days for days in CHOICES if days <= longest} | ({longest} if longest < CHOICES[-1] else set())
    )


def _refuse_too_many(user: User, *, now: datetime) -> None:
    if living_of(user, now=now).count() >= MOST:
        raise Invalid("name", f"You have {MOST} tokens in use. Revoke one you no longer need.")
    if of(user).count() >= MOST_KEPT:
        raise Invalid("name", f"You made {MOST_KEPT} tokens lately. Make another when some are forgotten.")


def _check_scope(scope: Scope) -> None:
    if not scope.acts:
        raise Invalid("acts", "Choose what the token may do.")
    if unknown := scope.acts.difference(ACTS):
        raise Invalid("acts", f"A token may {_listed(ACTS)}. This is none of them: {min(unknown)[:40]}")
    if "overwrite" in scope.acts and "upload" not in scope.acts:
        raise Invalid("acts", "To overwrite, a token must be allowed to upload, too.")
    if scope.bucket_ids is not None and not 1 <= len(scope.bucket_ids) <= MOST_BUCKETS:
        raise Invalid("bucket_ids", "Choose the buckets it is for, or all of them.")


def _note(token: PersonalToken, operation: Operation, *, by: User, ip: str | None) -> None:
    told = {
        "id": str(token.pk),
        "name": str(token),
        "person": token.user.email,
        "may": token.acts,
        "buckets": "all" if token.all_buckets else [str(id_) for id_ in token.bucket_ids],
        "expires_at": token.expires_at.isoformat(),
    }
    record(by=by, operation=operation, ip=ip, detail=told)


def _listed(words: Collection[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"
