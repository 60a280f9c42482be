"""What happened in the buckets: to whom which of it may be told, and when something last happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from accounts import history
from accounts.history import Wanted
from accounts.models import AUDIT_HEAD, AuditEntry, User
from buckets.access import reaches_of
from buckets.paths import Reach

Operation = AuditEntry.Operation
_CHANGES = [Operation.UPLOAD_CONFIRMED, Operation.DELETED]
HAPPENED = [
    Operation.UPLOAD_CONFIRMED,
    Operation.DELETED,
    Operation.LINK_COPIED,
    Operation.LINK_OPENED,
    Operation.DOWNLOADED,
]
"""What happens to files, as everybody who may see them may know it. That an upload was only asked for is no news."""
REFUSABLE = [Operation.UPLOAD_SIGNED, Operation.OVERWRITE_SIGNED, Operation.DELETED]
ABOUT_TOKENS = [Operation.TOKEN_MADE, Operation.TOKEN_REVOKED, Operation.TOKEN_REFUSED]
OWN = [
    Operation.SIGNED_IN,
    Operation.SIGNED_OUT,
    Operation.SIGN_IN_REFUSED,
    Operation.PASSWORD_SET,
    Operation.SESSION_ENDED,
    *ABOUT_TOKENS,
    Operation.AUDIT_EXPORTED,
]
"""What people do with their own account: nobody else's business but the administrators'."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The latest upload or deletion a person may know of."""

    at: datetime
    operation: str
    actor_name: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the audit log `user` may see at this moment.

    Administrators see everything. Others see what happened to files inside their reaches, who did it by name alone, and
    their own refusals, sign-ins and exports; no address or e-mail of anybody else, nothing that others were refused.
    """

    user: User
    reaches: Sequence[Reach]
    by_bucket: dict[UUID, Reach] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_bucket", {reach.bucket_id: reach for reach in self.reaches})

    @classmethod
    def of(cls, user: User) -> "Sight":
        return cls(user, reaches_of(user=user))

    @property
    def operations(self) -> list[AuditEntry.Operation]:
        """The operations there can be entries of."""
        if self.user.is_admin:
            return list(Operation)
        return [*HAPPENED, Operation.UPLOAD_SIGNED, Operation.OVERWRITE_SIGNED, *OWN]

    @property
    def parts(self) -> list[QuerySet[AuditEntry]]:
        """The entries to be seen, as queries that have none in common."""
        if self.user.is_admin:
            return [history.everything()]
        refused = Q(outcome=AuditEntry.Outcome.REFUSED)
        mine = Q(actor_id=self.user.pk)
        told = Q(operation__in=HAPPENED) & ~refused | Q(operation__in=REFUSABLE) & refused & mine
        own = AuditEntry.objects.filter(mine, operation__in=OWN)
        return [own, *(below(reach).filter(told) for reach in self.reaches)]

    def sees_account_of(self, entry: AuditEntry) -> bool:
        """Whether the address and e-mail of who did `entry` may be shown: one's own, or to an administrator."""
        return self.user.is_admin or entry.actor_id == self.user.pk


def people_lately(sight: Sight, wanted: UUID | None = None) -> list[tuple[UUID, str]]:
    """Who did the latest few hundred things that may be seen, by name, and whoever is `wanted`, if something of theirs may be.

    Made of what may be seen anyway, so it tells of nobody else."""
    lately = history.page(sight.parts, Wanted(), after=None, limit=300)
    if wanted is not None:
        lately += history.page(sight.parts, Wanted(actor_id=wanted), after=None, limit=1)
    names: dict[UUID, str] = {}
    for entry in lately:
        if entry.actor_id is not None:
            names.setdefault(entry.actor_id, entry.actor_name)
    return sorted(names.items(), key=lambda person: (person[1].casefold(), person[0]))


def below(reach: Reach) -> QuerySet[AuditEntry]:
    """The entries of files inside `reach`: compared by whole segments, byte for byte, whatever signs a root has."""
    inside = AuditEntry.objects.filter(bucket_id=reach.bucket_id)
    if not reach.root:
        return inside
    inside = inside.alias(head=Left("path", AUDIT_HEAD)).filter(head__startswith=reach.root[:AUDIT_HEAD])
    return inside.filter(path__startswith=reach.root) if len(reach.root) > AUDIT_HEAD else inside


def latest(reaches: Sequence[Reach]) -> dict[UUID, Activity]:
    """The latest upload or deletion below the root of each reach, by bucket id; buckets where nothing happened are left
    out. One query."""
    found = [_latest_in(reach) for reach in reaches]
    if not found:
        return {}
    rows = found[0] if len(found) == 1 else found[0].union(*found[1:], all=True)
    return {
        entry.bucket_id: Activity(entry.at, entry.operation, entry.actor_name)
        for entry in rows
        if entry.bucket_id is not None
    }


def _latest_in(reach: Reach) -> QuerySet[AuditEntry]:
    changes = below(reach).filter(operation__in=_CHANGES, outcome=AuditEntry.Outcome.DONE)
    return changes.order_by("-at", "-id")[:1]
