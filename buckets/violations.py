"""What follows when somebody asks for what lies outside their folder."""

from datetime import datetime

from accounts import sessions
from accounts.models import User
from buckets.access import was_reached_before
from buckets.paths import Reach


def throw_out(*, user: User, reach: Reach | None, path: str, ip: str | None, now: datetime) -> bool:
    """Throws `user` out everywhere for asking for `path`, unless it lay inside their root before that was changed.

    Says whether they were thrown out. Raises RuntimeError inside a transaction.
    """
    if reach is not None and was_reached_before(user=user, bucket_id=reach.bucket_id, full_key=path):
        return False
    sessions.force_logout(
        user=user,
        reason="Asked for a path outside their folder.",
        now=now,
        ip=ip,
        is_violation=True,
        path=path[:2000],
        bucket_id=reach.bucket_id if reach else None,
        bucket_code=reach.bucket_code if reach else "",
    )
    return True
