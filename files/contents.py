"""What is known of the contents of whole buckets, and forgetting it."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.audit import Operation, record
from accounts.models import User
from buckets import registration
from buckets.models import Bucket
from files import cache
from files.cache import Flushed


def with_contents(buckets: QuerySet[Bucket]) -> QuerySet[Bucket]:
    """`buckets`, each with `files_listed` and `bytes_listed`, thumbnails left out, as they were `contents_listed_at`, when the
    bucket was last listed from end to end; None where it never was. `listing_problem` says why the last try failed."""
    return buckets.annotate(
        files_listed=F("index__file_count"),
        bytes_listed=F("index__total_size"),
        contents_listed_at=F("index__listed_at"),
        listing_problem=F("index__problem"),
    )


def change_bucket(
    bucket_id: UUID,
    changes: Mapping[str, object],
    *,
    key: registration.NewKey,
    by: User | None,
    ip: str | None = None,
) -> None:
    """Changes these fields of a bucket, and its key where one is given. One that now means another place has no known
    contents. Raises NoSuchBucket, Invalid or Malformed."""
    before, bucket = registration.with_changes(bucket_id, changes)
    # Checking may look up host names, which can take long: nothing is locked meanwhile.
    registration.check(bucket, key=key, before=before)
    with transaction.atomic():
        registration.store_changes(bucket, key=key, before=before, by=by, ip=ip)
        forget_another_place(bucket, before=before)


def forget_another_place(bucket: Bucket, *, before: Bucket) -> None:
    """Forgets the contents of a bucket that means another place than it did `before`."""
    if registration.is_elsewhere(bucket, before):
        cache.flush(bucket_id=bucket.id)


def flush(*, by: User | None, ip: str | None = None, bucket: Bucket | None = None) -> Flushed:
    """Forgets all that is stored of the contents of `bucket`, or of every bucket; folders are listed anew when opened."""
    with transaction.atomic():
        flushed = cache.flush(bucket_id=bucket.id if bucket else None)
        record(
            by=by,
            operation=Operation.LISTINGS_FLUSHED,
            bucket_id=bucket.id if bucket else None,
            bucket_code=bucket.system_code if bucket else "",
            ip=ip,
        )
    return flushed
