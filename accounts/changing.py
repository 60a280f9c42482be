"""What administrators change of an account, at one go."""

from copy import copy
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from accounts import passwords, people
from accounts.audit import Operation, changed, note
from accounts.models import User


class Changes(TypedDict, total=False):
    """What is to be different; what is left out stays."""

    name: str
    email: str
    is_admin: bool
    password: str


def change(
    user_id: UUID, changes: Changes, *, by: User, keep: UUID | None, ip: str | None, now: datetime
) -> User:
    """The account with this id, changed. A new password ends its sessions, but for the one with the id `keep`.

    All of it or nothing. Raises NoSuchPerson, Invalid or Taken; the last active administrator stays one.
    """
    with people.email_taken_at_once():
        before = people.by_id(user_id)
        user = copy(before)
        wanted = {name: value for name, value in changes.items() if name != "password"}
        for name, value in wanted.items():
            setattr(user, name, value)
        people.check(user, before=before)
        people.hold(user_id)
        different = [name for name in wanted if getattr(user, name) != getattr(before, name)]
        if different:
            user.save(update_fields=different)
            note(user, by=by, operation=Operation.ADMIN_CHANGED, changes=changed(user, different), ip=ip)
        if "password" in changes:
            passwords.reset(user=user, new=changes["password"], by=by, keep=keep, ip=ip, now=now)
    return user
