"""What the accounts announce, once it is committed."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

forced_out = Signal()
"""Every session of `user_id` (keyword) was just ended: close what they still hold open."""

sessions_ended = Signal()
"""Some sessions of `user_id` (keyword) were just ended: what is open under them must look whether it still may be."""

locked = Signal()
"""The account of `user_id` (keyword) was just locked after too many violations: tell the administrators."""

audited = Signal()
"""Something was just written into the audit log: it may be sealed."""


def announce_end(*, user_id: UUID) -> None:
    """Announces `sessions_ended` as soon as the caller's transaction is committed."""
    transaction.on_commit(partial(sessions_ended.send_robust, sender=None, user_id=user_id))
