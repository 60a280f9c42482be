"""The embedded store's buckets as rows: registered once, and told when the store's key or address changes."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.audit import Operation, record
from buckets import credentials
from buckets.credentials import seal
from buckets.models import Bucket, code_of

REGION = "us-east-1"
# Whatever its port: a row that somebody has led to another store is theirs.
EMBEDDED = "http://127.0.0.1:"


@dataclass(frozen=True)
class Described:
    """A bucket of the embedded store. `public_url` is empty for a private one."""

    title: str
    name: str
    description: str
    public_url: str


@dataclass(frozen=True)
class Store:
    """Where the embedded store is, where it was at its last start (empty before its first), and the key for it."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    former_endpoint_url: str = ""

    def __repr__(self) -> str:
        return f"<Store at {self.endpoint_url}>"


@dataclass(frozen=True)
class Made:
    """What is remembered of a row that was registered here: which it is, and the public URL it was given last."""

    id: UUID
    public_url: str


@transaction.atomic
def register(described: Described, *, store: Store, may_add: bool, made: Made | None = None) -> Bucket | None:
    """The row of the bucket `described`, in step with `store`; None where there is none and `may_add` is false.

    It is the row that is remembered, `made`. Where nothing is, an earlier version may have made it: it is known by the
    code it was given, or by its name in the store. No other row is touched, whatever its bucket is called.

    A row whose key or address is out of date gets the new one, sealed, and a new credential version, so that
    nobody goes on with the old. What else was changed in the admin stays.
    """
    bucket = _remembered(described, made) if made else None
    # Remembered and gone from the same database means removed: what is like it now was registered by somebody.
    if bucket is None and (made is None or may_add):
        bucket = _recognised(described, store=store)
    if bucket is None:
        return _add(described, store=store) if may_add else None
    changed = _follow(bucket, described, store=store, given=made.public_url if made else None)
    if changed:
        bucket.credential_version += 1
        bucket.save(update_fields=[*changed, "credential_version"])
        _note(bucket, Operation.ADMIN_CHANGED)
    return bucket


def _remembered(described: Described, made: Made) -> Bucket | None:
    own = Bucket.objects.filter(id=made.id, bucket_name=described.name, endpoint_url__startswith=EMBEDDED)
    return own.select_for_update().first()


def _recognised(described: Described, *, store: Store) -> Bucket | None:
    alike = Bucket.objects.filter(bucket_name=described.name).select_for_update()
    own = alike.filter(system_code=code_of(described.title), endpoint_url__startswith=EMBEDDED).first()
    if own is None and store.former_endpoint_url:
        own = alike.filter(endpoint_url=store.former_endpoint_url).order_by("created_at").first()
    return own


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


def _follow(bucket: Bucket, described: Described, *, store: Store, given: str | None) -> list[str]:
    """Puts right what is out of date in `bucket`, unsaved, and names the fields. `given` is its last public URL from here."""
    wanted = {"endpoint_url": store.endpoint_url, "addressing_style": Bucket.Addressing.PATH}
    # Somebody who has written a URL of a CDN, or none, means that one.
    if bucket.cloudfront_base_url == (given or f"{bucket.endpoint_url}/{described.name}"):
        wanted["cloudfront_base_url"] = described.public_url
    changed = [field for field, value in wanted.items() if getattr(bucket, field) != value]
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
