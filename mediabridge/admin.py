"""The admin site, and the registrations that cross apps."""

from django.contrib.admin.apps import AdminConfig


class MediaBridgeAdminConfig(AdminConfig):
    """The Django admin with our site as its default."""
