"""Refresh tokens: how a client of the wire stays signed in, and how a stolen token gives itself away."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import sessions
from accounts.models import RefreshToken, Session, User
from accounts.session_store import SessionStore
from accounts.tokens import CREDENTIAL, ForcedOut, TokenInvalid, refuse_ended

LIFETIME = timedelta(days=14)
RACE = timedelta(seconds=10)
"""So long after its use a token may come again without harm: two tabs of one browser asked at once."""


class RefreshTokenUsed(Exception):
    """The token was used before. Whoever brings it may have stolen it, or lost the race of two tabs."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A living session, and the one refresh token with which it can be kept alive."""

    session: Session
    refresh_token: str = field(repr=False)


def open_session(*, user: User, ip: str | None, agent: str, now: datetime) -> Grant:
    """Signs `user`, who proved who they are, in on the wire: a session like a browser's, without a cookie of Django's."""
    store = SessionStore()
    with transaction.atomic():
        session = Session.objects.create(
            session_key=store._get_new_session_key(),  # type: ignore[attr-defined]
            session_data=store.encode({CREDENTIAL: user.get_session_auth_hash()}),
            expire_date=now + LIFETIME,
            user=user,
            epoch=user.epoch,
            ip=ip,
            agent=agent[:300],
        )
        return Grant(session, _next_token(session, now))


def rotate(token: str, *, ip: str | None, now: datetime) -> Grant:
    """A new refresh token for `token`, which is used up. Of any number of calls at once exactly one succeeds.

    Raises RefreshTokenUsed; when the use is longer ago than two tabs need, the session is ended first, because one of
    the two who know the token must have stolen it. Raises TokenInvalid or ForcedOut when the session is over.
    """
    unused = RefreshToken.objects.filter(token_hash=_hash(token), used_at__isnull=True, expires_at__gt=now)
    with transaction.atomic():
        # One statement decides who is first; who waited for it finds the row used.
        if unused.update(used_at=now):
            mine = Session.objects.select_related("user").select_for_update(of=("self",))
            session = mine.get(refresh_tokens__token_hash=_hash(token))
            refuse_ended(session, now=now)
            session.expire_date = now + LIFETIME
            session.last_seen_at = now
            session.save(update_fields=["expire_date", "last_seen_at"])
            return Grant(session, _next_token(session, now))
    _end_after_theft(token, ip=ip, now=now)
    raise RefreshTokenUsed


def session_of(token: str) -> Session | None:
    """The session that `token` belongs to, whether or not either still counts."""
    mine = Session.objects.select_related("user").filter(refresh_tokens__token_hash=_hash(token))
    return mine.first()


def _end_after_theft(token: str, *, ip: str | None, now: datetime) -> None:
    """Ends the family of a token that was used before, unless that was just now.

    Raises TokenInvalid for an unknown one, ForcedOut for one that went with its owner.
    """
    known = RefreshToken.objects.select_related("session__user").filter(token_hash=_hash(token)).first()
    if known is None and _owner_is_gone(token):
        raise ForcedOut
    if known is None or known.used_at is None:
        raise TokenInvalid
    session = known.session
    if now - known.used_at > RACE and session.user is not None:
        sessions.end(
            user=session.user,
            session_id=session.id,
            reason=Session.Ended.REVOKED,
            by=session.user,
            ip=ip,
            now=now,
            why="A refresh token was used twice.",
        )


def _owner_is_gone(token: str) -> bool:
    """Whether `token` names somebody who has no account. Nothing hangs on it but what its bearer is told."""
    try:
        owner = UUID(token.rpartition(".")[2])
    except ValueError:
        return False
    return not User.objects.filter(pk=owner).exists()


def _next_token(session: Session, now: datetime) -> str:
    # Its owner's id outlives what is stored of it: who was deleted is told so.
    token = f"{secrets.token_urlsafe(64)}.{session.user_id}"
    RefreshToken.objects.create(
        session=session, token_hash=_hash(token), created_at=now, expires_at=now + LIFETIME
    )
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "backslashreplace")).hexdigest()
