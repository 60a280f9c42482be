"""What became of signed uploads: S3 is asked, the answer is noted, and the folder is right at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.audit import Operation, record_all
from accounts.models import User
from buckets.access import NoSuchBucket, reach_without_person
from buckets.paths import FolderKey, Key, Malformed, OutOfBounds, Reach
from buckets.s3 import objects
from buckets.s3.errors import ObjectMissing, S3Error
from buckets.s3.objects import ObjectFacts
from files import cache
from files.expected import expected_in
from files.models import PendingUpload
from files.refusals import TooMany
from files.stored import PENDING_SECONDS

State = PendingUpload.State
BATCH_LIMIT = 2_000
CLOCKS_DIFFER = timedelta(seconds=60)
"""How far S3's clock may be behind ours before a file that arrived looks older than the leave to send it."""
_HEADS_AT_ONCE = 8
_SWEPT_AT_ONCE = 500
_ASKED_ONE_BY_ONE = 32


class Arrival(StrEnum):
    """What S3 holds of an upload: this very file; nothing (yet); or something else under that name."""

    PRESENT = "present"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of an upload. `size` and `etag` are of what S3 holds, None and empty when it holds nothing. `path` is
    relative to the reach's root, empty for an id that is nobody's here."""

    id: UUID
    state: Arrival
    path: str
    size: int | None
    etag: str


def confirm(
    reach: Reach,
    ids: Sequence[UUID],
    *,
    etags: Mapping[UUID, str] | None = None,
    by: User,
    ip: str | None,
    now: datetime,
) -> list[Confirmed]:
    """What became of these uploads of `by`, in order; those present are settled, audited, and their folders right at once.

    Call it after each PUT, also when it was answered 412: a file of the same size (and ETag, when the page knows it) that
    arrived since is the same file. Asking twice changes nothing. Raises TooMany, or an S3Error.
    """
    if len(ids) > BATCH_LIMIT:
        raise TooMany(BATCH_LIMIT)
    mine = PendingUpload.objects.filter(id__in=ids, bucket_id=reach.bucket_id, user_id=by.id)
    uploads = {upload.id: (upload, key) for upload in mine if (key := _own_key(reach, upload)) is not None}
    arrived = _ask(reach, uploads.values(), etags=etags or {})
    _settle(reach, [arrived[id_] for id_ in uploads], by=by, ip=ip, now=now)
    return [
        arrived[id_].confirmed(reach) if id_ in arrived else Confirmed(id_, Arrival.MISSING, "", None, "")
        for id_ in ids
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """What S3 holds under a key: `size` in bytes and `etag`, None and empty when it holds nothing, or is not to be read."""

    is_present: bool
    size: int | None = None
    etag: str = ""


def confirm_keys(
    asked: Sequence[tuple[Reach, Key]], *, by: User, ip: str | None, now: datetime
) -> list[Held]:
    """What S3 holds under these keys, each with its reach, in order. Uploads of `by` that arrived there are settled as by
    `confirm`: their folders are right at once. Raises TooMany, or an S3Error."""
    if len(asked) > BATCH_LIMIT:
        raise TooMany(BATCH_LIMIT)
    facts: dict[tuple[UUID, str], ObjectFacts | None] = {}
    for bucket_id, among in groupby(sorted(asked, key=_bucket_of), key=_bucket_of):
        keys = {key.text: (reach, key) for reach, key in among}
        with ThreadPoolExecutor(_HEADS_AT_ONCE, thread_name_prefix="head") as pool:
            found = dict(zip(keys, pool.map(_facts, *zip(*keys.values(), strict=True)), strict=True))
        facts |= {(bucket_id, text): one for text, one in found.items()}
        mine = PendingUpload.objects.filter(
            bucket_id=bucket_id, user_id=by.id, key__in=keys, state=State.SIGNED
        )
        answers = [_answer(upload, keys[upload.key][1], found[upload.key]) for upload in mine]
        _settle(next(iter(keys.values()))[0], answers, by=by, ip=ip, now=now)
    return [_held(facts[reach.bucket_id, key.text], reach) for reach, key in asked]


def _held(facts: ObjectFacts | None, reach: Reach) -> Held:
    """Whoever may only write learns that something is there, and nothing that tells what: an ETag gives contents away."""
    if facts is None or not reach.rights.read:
        return Held(facts is not None)
    return Held(True, facts.size, facts.etag)


def cancel(reach: Reach, ids: Collection[UUID], *, by: User, now: datetime) -> int:
    """Gives up these uploads of `by` that aren't settled; says how many. What has arrived all the same stays."""
    mine = PendingUpload.objects.filter(
        id__in=ids, bucket_id=reach.bucket_id, user_id=by.id, state=State.SIGNED
    )
    keys = dict(mine.values_list("id", "key"))
    with transaction.atomic():
        given_up = cache.settle_uploads(keys, state=State.CANCELLED, now=now)
        cache.evict(bucket_id=reach.bucket_id, keys=[keys[id_] for id_ in given_up])
    return len(given_up)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An upload with what S3 holds under its key."""

    upload: PendingUpload
    key: Key
    state: Arrival
    facts: ObjectFacts | None

    def confirmed(self, reach: Reach) -> Confirmed:
        size, etag = (self.facts.size, self.facts.etag) if self.facts else (None, "")
        return Confirmed(self.upload.id, self.state, reach.path_of(self.key), size, etag)


def _own_key(reach: Reach, upload: PendingUpload) -> Key | None:
    """The upload's key, unless the person's root was changed since."""
    try:
        return reach.own_key(upload.key)
    except (OutOfBounds, Malformed):
        return None


def _ask(
    reach: Reach, uploads: Iterable[tuple[PendingUpload, Key]], *, etags: Mapping[UUID, str]
) -> dict[UUID, _Answer]:
    def ask(asked: tuple[PendingUpload, Key]) -> _Answer:
        upload, key = asked
        return _answer(upload, key, _facts(reach, key), etag=etags.get(upload.id, ""))

    with ThreadPoolExecutor(_HEADS_AT_ONCE, thread_name_prefix="head") as pool:
        return {answer.upload.id: answer for answer in pool.map(ask, uploads)}


def _facts(reach: Reach, key: Key) -> ObjectFacts | None:
    try:
        return objects.head(reach, key)
    except ObjectMissing:
        return None


def _answer(upload: PendingUpload, key: Key, facts: ObjectFacts | None, *, etag: str = "") -> _Answer:
    state = Arrival.MISSING if facts is None else _compared(upload, facts, etag=etag)
    return _Answer(upload, key, state, facts)


def _bucket_of(asked: tuple[Reach, Key]) -> UUID:
    return asked[0].bucket_id


def _compared(upload: PendingUpload, facts: ObjectFacts, *, etag: str) -> Arrival:
    is_same = facts.size == upload.size and (not etag or etag.strip('"') == facts.etag)
    is_ours = facts.modified_at >= upload.signed_at - CLOCKS_DIFFER
    return Arrival.PRESENT if is_same and is_ours else Arrival.DIFFERENT


def _settle(
    reach: Reach, answers: Sequence[_Answer], *, by: User | None, ip: str | None, now: datetime
) -> None:
    """Notes what arrived. Something else under the name ends the upload too; what is missing may still come."""
    here = {answer.upload.id: answer for answer in answers if answer.state is Arrival.PRESENT}
    other = [answer.upload.id for answer in answers if answer.state is Arrival.DIFFERENT]
    with transaction.atomic():
        cache.settle_uploads(other, state=State.ABANDONED, now=now)
        changed = cache.settle_uploads(here, state=State.CONFIRMED, now=now)
        cache.evict(bucket_id=reach.bucket_id, keys=[here[id_].upload.key for id_ in here if id_ in changed])
        record_all(
            ((answer.upload.key, {"size": answer.upload.size, "overwrites": answer.upload.overwrites})
             for id_, answer in here.items() if id_ in changed),
            by=by,
            operation=Operation.UPLOAD_CONFIRMED,
            bucket_id=reach.bucket_id,
            bucket_code=reach.bucket_code,
            ip=ip,
        )  # fmt: skip


def settle_arrived(reach: Reach, folder: FolderKey, *, now: datetime) -> bool:
    """Settles the uploads under way that have arrived, whoever's, in `folder` or in new folders below that it doesn't show
    yet; says whether the folder must be listed again: because some had, or because they are so many that asking about each
    takes longer. Raises S3Error."""
    since = now - timedelta(seconds=PENDING_SECONDS)
    new_folders = expected_in(folder, since=since, limit=_ASKED_ONE_BY_ONE + 1)
    if len(new_folders) > _ASKED_ONE_BY_ONE:
        return True
    where = Q(folder_path=folder.text)
    for path in new_folders:
        where |= Q(folder_path__startswith=path)
    under_way = PendingUpload.objects.filter(
        where, bucket_id=reach.bucket_id, state=State.SIGNED, signed_at__gt=since
    )
    uploads = list(under_way[: _ASKED_ONE_BY_ONE + 1])
    if len(uploads) > _ASKED_ONE_BY_ONE:
        return True
    own = [(upload, key) for upload in uploads if (key := _own_key(reach, upload)) is not None]
    # Another file under the name is the one from before, as long as nobody says that the upload has ended.
    here = [one for one in _ask(reach, own, etags={}).values() if one.state is Arrival.PRESENT]
    _settle_for_all(reach, here, now=now)
    return bool(here)


def _settle_for_all(reach: Reach, answers: Sequence[_Answer], *, now: datetime) -> None:
    """Settles uploads of several people."""
    people = User.objects.in_bulk({answer.upload.user_id for answer in answers})
    for user_id, group in groupby(sorted(answers, key=_whose), key=_whose):
        _settle(reach, list(group), by=people.get(user_id), ip=None, now=now)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many forgotten uploads had arrived, and how many hadn't."""

    confirmed: int
    abandoned: int


