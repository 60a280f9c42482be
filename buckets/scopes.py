"""What is left of a person's rights when a personal token acts for them: the one place where the two meet. Pure Python."""

from dataclasses import fields
from uuid import UUID

from accounts.scopes import Scope
from buckets.paths import Rights


def narrowed(rights: Rights, *, bucket_id: UUID, by: Scope | None) -> Rights | None:
    """Those of `rights` in this bucket that `by` leaves; all of them without a scope, None when nothing is left.

    Never more than `rights`, and never more than `by`.
    """
    if by is None:
        return rights
    if not by.covers(bucket_id):
        return None
    names = [field.name for field in fields(Rights)]
    left = {name: getattr(rights, name) and name in by.acts for name in names}
    return Rights(**left) if any(left.values()) else None
