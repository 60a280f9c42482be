"""Who searches, and whether they still may: asked before anything is looked for, and again while it is."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from accounts import personal_tokens, sessions
from accounts.audit import Operation, Outcome, record
from accounts.tokens import (
    ENDED_BY_FORCE,
    ForcedOut,
    Identity,
    TokenExpired,
    TokenInvalid,
    who_is,
    who_still_is,
)
from buckets.access import NoSuchBucket, reach_for
from buckets.paths import OutOfBounds, Reach
from buckets.violations import throw_out
from mediabridge.wire import throttles
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.policies import BeyondToken
from search.asking import Asked, wanted_by


class SignInFirst(Exception):
    """Nobody said who they are, or not in time."""


class ThrownOut(Exception):
    """Whoever asked left their folder, and was thrown out everywhere."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who opened a socket: by a token, or by the session of a page of ours."""

    identity_of: "partial[Identity]" = field(repr=False)
    user_id: UUID
    token_id: UUID | None
    request: ASGIRequest
    administers: bool = False

    def still_calls(self, *, now: datetime) -> Identity:
        """Raises what ended it: TokenInvalid or ForcedOut."""
        return self.identity_of(now=now)


def by_token(token: str, request: ASGIRequest, *, now: datetime) -> Caller:
    """Raises TokenInvalid, TokenExpired or ForcedOut, which count as a stranger's try; TooFast for too many of those."""
    try:
        identity = who_is(token, now=now)
    except (TokenInvalid, TokenExpired, ForcedOut):
        throttles.spend_as_stranger(request)
        raise
    personal = identity.user.token
    if personal is not None:
        personal_tokens.touch(personal, ip=client_ip(request), now=now)
    elif identity.session is not None:
        sessions.touch(identity.session, now=now)
    return Caller(partial(who_still_is, token), identity.user.pk, personal.pk if personal else None, request)


def by_session(request: ASGIRequest, *, now: datetime) -> Caller:
    """Raises SignInFirst, ForcedOut or TooFast."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    identity_of = partial(_holder, key)
    try:
        identity = identity_of(now=now)
    except (SignInFirst, ForcedOut):
        throttles.spend_as_stranger(request)
        raise
    return Caller(identity_of, identity.user.pk, None, request, administers=identity.user.is_admin)


def admit(caller: Caller, asked: Asked, *, now: datetime) -> Reach:
    """Where `caller` may look for this: every check there is, before anything is looked for.

    Raises NoSuchBucket, BeyondToken, Malformed, ThrownOut or TooFast.
    """
    throttles.spend_as_searcher(caller.user_id)
    return place_of(caller, asked, now=now)


def place_of(caller: Caller, asked: Asked, *, now: datetime) -> Reach:
    """As `admit`, for one of many places whose search was counted already."""
    identity = caller.still_calls(now=now)
    if identity.acts is not None and "read" not in identity.acts:
        _note_token_used_for_more(identity, caller)
        raise BeyondToken("This personal token may not read.")
    try:
        return wanted_by(asked).reach
    except OutOfBounds as problem:
        reach = reach_for(user=identity.user, bucket_id=asked.bucket_id)
        ip = client_ip(caller.request)
        if throw_out(user=identity.user, reach=reach, path=problem.path, ip=ip, now=now):
            raise ThrownOut from None
        raise NoSuchBucket from None


def look_again(caller: Caller, asked: Asked, reach: Reach, *, now: datetime) -> None:
    """Raises what ended the right to go on: TokenInvalid, SignInFirst, ForcedOut or NoSuchBucket."""
    identity = caller.still_calls(now=now)
    found = reach_for(user=identity.user, bucket_id=asked.bucket_id)
    if found.root != reach.root or not found.rights.read:
        raise NoSuchBucket


def _note_token_used_for_more(identity: Identity, caller: Caller) -> None:
    record(
        by=identity.user,
        operation=Operation.TOKEN_REFUSED,
        outcome=Outcome.REFUSED,
        ip=client_ip(caller.request),
        detail={"call": f"search {caller.request.path_info}"[:500]},
    )


def _holder(session_key: str, *, now: datetime) -> Identity:
    user, reason = sessions.who_holds(session_key)
    if user is None:
        raise ForcedOut if reason in ENDED_BY_FORCE else SignInFirst
    return Identity(user, None)
