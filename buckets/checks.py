"""What must be right before the product starts: the keys that open the buckets' credentials."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from buckets.credentials import check_ring, opens
from buckets.models import Bucket

WRONG_KEY = (
    "ENCRYPTION_KEY opens none of the stored bucket credentials: it is not the key they were sealed with. Set the "
    "former key, or put it into ENCRYPTION_KEYS_OLD beside the new one and run: manage.py rotate_encryption_key"
)


def refuse_wrong_key() -> None:
    """Raises ImproperlyConfigured when the ring is malformed or opens no stored credentials at all.

    For the start of every process that serves. A database that is away is no reason not to start: nothing opens without
    the right key anyhow, and pages say that the database is away.
    """
    check_ring()
    try:
        sealed, lost = _counted()
    except DatabaseError:
        return
    if sealed and len(lost) == sealed:
        raise ImproperlyConfigured(WRONG_KEY)


@register(Tags.security)
def ring_is_well_formed(**_: Any) -> list[CheckMessage]:
    """Every key of the ring is 64 hexadecimal characters."""
    try:
        check_ring()
    except ImproperlyConfigured as problem:
        return [Error(str(problem), id="buckets.E001")]
    return []


@register(Tags.database)
def ring_opens_the_buckets(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The ring opens what is stored: refused when it opens nothing, warned about when it doesn't open all."""
    if not databases or "default" not in databases:
        return []
    try:
        sealed, lost = _counted()
    except (DatabaseError, ImproperlyConfigured):
        return []  # before the first migration there is nothing to open; a malformed ring is reported above
    if sealed and len(lost) == sealed:
        return [Error(WRONG_KEY, id="buckets.E002")]
    if lost:
        said = f"The stored credentials of these buckets can't be opened: {', '.join(lost)}."
        return [Warning(said, hint="Type their keys again, or set the former key.", id="buckets.W001")]
    return []


def _counted() -> tuple[int, list[str]]:
    """How many buckets there are, and the codes of those whose credentials don't open."""
    buckets = list(Bucket.objects.order_by("system_code"))
    return len(buckets), [bucket.system_code for bucket in buckets if not opens(bucket)]
