"""Who may use which bucket: giving somebody a place in it, moving it, taking it away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import people
from accounts.audit import Operation, changed, note
from accounts.models import User
from accounts.rules import Taken
from buckets.access import NoSuchBucket, reach_without_person
from buckets.models import ASSIGNED_ALREADY, Assignment, Bucket
from buckets.s3 import lister


class NotAssigned(Exception):
    """This person has no place in this bucket."""


class Place(TypedDict, total=False):
    """Where in a bucket, and with which rights. The whole bucket is said, never left blank."""

    whole_bucket: bool
    root_path: str
    allow_upload: bool
    allow_overwrite: bool
    allow_delete: bool


def assign(
    user_id: UUID, bucket_id: UUID, place: Place, *, by: User | None, ip: str | None = None
) -> Assignment:
    """Gives this person a place in this bucket; rights that are left out are as in a new form.

    Raises NoSuchPerson, NoSuchBucket, Malformed, or Taken when they have one there.
    """
    user = people.by_id(user_id)
    bucket = Bucket.objects.filter(pk=bucket_id).first()
    if bucket is None:
        raise NoSuchBucket
    assignment = Assignment(user=user, bucket=bucket, **place)
    assignment.settle_root()
    with _assigned_at_once():
        people.hold(user_id)
        if not Bucket.objects.select_for_update(no_key=True).filter(pk=bucket_id).exists():
            raise NoSuchBucket
        assignment.save(force_insert=True)
        _note(assignment, Operation.ADMIN_ADDED, by=by, ip=ip)
    return assignment


def change(
    user_id: UUID, bucket_id: UUID, place: Place, *, by: User | None, ip: str | None = None
) -> Assignment:
    """Moves somebody within a bucket or changes their rights there; what is left out stays. Raises NotAssigned, Malformed."""
    with transaction.atomic():
        assignment = _assigned(user_id, bucket_id)
        before = {field: getattr(assignment, field) for field in Place.__annotations__}
        for field, value in place.items():
            setattr(assignment, field, value)
        assignment.settle_root()
        different = [field for field, was in before.items() if getattr(assignment, field) != was]
        if different:
            assignment.save(update_fields=different)
            told = changed(assignment, different)
            _note(assignment, Operation.ADMIN_CHANGED, by=by, ip=ip, changes=told)
    return assignment


def withdraw(user_id: UUID, bucket_id: UUID, *, by: User | None, ip: str | None = None) -> None:
    """Takes somebody's place in a bucket away. Raises NotAssigned."""
    with transaction.atomic():
        assignment = _assigned(user_id, bucket_id)
        _note(assignment, Operation.ADMIN_REMOVED, by=by, ip=ip)
        assignment.delete()


def leads_to_nothing(assignment: Assignment) -> bool:
    """Whether nothing is stored where this assignment leads; that may be meant, or a misspelt root. Raises
    S3Error, or NoSuchBucket when the bucket was taken out meanwhile."""
    reach = reach_without_person(bucket_id=assignment.bucket_id)
    return not lister.keys_below(reach, reach.folder(assignment.root_path), limit=1).objects


def _assigned(user_id: UUID, bucket_id: UUID) -> Assignment:
    """Their assignment, held until the transaction ends."""
    mine = Assignment.objects.select_related("user", "bucket").select_for_update(of=("self",))
    assignment = mine.filter(user_id=user_id, bucket_id=bucket_id).first()
    if assignment is None:
        raise NotAssigned
    return assignment


@contextmanager
def _assigned_at_once() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Taken("", ASSIGNED_ALREADY) from None


def _note(
    assignment: Assignment, operation: Operation, *, by: User | None, ip: str | None, changes: object = None
) -> None:
    bucket = assignment.bucket
    about = {"bucket_id": bucket.pk, "bucket_code": bucket.system_code}
    note(assignment, by=by, operation=operation, changes=changes, ip=ip, **about)  # type: ignore[arg-type]
