"""What people change about themselves, besides their password."""

from accounts.models import User
from accounts.rules import checked_name


def rename(*, user: User, name: str) -> None:
    """Gives `user` a new name. Raises Invalid."""
    user.name = checked_name(name)
    user.save(update_fields=["name"])
