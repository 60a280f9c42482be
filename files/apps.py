from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "files"

    def ready(self) -> None:
        from files import signals, tasks

        signals.listing_wanted.connect(tasks.on_listing_wanted, dispatch_uid="files.listing_wanted")
