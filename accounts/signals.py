"""What the accounts announce, once it is committed."""

from django.dispatch import Signal

forced_out = Signal()
"""Every session of `user_id` (keyword) was just ended: close what they still hold open."""

locked = Signal()
"""The account of `user_id` (keyword) was just locked after too many violations: tell the administrators."""
