"""Access tokens: signed, good for five minutes, and worth no more at any moment than the session they were made for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Session, User

CLOCKS_DIFFER_BY = timedelta(seconds=30)
"""How far in the future a token may have been made, by the clock of another server."""
LONGEST = 4096
CREDENTIAL = "password_hash"
"""Where a session on the wire keeps what a new password changes."""
ENDED_BY_FORCE = frozenset({Session.Ended.FORCED_OUT, Session.Ended.DISABLED})


class TokenInvalid(Exception):
    """This is no token of ours, or its session is over."""


class TokenExpired(Exception):
    """It was a token of ours, of the person with the id `user_id`, and is too old: a refresh gives a new one."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__()
        self.user_id = user_id


class ForcedOut(Exception):
    """Its owner, `user_id` if that is known, was thrown out everywhere, locked, disabled or deleted."""

    def __init__(self, user_id: UUID | None = None) -> None:
        super().__init__()
        self.user_id = user_id


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, under which session. `is_signed`: nobody else, no link and no foreign page, can have made this call."""

    user: User
    session: Session
    is_signed: bool = True


def access_token(session: Session, *, now: datetime) -> str:
    """A token for the owner of `session`, with the epoch the session has: a new token never makes up for an old epoch."""
    token = AccessToken()
    token.set_iat(at_time=now)
    token.set_exp(from_time=now)
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.id)
    token["epoch"] = session.epoch
    return str(token)


def who_is(token: str, *, now: datetime) -> Identity:
    """Whose access token this is. One query. Raises TokenInvalid, TokenExpired or ForcedOut."""
    claims = _claims(token, now)
    user_id = UUID(claims["sub"])
    if claims["exp"] <= now.timestamp():
        raise TokenExpired(user_id)
    session = _session_of(claims)
    if session is None or session.user is None or session.epoch != claims["epoch"]:
        raise ForcedOut(user_id)
    refuse_ended(session, now=now)
    return Identity(session.user, session)


def session_behind(token: str, *, now: datetime) -> Session | None:
    """The session `token` was made for, whether or not either still counts. None when it is no token of ours."""
    try:
        return _session_of(_claims(token, now))
    except TokenInvalid:
        return None


def refuse_ended(session: Session, *, now: datetime) -> None:
    """Raises ForcedOut or TokenInvalid when `session`, loaded with its user, is over for any reason."""
    user = session.user
    if user is None:
        raise TokenInvalid
    if not user.is_active or user.locked_at is not None or session.epoch != user.epoch:
        raise ForcedOut(user.pk)
    if session.ended_reason in ENDED_BY_FORCE:
        raise ForcedOut(user.pk)
    if session.ended_at is not None or session.expire_date <= now:
        raise TokenInvalid
    if not constant_time_compare(session.get_decoded().get(CREDENTIAL, ""), user.get_session_auth_hash()):
        raise TokenInvalid


def _claims(token: str, now: datetime) -> dict[str, Any]:
    """What `token` says, once its signature, type, issuer and audience are checked, and that it is not from the future."""
    if len(token) > LONGEST:
        raise TokenInvalid
    try:
        claims = AccessToken(token).payload  # type: ignore[arg-type]
    except TokenError:
        raise TokenInvalid from None
    latest = (now + CLOCKS_DIFFER_BY).timestamp()
    if not {"sub", "sid", "epoch", "iat"} <= claims.keys():
        raise TokenInvalid
    if claims["iat"] > latest or claims.get("nbf", 0) > latest:
        raise TokenInvalid
    return claims


def _session_of(claims: dict[str, Any]) -> Session | None:
    mine = Session.objects.select_related("user").filter(id=claims["sid"], user_id=claims["sub"])
    return mine.first()
