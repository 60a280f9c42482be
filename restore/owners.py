"""Whose AWS access keys are whose: the rules."""

import re
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.audit import Operation, note
from accounts.models import User
from accounts.rules import NAME_LENGTH, NAME_TOO_LONG, Invalid, Taken, checked_email
from restore.models import AwsKey

NOTES_LENGTH = 2000
NO_KEY_ID = "An access key id has 4 to 128 letters, digits or underscores."
NOTES_TOO_LONG = f"Notes may have {NOTES_LENGTH} characters at most."
KEY_TAKEN = "This key has an owner already."

_KEY_ID = re.compile(r"[A-Za-z0-9_]{4,128}")


class NoSuchKey(Exception):
    """No key has this id."""


def check(key: AwsKey) -> None:
    """Puts the fields of `key` into the form they are stored in. Raises Invalid or Taken, naming the field."""
    key.access_key_id = key.access_key_id.strip()
    key.owner_name = key.owner_name.strip()
    key.notes = key.notes.strip()
    if not _KEY_ID.fullmatch(key.access_key_id):
        raise Invalid("access_key_id", NO_KEY_ID)
    key.email = checked_email(key.email)
    if len(key.owner_name) > NAME_LENGTH:
        raise Invalid("owner_name", NAME_TOO_LONG)
    if len(key.notes) > NOTES_LENGTH:
        raise Invalid("notes", NOTES_TOO_LONG)
    if AwsKey.objects.filter(access_key_id=key.access_key_id).exclude(pk=key.pk).exists():
        raise Taken("access_key_id", KEY_TAKEN)


def add(key: AwsKey, *, by: User | None, ip: str | None = None) -> None:
    """Stores a new key's owner. Raises Invalid or Taken."""
    check(key)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
            note(key, by=by, operation=Operation.ADMIN_ADDED, ip=ip)
    except IntegrityError:
        raise Taken("access_key_id", KEY_TAKEN) from None


def remove(key_id: UUID, *, by: User | None, ip: str | None = None) -> None:
    """Forgets whose key this is. Requests made with it stay as they are. Raises NoSuchKey."""
    with transaction.atomic():
        key = AwsKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise NoSuchKey
        note(key, by=by, operation=Operation.ADMIN_REMOVED, ip=ip)
        key.delete()
