"""Personal tokens and the buckets they are for: making one for buckets one has, and telling of those one made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts import personal_tokens
from accounts.models import PersonalToken, Session, User
from accounts.personal_tokens import Made
from accounts.rules import Invalid
from accounts.scopes import Scope
from buckets.access import reaches_for
from buckets.paths import Reach

WHICH_BUCKETS = "Choose the buckets it is for, or all of them."
SOON = timedelta(days=7)
STATES: Final = {
    "": "In use",
    "expired": "Expired",
    Session.Ended.REVOKED.value: "Revoked",
    Session.Ended.PASSWORD_CHANGED.value: "Ended by a new password",
    Session.Ended.FORCED_OUT.value: "Ended by a forced sign-out",
    Session.Ended.DISABLED.value: "Ended with the account",
}
"""By `PersonalToken.why_over`: what a list says of a token."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its owner sees it. `buckets` are the titles of those it is for that they may reach, `lost` counts the
    others; with `token.all_buckets` there are neither."""

    token: PersonalToken
    why_over: str
    buckets: list[str]
    lost: int
    expires_soon: bool

    @property
    def state(self) -> str:
        return STATES.get(self.why_over, STATES[Session.Ended.REVOKED.value])


def make(
    *,
    user: User,
    name: str,
    acts: Collection[str],
    bucket_ids: Collection[UUID],
    all_buckets: bool,
    days: int,
    ip: str | None,
    now: datetime,
) -> Made:
    """A token by which a program acts for `user`, in these buckets or in all they may reach, for so many days. Audited.

    Raises Invalid, naming the field; NoSuchBucket for one they may not reach; ForcedOut as `personal_tokens.make`.
    """
    if all_buckets == bool(bucket_ids):
        raise Invalid("bucket_ids", WHICH_BUCKETS)
    if 0 < len(bucket_ids) <= personal_tokens.MOST_BUCKETS:
        reaches_for(user=user, bucket_ids=bucket_ids)
    scope = Scope(frozenset(acts), None if all_buckets else frozenset(bucket_ids))
    return personal_tokens.make(user=user, name=name, scope=scope, days=days, ip=ip, now=now)


def rows(user: User, reaches: Sequence[Reach], *, now: datetime) -> list[TokenRow]:
    """The tokens of `user`, whose reaches these are: those that work first, then the newest. One query."""
    titles = {reach.bucket_id: reach.bucket_title for reach in reaches}
    found = [_row(token, titles, now=now) for token in personal_tokens.of(user)]
    return sorted(found, key=lambda row: bool(row.why_over))


def _row(token: PersonalToken, titles: dict[UUID, str], *, now: datetime) -> TokenRow:
    known = sorted(titles[id_] for id_ in token.bucket_ids if id_ in titles)
    return TokenRow(
        token=token,
        why_over=token.why_over(now=now),
        buckets=known,
        lost=len(token.bucket_ids) - len(known),
        expires_soon=now < token.expires_at <= now + SOON,
    )
