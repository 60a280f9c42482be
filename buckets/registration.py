"""Registering a bucket and changing it: the rules, and the secrets sealed on the way in."""

import re
import uuid
from dataclasses import dataclass

from django.db import transaction

from accounts.rules import Invalid
from buckets.credentials import seal
from buckets.endpoints import check_cdn_base, check_endpoint_url
from buckets.models import Bucket
from buckets.paths import canonical_root

KEY_FIELDS = ("access_key_id", "secret_access_key")
TIED_TO_THE_SECRET = ("bucket_name", "region", "endpoint_url", "addressing_style")
NEEDS_THE_SECRET = ("bucket_name", "endpoint_url")
"""Whoever changes one of these could send the stored key somewhere else, so they must know it."""

_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/(\*|[a-z0-9][a-z0-9!#$&^_.+-]*)")
_KEY_TEXT = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True)
class NewKey:
    """An access key as it was typed; blank parts keep what is stored."""

    access_key_id: str = ""
    secret_access_key: str = ""

    def __repr__(self) -> str:
        return "<NewKey>"


def check(bucket: Bucket, *, key: NewKey, before: Bucket | None) -> None:
    """Puts the fields of `bucket` into the form they are stored in. `before` is how it is stored now, None for a new one.

    Raises Invalid or Malformed, each naming the field.
    """
    bucket.bucket_name = bucket.bucket_name.strip()
    bucket.region = bucket.region.strip().lower()
    if not _BUCKET_NAME.fullmatch(bucket.bucket_name):
        raise Invalid(
            "bucket_name", "A bucket name has 3 to 255 letters, digits, dots, hyphens or underscores."
        )
    if not _REGION.fullmatch(bucket.region):
        raise Invalid("region", "A region looks like eu-central-1.")
    bucket.endpoint_url = check_endpoint_url(bucket.endpoint_url)
    bucket.cloudfront_base_url = check_cdn_base(bucket.cloudfront_base_url)
    bucket.root_path = canonical_root(bucket.root_path)
    bucket.allowed_types = checked_types(bucket.allowed_types)
    _check_key(bucket, key, before)


def save(bucket: Bucket, *, key: NewKey, before: Bucket | None) -> None:
    """Stores a checked bucket. A new key is sealed; a changed key, endpoint or name makes a new credential version.

    The caller records who did it. Raises Invalid when `bucket` changed meanwhile in a way that needs the secret again.
    """
    # A form with inlines takes a new row's id away until it is saved; the seal needs it before.
    bucket.id = bucket.id or uuid.uuid4()
    with transaction.atomic():
        stored = Bucket.objects.select_for_update().filter(pk=bucket.pk).first() if before else None
        _check_key(bucket, key, stored)
        for field in KEY_FIELDS:
            typed = getattr(key, field)
            kept = getattr(stored, field) if stored else ""
            setattr(bucket, field, seal(typed, row_id=bucket.id, field=field) if typed else kept)
        if stored is not None:
            changed = _differs(bucket, stored, TIED_TO_THE_SECRET) or bool(
                key.access_key_id or key.secret_access_key
            )
            bucket.credential_version = stored.credential_version + int(changed)
        bucket.save()


def is_elsewhere(bucket: Bucket, before: Bucket) -> bool:
    """Whether `bucket` now means other files than before, so that nothing stored about its contents holds."""
    return _differs(bucket, before, ("bucket_name", "endpoint_url"))


def checked_types(types: list[str]) -> list[str]:
    """Media types such as `image/*`, in lower case, each once. Raises Invalid."""
    tidy = list(dict.fromkeys(text.strip().lower() for text in types if text.strip()))
    for text in tidy:
        if not _MEDIA_TYPE.fullmatch(text):
            raise Invalid(
                "allowed_types", f"“{text[:60]}” is no media type. Write image/* or application/pdf."
            )
    return tidy


def _check_key(bucket: Bucket, key: NewKey, before: Bucket | None) -> None:
    for field in KEY_FIELDS:
        typed = getattr(key, field)
        if typed and not _KEY_TEXT.fullmatch(typed):
            raise Invalid(field, "A key has no spaces and no special letters.")
    if before is None and not key.access_key_id:
        raise Invalid("access_key_id", "Give the access key id.")
    if before is None and not key.secret_access_key:
        raise Invalid("secret_access_key", "Give the secret access key.")
    if key.access_key_id and not key.secret_access_key:
        raise Invalid("secret_access_key", "A new access key id needs its secret.")
    if before is not None and not key.secret_access_key and _differs(bucket, before, NEEDS_THE_SECRET):
        raise Invalid("secret_access_key", "Give the secret again: the bucket name or the endpoint changes.")


def _differs(one: Bucket, other: Bucket, fields: tuple[str, ...]) -> bool:
    return any(getattr(one, field) != getattr(other, field) for field in fields)
