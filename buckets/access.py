"""Who may go where: the one function that hands out a `Reach`."""

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from buckets.models import Assignment, Bucket, FormerRoot
from buckets.paths import Reach, Rights, lies_below
from buckets.scopes import narrowed

ADMIN_RIGHTS = Rights(upload=True, overwrite=True, delete=True)


class NoSuchBucket(Exception):
    """There is no such bucket for this person: it doesn't exist, or isn't assigned to them; nobody is told which."""


def reach_for(*, user: User, code: str | None = None, bucket_id: UUID | None = None) -> Reach:
    """Where `user` may go in the bucket with this system code or id. One query. Raises NoSuchBucket.

    Administrators need no assignment; the bucket's own root confines them like everybody.
    """
    wanted = {"system_code": code} if bucket_id is None else {"id": bucket_id}
    reach = next(_reaches(user, wanted), None)
    if reach is None:
        raise NoSuchBucket
    return reach


def reaches_for(*, user: User, bucket_ids: Collection[UUID]) -> dict[UUID, Reach]:
    """Where `user` may go in each of these buckets, by id. One query. Raises NoSuchBucket when that is nowhere in one."""
    found = {reach.bucket_id: reach for reach in _reaches(user, {"id__in": bucket_ids})}
    if len(found) < len(set(bucket_ids)) or not user.is_active:
        raise NoSuchBucket
    return found


def reaches_of(*, user: User) -> list[Reach]:
    """Every reach of `user`, by the buckets' display names. One query."""
    return list(_reaches(user, {}))


def _reaches(user: User, wanted: Mapping[str, object]) -> Iterator[Reach]:
    """The reaches of `user` into the buckets with these columns, by display name, narrowed by the token they act by."""
    if not user.is_active:
        return
    scope = user.token.scope if user.token else None
    for bucket, root, rights in _places(user, wanted):
        left = narrowed(rights, bucket_id=bucket.id, by=scope)
        if left is not None:
            yield bucket.reach(root=root, rights=left)


def _places(user: User, wanted: Mapping[str, object]) -> Iterator[tuple[Bucket, str, Rights]]:
    if user.is_admin:
        for bucket in Bucket.objects.filter(**wanted):
            yield bucket, "", ADMIN_RIGHTS
        return
    below = {f"bucket__{column}": value for column, value in wanted.items()}
    mine = Assignment.objects.select_related("bucket").filter(user=user, **below)
    for assignment in mine.order_by("bucket__display_name"):
        yield assignment.bucket, assignment.root_path, assignment.rights


def bucket_id_of(text: str) -> UUID:
    """The id that `text` spells. Ids are opaque to programs: one that can't be is of no bucket, so it raises NoSuchBucket."""
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchBucket from None


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
