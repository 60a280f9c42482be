"""Buckets as a whole: who lists one from end to end at the moment, when that was done last, and what came of it.

Part of the writer, beside `files.cache`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from buckets.models import Bucket
from buckets.s3.lister import Hint
from files.models import BucketIndex
from files.storing import Begun

CLAIM_SECONDS = 120
MOST_ENDS = 2_000
PAYS_AFTER = 20
"""How many times as long as a listing takes nobody lists the bucket again by themselves."""
RETRY_AFTER = timedelta(minutes=5)
MOST_AT_ONCE = 2
"""Buckets that are listed at once by themselves: half of the worker's threads. The others do what somebody waits for."""
LONGER = 3
"""How many times as long as the last whole listing of a bucket took the next one may take."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Leave to list a bucket, and note what came of it; lost when it runs out and somebody else claims the bucket."""

    bucket_id: UUID
    id: UUID


def claim(bucket_id: UUID, *, now: datetime, unless_since: datetime | None = None) -> Claim | None:
    """A claim that nobody else can have for 120 seconds, or until it is released; None while somebody else has one, or when
    the bucket is known as it was at `unless_since` or later."""
    BucketIndex.objects.get_or_create(bucket_id=bucket_id)
    free = Q(claimed_at=None) | Q(claimed_at__lt=Now() - timedelta(seconds=CLAIM_SECONDS))
    mine = Claim(bucket_id, uuid4())
    unclaimed = BucketIndex.objects.filter(free, bucket_id=bucket_id)
    if unless_since is not None:
        unclaimed = unclaimed.filter(Q(listed_at=None) | Q(listed_at__lt=unless_since))
    got = unclaimed.update(claimed_at=Now(), claim=mine.id, tried_at=now, keys_so_far=0)
    return mine if got else None


def _of(claim: Claim) -> QuerySet[BucketIndex]:
    return BucketIndex.objects.filter(bucket_id=claim.bucket_id, claim=claim.id)


def renew(claim: Claim, *, keys: int) -> bool:
    """Another 120 seconds; `keys` have been listed so far. False when somebody else has the bucket."""
    return bool(_of(claim).update(claimed_at=Now(), keys_so_far=keys))


def release(claim: Claim, *, problem: str = "", seconds: float = 0.0) -> None:
    """Gives the claim back after so many seconds, unless it is lost. `problem` says in a sentence why nothing came of it."""
    _of(claim).update(claimed_at=None, claim=None, problem=problem, tried_seconds=seconds)


def note_listed(
    claim: Claim, begun: Begun, *, root: str, keys: int, seconds: float, hints: Sequence[Hint]
) -> bool:
    """Notes that all below `root` is stored as it was when the listing began; False when it was flushed since, or the claim
    is lost."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [begun.bucket_id, root])
        files, folders, size = cursor.fetchone()
    return bool(
        _of(claim).filter(flushed__lt=begun.moment).update(
            listed_at=begun.at, took_seconds=seconds, file_count=files, folder_count=folders, total_size=size,
            key_count=keys, page_ends=thinned(hints), problem="",
        )
    )  # fmt: skip


_SUMS = """
    SELECT coalesce(sum(file_count), 0), coalesce(sum(folder_count), 0), coalesce(sum(total_size), 0)
    FROM files_folder WHERE bucket_id = %s AND starts_with(path, %s) AND is_whole AND NOT is_missing
"""


def thinned(hints: Sequence[Hint], *, most: int = MOST_ENDS) -> list[list[str | int]]:
    """At most so many hints, in order, that say the same more coarsely; as they are stored."""
    step = -(-len(hints) // most) or 1
    ordered = sorted(hints)
    parts = [ordered[first : first + step] for first in range(0, len(ordered), step)]
    return [[part[-1].upto.replace("\x00", "\x01"), sum(hint.keys for hint in part)] for part in parts]


def hints_of(bucket_id: UUID) -> list[Hint]:
    """What the last whole listing noted to make the next one quicker."""
    found = BucketIndex.objects.filter(bucket_id=bucket_id).values_list("page_ends", flat=True).first()
    return [Hint(upto, keys) for upto, keys in found or ()]


@dataclass(frozen=True, slots=True)
class Due:
    """A bucket that should be listed again by itself, within so many seconds."""

    bucket_id: UUID
    code: str
    most_seconds: float


def due(*, now: datetime) -> list[Due]:
    """The buckets whose time has come: those never listed first, then longest ago, and behind them those that failed. None
    while two are being listed.

    A bucket that takes long is left alone twenty times as long; after a failed try as long as that took, or five minutes.
    """
    running = BucketIndex.objects.filter(claimed_at__gt=Now() - timedelta(seconds=CLAIM_SECONDS))
    claimed = set(running.values_list("bucket_id", flat=True))
    if len(claimed) >= MOST_AT_ONCE:
        return []
    indexes = {index.bucket_id: index for index in BucketIndex.objects.defer("page_ends")}
    found = []
    for bucket in Bucket.objects.exclude(index_minutes=0).exclude(id__in=claimed):
        index = indexes.get(bucket.id) or BucketIndex(bucket_id=bucket.id)
        if _is_due(index, timedelta(minutes=bucket.index_minutes), now=now):
            order = (bool(index.problem), index.listed_at is not None, index.listed_at or now)
            most = max(settings.INDEX_TIME_LIMIT * 60, LONGER * (index.took_seconds or 0.0))
            found.append((order, Due(bucket.id, bucket.system_code, most)))
    return [each for _, each in sorted(found, key=lambda entry: entry[0])]


def _is_due(index: BucketIndex, interval: timedelta, *, now: datetime) -> bool:
    if index.problem and index.tried_at is not None:
        tried = timedelta(seconds=index.tried_seconds)
        if now - index.tried_at < max(RETRY_AFTER, 2 * tried):
            return False
    apart = max(interval, timedelta(seconds=PAYS_AFTER * (index.took_seconds or 0.0)))
    return index.listed_at is None or now - index.listed_at >= apart