def sweep(*, now: datetime) -> Swept:
    """Settles uploads that nobody settled within 300 s: those that arrived are confirmed, the others given up.

    A bucket that can't be asked is left for the next time and keeps no other bucket waiting for its uploads.
    """
    late = PendingUpload.objects.filter(
        state=State.SIGNED, signed_at__lte=now - timedelta(seconds=PENDING_SECONDS)
    )
    buckets = late.order_by("bucket_id").values_list("bucket_id", flat=True).distinct()
    swept = [_sweep_bucket(id_, list(late.filter(bucket_id=id_).order_by("signed_at")[:_SWEPT_AT_ONCE]), now=now)
             for id_ in list(buckets)]  # fmt: skip
    return Swept(sum(one.confirmed for one in swept), sum(one.abandoned for one in swept))


def _sweep_bucket(bucket_id: UUID, uploads: list[PendingUpload], *, now: datetime) -> Swept:
    try:
        reach = reach_without_person(bucket_id=bucket_id)
        own = [(upload, key) for upload in uploads if (key := _own_key(reach, upload)) is not None]
        answers = list(_ask(reach, own, etags={}).values())
    except (NoSuchBucket, S3Error):
        return Swept(0, 0)
    _settle_for_all(reach, answers, now=now)
    with transaction.atomic():
        gone = cache.settle_uploads([upload.id for upload in uploads], state=State.ABANDONED, now=now)
        cache.evict(bucket_id=bucket_id, keys=[upload.key for upload in uploads if upload.id in gone])
    return Swept(sum(answer.state is Arrival.PRESENT for answer in answers), len(gone))


def _whose(answer: _Answer) -> UUID:
    return answer.upload.user_id
