"""Whose token is this? Access tokens are signed, good for five minutes, and worth no more at any moment than the session
they were made for; personal tokens are kept (`accounts.personal_tokens`), and worth no more than their owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts import token_texts
from accounts.models import PersonalToken, Session, User

CLOCKS_DIFFER_BY = timedelta(seconds=30)
"""How far in the future a token may have been made, by the clock of another server."""
LONGEST = 4096
TOUCH_EVERY = timedelta(minutes=1)
"""How often it is noted that a session or a token is in use."""
CREDENTIAL = "password_hash"
"""Where a session on the wire keeps what a new password changes."""
ENDED_BY_FORCE = frozenset({Session.Ended.FORCED_OUT, Session.Ended.DISABLED})


_OVER = {
    "expired": "This personal token has expired. Make a new one on your account page.",
    Session.Ended.PASSWORD_CHANGED: "This personal token ended with its owner's password. Make a new one on your account page.",
    Session.Ended.REVOKED: "This personal token was revoked. Make a new one on your account page.",
}


class TokenInvalid(Exception):
    """This is no token of ours, or its session is over."""


class PersonalTokenOver(TokenInvalid):
    """It was a personal token of ours, and works no longer. The text is a sentence for whoever sent it."""


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
    """Who calls, under which session: under none, when a personal token acts for them (`user.token`).

    `is_signed`: nobody else, no link and no foreign page, can have made this call.
    """

    user: User
    session: Session | None
    is_signed: bool = True

    @property
    def acts(self) -> frozenset[str] | None:
        """What may be done at most; None where nothing but their rights limits them."""
        return self.user.token.scope.acts if self.user.token else None


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
    """Whose token this is, of either kind. One query. Raises TokenInvalid, TokenExpired or ForcedOut."""
    if token_texts.is_meant(token):
        return _by_personal_token(token, now)
    claims = _claims(token, now)
    if claims["exp"] <= now.timestamp():
        raise TokenExpired(UUID(claims["sub"]))
    return _by_claims(claims, now)


def who_still_is(token: str, *, now: datetime) -> Identity:
    """As `who_is`, for what was begun while the token was good: it may be too old by now. Raises TokenInvalid or ForcedOut."""
    if token_texts.is_meant(token):
        return _by_personal_token(token, now, may_be_old=True)
    return _by_claims(_claims(token, now), now)


def _by_claims(claims: dict[str, Any], now: datetime) -> Identity:
    session = _session_of(claims)
    if session is None or session.user is None or session.epoch != claims["epoch"]:
        raise ForcedOut(UUID(claims["sub"]))
    refuse_ended(session, now=now)
    return Identity(session.user, session)


def _by_personal_token(text: str, now: datetime, *, may_be_old: bool = False) -> Identity:
    """Who acts by the personal token `text`. Raises TokenInvalid, PersonalTokenOver, or ForcedOut.

    None of them says whose it was: a token that leaked and was revoked must not use up its owner's limits.
    """
    if not token_texts.is_sound(text):
        raise TokenInvalid
    hashed = token_texts.hash_of(text)
    token = PersonalToken.objects.select_related("user").filter(token_hash=hashed).first()
    if token is None or not constant_time_compare(token.token_hash, hashed):
        raise TokenInvalid
    why = token.why_ended if may_be_old else token.why_over(now=now)
    if why in ENDED_BY_FORCE:
        raise ForcedOut
    if why:
        raise PersonalTokenOver(_OVER.get(why, _OVER[Session.Ended.REVOKED]))
    token.user.token = token
    return Identity(token.user, session=None)


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
