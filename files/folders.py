"""New folders. S3 has none: a folder is there as soon as it holds a file, so until then it lives in the page alone."""

from dataclasses import dataclass
from datetime import datetime

from buckets.paths import Reach


@dataclass(frozen=True, slots=True)
class NewFolder:
    """Where a new folder would be: `path` relative to the reach's root, ending in a slash. `exists`: it holds something."""

    name: str
    path: str
    exists: bool


def new(reach: Reach, parent_path: str, name: str, *, now: datetime) -> NewFolder:
    """The folder `name` in the folder at `parent_path`. Spaces around the name are dropped.

    Raises NotAllowed("upload"), OutOfBounds, Malformed (field `name`), or an S3Error when S3 must be asked.
    """
    raise NotImplementedError
