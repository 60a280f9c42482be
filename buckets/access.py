"""Who may go where: the one function that hands out a `Reach`."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from buckets.models import Assignment, Bucket, FormerRoot
from buckets.paths import Reach, Rights, lies_below

ADMIN_RIGHTS = Rights(upload=True, overwrite=True, delete=True)


class NoSuchBucket(Exception):
    """There is no such bucket for this person: it doesn't exist, or isn't assigned to them; nobody is told which."""


def reach_for(*, user: User, code: str | None = None, bucket_id: UUID | None = None) -> Reach:
    """Where `user` may go in the bucket with this system code or id. One query. Raises NoSuchBucket.

    Administrators need no assignment; the bucket's own root confines them like everybody.
    """
    wanted = {"system_code": code} if bucket_id is None else {"id": bucket_id}
    if not user.is_active:
        raise NoSuchBucket
    if user.is_admin:
        bucket = Bucket.objects.filter(**wanted).first()
        if bucket is None:
            raise NoSuchBucket
        return bucket.reach(root="", rights=ADMIN_RIGHTS)
    assignment = (
        Assignment.objects.select_related("bucket")
        .filter(user=user, **{f"bucket__{name}": value for name, value in wanted.items()})
        .first()
    )
    if assignment is None:
        raise NoSuchBucket
    return assignment.reach


def reaches_for(*, user: User, bucket_ids: Collection[UUID]) -> dict[UUID, Reach]:
    """Where `user` may go in each of these buckets, by id. One query. Raises NoSuchBucket when that is nowhere in one."""
    if not user.is_active:
        raise NoSuchBucket
    if user.is_admin:
        buckets = Bucket.objects.filter(id__in=bucket_ids)
        found = {bucket.id: bucket.reach(root="", rights=ADMIN_RIGHTS) for bucket in buckets}
    else:
        mine = Assignment.objects.select_related("bucket").filter(user=user, bucket_id__in=bucket_ids)
        found = {assignment.bucket_id: assignment.reach for assignment in mine}
    if len(found) < len(set(bucket_ids)):
        raise NoSuchBucket
    return found


def reaches_of(*, user: User) -> list[Reach]:
    """Every reach of `user`, by the buckets' display names. One query."""
    if not user.is_active:
        return []
    if user.is_admin:
        return [bucket.reach(root="", rights=ADMIN_RIGHTS) for bucket in Bucket.objects.all()]
    assignments = (
        Assignment.objects.select_related("bucket").filter(user=user).order_by("bucket__display_name")
    )
    return [assignment.reach for assignment in assignments]


def was_reached_before(*, user: User, bucket_id: UUID, full_key: str) -> bool:
    """Whether `full_key` lies in a root this person had in the bucket before it was changed or taken away.

    Whoever still holds such a key holds an old address and attacks nobody. One query.
    """
    whose = Q(user_id=user.id) | Q(user_id=None) if user.is_admin else Q(user_id=user.id)
    roots = FormerRoot.objects.filter(whose, bucket_id=bucket_id).values_list("root", flat=True)
    return any(lies_below(full_key, root) for root in roots.distinct())


def reach_without_person(*, bucket_id: UUID) -> Reach:
    """The whole of a bucket, without any right to change it, for work that goes on behind the pages: finishing a listing,
    looking after uploads. Raises NoSuchBucket."""
    bucket = Bucket.objects.filter(id=bucket_id).first()
    if bucket is None:
        raise NoSuchBucket
    return bucket.reach(root="", rights=Rights(upload=False, overwrite=False, delete=False))
