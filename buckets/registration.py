"""Registering a bucket and changing it: the rules, and the secrets sealed on the way in."""

import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from accounts.audit import Operation, changed, note
from accounts.models import User
from accounts.rules import Invalid, Taken
from buckets.access import NoSuchBucket
from buckets.credentials import seal
from buckets.endpoints import check_cdn_base, check_endpoint_url
from buckets.models import Bucket
from buckets.paths import Malformed, canonical_root

KEY_FIELDS = ("access_key_id", "secret_access_key")
EDITABLE = (
    "display_name",
    "description",
    "bucket_name",
    "region",
    "endpoint_url",
    "addressing_style",
    "cloudfront_base_url",
    "root_path",
    "has_thumbnails",
    "index_minutes",
    "allowed_types",
)
TIED_TO_THE_SECRET = ("bucket_name", "region", "endpoint_url", "addressing_style")
NEEDS_THE_SECRET = ("bucket_name", "endpoint_url")
"""Whoever changes one of these could send the stored key somewhere else, so they must know it."""

TITLE_LENGTH, DESCRIPTION_LENGTH, URL_LENGTH = 120, 2000, 500
TITLE_MISSING = "Give the bucket a name."
TITLE_TOO_LONG = f"A name may have {TITLE_LENGTH} characters at most."
DESCRIPTION_TOO_LONG = f"A description may have {DESCRIPTION_LENGTH} characters at most."
URL_TOO_LONG = f"An address may have {URL_LENGTH} characters at most."
NO_BUCKET_NAME = "A bucket name has 3 to 255 letters, digits, dots, hyphens or underscores."
NO_REGION = "A region looks like eu-central-1."
NO_ADDRESSING = "Choose virtual or path."
NO_KEY = "A key has no spaces and no special letters."
CODE_TAKEN = "Another bucket has this system code."

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/(\*|[a-z0-9][a-z0-9!#$&^_.+-]*)")
_KEY_TEXT = re.compile(r"[\x21-\x7e]{1,512}")


class About(TypedDict):
    """Which bucket an audit entry is about."""

    bucket_id: uuid.UUID
    bucket_code: str


@dataclass(frozen=True)
class NewKey:
    """An access key as it was typed; blank parts keep what is stored."""

    access_key_id: str = ""
    secret_access_key: str = ""

    def __repr__(self) -> str:
        return "<NewKey>"


def check(bucket: Bucket, *, key: NewKey, before: Bucket | None) -> None:
    """Puts the fields of `bucket` into the form they are stored in. `before` is how it is stored now, None for a new one.

    Raises Invalid or Malformed for the first that is wrong, naming the field.
    """
    for problem in problems_of(bucket, key=key, before=before):
        raise problem


def problems_of(bucket: Bucket, *, key: NewKey, before: Bucket | None) -> Iterator[Invalid | Malformed]:
    """All that `check` would raise, one by one; used up, whatever is right is in the form it is stored in."""
    yield from _of_the_code(bucket, before)
    yield from _of_the_texts(bucket)
    yield from _of_the_place(bucket)
    for field, tidied in _TIDIED.items():
        try:
            setattr(bucket, field, tidied(getattr(bucket, field)))
        except (Invalid, Malformed) as problem:
            yield problem
    yield from _of_the_key(bucket, key, before)


def by_code(code: str) -> Bucket:
    """The bucket with this system code. Raises NoSuchBucket."""
    bucket = Bucket.objects.filter(system_code=code).first()
    if bucket is None:
        raise NoSuchBucket
    return bucket


def register(bucket: Bucket, *, key: NewKey, by: User | None, ip: str | None = None) -> None:
    """Stores a new bucket; without a system code it gets one made from its name.

    Raises Invalid or Malformed, naming the field; Taken for a system code that another bucket has.
    """
    check(bucket, key=key, before=None)
    with transaction.atomic():
        save(bucket, key=key, before=None)
        note(bucket, by=by, operation=Operation.ADMIN_ADDED, ip=ip, **_about(bucket))


def with_changes(bucket_id: uuid.UUID, changes: Mapping[str, object]) -> tuple[Bucket, Bucket]:
    """The bucket with this id as it is stored, and as it would be with these fields changed. Raises NoSuchBucket."""
    before = Bucket.objects.filter(pk=bucket_id).first()
    if before is None:
        raise NoSuchBucket
    after = copy(before)
    for field, value in changes.items():
        setattr(after, field, value)
    # Its addresses hold the code; a blank one says nothing of it.
    after.system_code = after.system_code or before.system_code
    return before, after


def store_changes(
    bucket: Bucket, *, key: NewKey, before: Bucket, by: User | None, ip: str | None = None
) -> None:
    """Stores what of a checked bucket differs from `before`, and the new key if one was typed. Raises as `save` does."""
    different = [field for field in EDITABLE if getattr(bucket, field) != getattr(before, field)]
    typed = [field for field in KEY_FIELDS if getattr(key, field)]
    if not different and not typed:
        return
    with transaction.atomic():
        save(bucket, key=key, before=before, only=different)
        told = changed(bucket, [*different, *typed])
        note(bucket, by=by, operation=Operation.ADMIN_CHANGED, changes=told, ip=ip, **_about(bucket))


def remove(bucket_id: uuid.UUID, *, by: User | None, ip: str | None = None) -> None:
    """Takes a bucket out with its assignments and all that is stored of its contents; S3 is left alone. Its code is free
    again. Raises NoSuchBucket."""
    with transaction.atomic():
        bucket = Bucket.objects.select_for_update().filter(pk=bucket_id).first()
        if bucket is None:
            raise NoSuchBucket
        note(bucket, by=by, operation=Operation.ADMIN_REMOVED, ip=ip, **_about(bucket))
        bucket.delete()


def save(bucket: Bucket, *, key: NewKey, before: Bucket | None, only: Collection[str] | None = None) -> None:
    """Stores a checked bucket. A new key is sealed; a changed key, endpoint or name makes a new credential version.

    With `only`, of its other fields just these. The caller records who did it. Raises Invalid when `bucket` changed
    meanwhile in a way that needs the secret again, Taken when its system code was taken meanwhile, NoSuchBucket when it
    was taken out meanwhile.
    """
    # A form with inlines takes a new row's id away until it is saved; the seal needs it before.
    bucket.id = bucket.id or uuid.uuid4()
    with _code_taken_at_once():
        stored = Bucket.objects.select_for_update().filter(pk=bucket.pk).first() if before else None
        if before is not None and stored is None:
            raise NoSuchBucket
        for problem in _of_the_key(bucket, key, stored):
            raise problem
        for field in KEY_FIELDS:
            typed = getattr(key, field)
            kept = getattr(stored, field) if stored else ""
            setattr(bucket, field, seal(typed, row_id=bucket.id, field=field) if typed else kept)
        if stored is not None:
            is_new = _differs(bucket, stored, TIED_TO_THE_SECRET) or bool(
                key.access_key_id or key.secret_access_key
            )
            bucket.credential_version = stored.credential_version + int(is_new)
        bucket.save(update_fields=None if only is None else [*only, *KEY_FIELDS, "credential_version"])


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


_TIDIED: dict[str, Callable[[Any], object]] = {
    "endpoint_url": check_endpoint_url,
    "cloudfront_base_url": check_cdn_base,
    "root_path": canonical_root,
    "allowed_types": checked_types,
}


def _of_the_texts(bucket: Bucket) -> Iterator[Invalid]:
    bucket.display_name = bucket.display_name.strip()
    bucket.description = bucket.description.strip()
    if not bucket.display_name:
        yield Invalid("display_name", TITLE_MISSING)
    if len(bucket.display_name) > TITLE_LENGTH:
        yield Invalid("display_name", TITLE_TOO_LONG)
    if len(bucket.description) > DESCRIPTION_LENGTH:
        yield Invalid("description", DESCRIPTION_TOO_LONG)
    for field in ("endpoint_url", "cloudfront_base_url"):
        if len(getattr(bucket, field)) > URL_LENGTH:
            yield Invalid(field, URL_TOO_LONG)


def _of_the_place(bucket: Bucket) -> Iterator[Invalid]:
    bucket.bucket_name = bucket.bucket_name.strip()
    bucket.region = bucket.region.strip().lower()
    if not _BUCKET_NAME.fullmatch(bucket.bucket_name):
        yield Invalid("bucket_name", NO_BUCKET_NAME)
    if not _REGION.fullmatch(bucket.region):
        yield Invalid("region", NO_REGION)
    if bucket.addressing_style not in Bucket.Addressing.values:
        yield Invalid("addressing_style", NO_ADDRESSING)


def _of_the_code(bucket: Bucket, before: Bucket | None) -> Iterator[Invalid]:
    code = bucket.system_code
    if before is not None and code != before.system_code:
        yield Invalid("system_code", "A system code stays as it is: addresses hold it.")
    if before is not None or not code:
        return
    if not _CODE.fullmatch(code):
        yield Invalid("system_code", "A system code has up to 64 letters, digits, hyphens or underscores.")
    elif Bucket.objects.filter(system_code__iexact=code).exists():
        yield Taken("system_code", CODE_TAKEN)


@contextmanager
def _code_taken_at_once() -> Iterator[None]:
    """A transaction in which a bucket is stored. Raises Taken when another got its system code since it was checked."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Taken("system_code", CODE_TAKEN) from None


def _about(bucket: Bucket) -> About:
    return {"bucket_id": bucket.id, "bucket_code": bucket.system_code}


def _of_the_key(bucket: Bucket, key: NewKey, before: Bucket | None) -> Iterator[Invalid]:
    for field in KEY_FIELDS:
        typed = getattr(key, field)
        if typed and not _KEY_TEXT.fullmatch(typed):
            yield Invalid(field, NO_KEY)
    if before is None and not key.access_key_id:
        yield Invalid("access_key_id", "Give the access key id.")
    if before is None and not key.secret_access_key:
        yield Invalid("secret_access_key", "Give the secret access key.")
    elif key.access_key_id and not key.secret_access_key:
        yield Invalid("secret_access_key", "A new access key id needs its secret.")
    elif before is not None and not key.secret_access_key and _differs(bucket, before, NEEDS_THE_SECRET):
        yield Invalid("secret_access_key", "Give the secret again: the bucket name or the endpoint changes.")


def _differs(one: Bucket, other: Bucket, fields: tuple[str, ...]) -> bool:
    return any(getattr(one, field) != getattr(other, field) for field in fields)
