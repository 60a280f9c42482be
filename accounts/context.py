"""What templates may know of the accounts without asking a view."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import people
from accounts.models import User


def locked_people(request: HttpRequest) -> dict[str, Any]:
    """`locked_people` for administrators: looked up when a template shows it, and for nobody else."""

    def found() -> Sequence[User]:
        user = getattr(request, "user", None)
        return people.locked() if isinstance(user, User) and user.is_admin else []

    return {"locked_people": SimpleLazyObject(found)}
