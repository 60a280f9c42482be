"""How long somebody must wait before they may try to sign in as one e-mail again.

One row an e-mail, known or not, changed by one statement: guessing stays limited whatever else is down, and however many
tries come at once.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import SignInBackoff, normal_email

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)

_CLAIM = """
INSERT INTO accounts_signinbackoff AS kept (email_hash, failures, blocked_until, last_failure_at)
VALUES (%(email_hash)s, 1, NULL, %(now)s)
ON CONFLICT (email_hash) DO UPDATE SET
  failures = CASE WHEN kept.last_failure_at < %(forgotten)s THEN 1 ELSE kept.failures + 1 END,
  blocked_until = CASE
    WHEN kept.last_failure_at < %(forgotten)s OR kept.failures + 1 < %(free)s THEN NULL
    ELSE %(now)s + LEAST(%(first)s * POWER(2, LEAST(kept.failures + 1 - %(free)s, 10)), %(longest)s)
  END,
  last_failure_at = %(now)s
WHERE kept.blocked_until IS NULL OR kept.blocked_until <= %(now)s
RETURNING failures
"""


def claim_try(email: str, *, now: datetime) -> int:
    """Counts one try as `email` as failed, before its password is looked at. 0, or the seconds to wait instead.

    A refused try counts nothing, so hammering does not prolong the wait. A try that succeeds calls `forget`.
    """
    values: dict[str, Any] = {
        "email_hash": _hash(email),
        "now": now,
        "forgotten": now - FORGOTTEN_AFTER,
        "free": FREE_TRIES,
        "first": FIRST_WAIT,
        "longest": LONGEST_WAIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        if cursor.fetchone():
            return 0
    kept = SignInBackoff.objects.filter(email_hash=_hash(email)).first()
    if kept is None or kept.blocked_until is None:
        return 1
    return max(1, round((kept.blocked_until - now).total_seconds()))


def forget(email: str) -> None:
    """The person proved who they are: earlier failures no longer count."""
    SignInBackoff.objects.filter(email_hash=_hash(email)).delete()


def forget_old(*, now: datetime) -> None:
    """Removes what no longer counts."""
    SignInBackoff.objects.filter(last_failure_at__lt=now - FORGOTTEN_AFTER).delete()


def _hash(email: str) -> str:
    return hashlib.sha256(normal_email(email).encode("utf-8", "backslashreplace")).hexdigest()
