"""The embedded store's buckets as rows: registered once, and told when the store's key or address changes."""

from dataclasses import dataclass

from django.db import transaction

from accounts.audit import Operation, record
from buckets import credentials
from buckets.credentials import seal
from buckets.models import Bucket

REGION = "us-east-1"
# Whatever its port: a bucket of the same name in another store is not ours to change.
EMBEDDED = "http://127.0.0.1:"
# The fields a start may have to put right: where the store is, and by which URL its public bucket is read.
FOLLOWS_THE_STORE = ("endpoint_url", "cloudfront_base_url")


@dataclass(frozen=True)
class Described:
    """A bucket of the embedded store. `public_url` is empty for a private one."""

    title: str
    name: str
    description: str
    public_url: str


@dataclass(frozen=True)
class Store:
    """Where the embedded store is, and the key for it."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"<Store at {self.endpoint_url}>"


@transaction.atomic
def register(described: Described, *, store: Store, may_add: bool) -> Bucket | None:
    """The row of the bucket `described`, in step with `store`; None where there is none and `may_add` is false.

    A row whose key or address is out of date gets the new one, sealed, and a new credential version, so that
    nobody goes on with the old. What else was changed in the admin stays.
    """
    embedded = Bucket.objects.filter(bucket_name=described.name, endpoint_url__startswith=EMBEDDED)
    bucket = embedded.select_for_update().first()
    if bucket is None:
        return _add(described, store=store) if may_add else None
    changed = _follow(bucket, described, store=store)
    if changed:
        bucket.credential_version += 1
        bucket.save(update_fields=[*changed, "credential_version"])
        _note(bucket, Operation.ADMIN_CHANGED)
    return bucket


def _add(described: Described, *, store: Store) -> Bucket:
    bucket = Bucket(
        display_name=described.title,
        description=described.description,
        bucket_name=described.name,
        region=REGION,
        endpoint_url=store.endpoint_url,
        addressing_style=Bucket.Addressing.PATH,
        cloudfront_base_url=described.public_url,
    )
    _seal(bucket, store)
    bucket.save(force_insert=True)
    _note(bucket, Operation.ADMIN_ADDED)
    return bucket


def _follow(bucket: Bucket, described: Described, *, store: Store) -> list[str]:
    """Puts right what is out of date in `bucket`, unsaved, and names the fields."""
    wanted = {"endpoint_url": store.endpoint_url, "cloudfront_base_url": described.public_url}
    changed = [field for field in FOLLOWS_THE_STORE if getattr(bucket, field) != wanted[field]]
    for field in changed:
        setattr(bucket, field, wanted[field])
    if not credentials.are(
        bucket, access_key_id=store.access_key_id, secret_access_key=store.secret_access_key
    ):
        _seal(bucket, store)
        changed += credentials.FIELDS
    return changed


def _seal(bucket: Bucket, store: Store) -> None:
    bucket.access_key_id = seal(store.access_key_id, row_id=bucket.id, field="access_key_id")
    bucket.secret_access_key = seal(store.secret_access_key, row_id=bucket.id, field="secret_access_key")


def _note(bucket: Bucket, operation: Operation) -> None:
    record(
        by=None,
        operation=operation,
        bucket_id=bucket.id,
        bucket_code=bucket.system_code,
        detail={"by": "start"},
    )
