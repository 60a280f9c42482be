"""The secrets of buckets: sealed when stored, opened only to sign.

A sealed value is `v1.<key id>.<nonce and ciphertext>`. AES-256-GCM binds it to its row and field, so a value moved to
another row doesn't open. The key ring is `settings.ENCRYPTION_KEYS`: the first key seals, every key opens.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from buckets.models import Bucket

FIELDS = ("access_key_id", "secret_access_key")
"""The sealed fields of a bucket."""

_NONCE_BYTES = 12


class BadSeal(Exception):
    """A sealed value doesn't open here: another key, another row, or damage. It tells nothing more on purpose."""

    def __init__(self) -> None:
        super().__init__("A stored credential can't be opened.")


def seal(plain: str, *, row_id: UUID, field: str) -> str:
    """`plain` as it may be stored in `field` of the row `row_id`, sealed with the newest key."""
    key_id, cipher = next(iter(_ring().items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + cipher.encrypt(nonce, plain.encode(), _belonging(row_id, field))
    return f"v1.{key_id}.{urlsafe_b64encode(sealed).decode()}"


def open_sealed(sealed: str, *, row_id: UUID, field: str) -> str:
    """What was sealed for this row and field. Raises BadSeal."""
    version, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    cipher = _ring().get(key_id)
    if version != "v1" or cipher is None:
        raise BadSeal
    try:
        raw = urlsafe_b64decode(text)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _belonging(row_id, field)).decode()
    except (InvalidTag, ValueError):
        raise BadSeal from None


def opens(bucket: Bucket) -> bool:
    """Whether this bucket's stored credentials can be opened with the keys we have."""
    try:
        for field in FIELDS:
            open_sealed(getattr(bucket, field), row_id=bucket.id, field=field)
    except BadSeal:
        return False
    return True


def are(bucket: Bucket, *, access_key_id: str, secret_access_key: str) -> bool:
    """Whether these are the credentials stored for `bucket`. Raises BadSeal."""
    wanted = (access_key_id, secret_access_key)
    return wanted == tuple(
        open_sealed(getattr(bucket, field), row_id=bucket.id, field=field) for field in FIELDS
    )


def rotate() -> int:
    """Seals every bucket's credentials anew with the newest key; answers how many. Raises BadSeal and changes nothing.

    The credentials stay the same, so links signed with them stay valid and `credential_version` stays as it is.
    """
    with transaction.atomic():
        buckets = list(Bucket.objects.select_for_update())
        for bucket in buckets:
            for field in FIELDS:
                plain = open_sealed(getattr(bucket, field), row_id=bucket.id, field=field)
                setattr(bucket, field, seal(plain, row_id=bucket.id, field=field))
            bucket.save(update_fields=FIELDS)
    return len(buckets)


def check_ring() -> None:
    """Raises ImproperlyConfigured, quoting nothing, when a key is missing or malformed."""
    _ring()


def _belonging(row_id: UUID, field: str) -> bytes:
    return f"{row_id}/{field}".encode()


def _ring() -> dict[str, AESGCM]:
    return _ring_of(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _ring_of(keys: tuple[str, ...]) -> dict[str, AESGCM]:
    if not keys:
        raise ImproperlyConfigured("ENCRYPTION_KEY is missing. Make one with: openssl rand -hex 32")
    ring = {}
    for number, text in enumerate(keys):
        name = "ENCRYPTION_KEY" if number == 0 else f"Entry {number} of ENCRYPTION_KEYS_OLD"
        key = _key(text, name)
        ring[sha256(b"key id:" + key).hexdigest()[:12]] = AESGCM(key)
    return ring


def _key(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32 or len(text) != 64:
        raise ImproperlyConfigured(f"{name} must be 64 hexadecimal characters.") from None
    return key
