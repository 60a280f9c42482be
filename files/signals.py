"""What the files announce, once it is committed."""

from django.dispatch import Signal

listing_wanted = Signal()
"""Somebody should list a folder from S3 soon: `bucket_id`, `path` (full prefix), `is_overdue` (a nudge was sent before
and nobody came)."""

folder_changed = Signal()
"""What is stored of these folders is no longer true: `bucket_id`, `paths` (full prefixes)."""
