from importlib import import_module

from django.contrib.admin.apps import AdminConfig


class MediaBridgeAdminConfig(AdminConfig):
    """The Django admin with our site as its default, and what is registered on it."""

    default_site = "mediabridge.admin_site.MediaBridgeSite"

    def ready(self) -> None:
        super().ready()
        import_module("mediabridge.admin")
