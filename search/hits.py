"""What a search finds."""

from datetime import datetime
from typing import NamedTuple

FOLDER, FILE = 0, 1


class Hit(NamedTuple):
    """A file or folder that matches. `folder` is the full key of the folder it lies in: empty, or ending in a slash.

    `kind` is FOLDER or FILE; a folder's `name` has no slash, and it has no size, time or class. `size` is in bytes,
    `modified_at` aware UTC, `group` a value of `Entry.Group`.
    """

    kind: int
    folder: str
    name: str
    size: int | None = None
    modified_at: datetime | None = None
    storage_class: str = ""
    group: str = ""

    @property
    def key(self) -> str:
        """The full S3 key; a folder's ends in a slash."""
        return f"{self.folder}{self.name}" if self.kind == FILE else f"{self.folder}{self.name}/"
