"""New folders. S3 has none: a folder is there as soon as it holds a file, so until then it lives in the page alone."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from buckets.paths import Reach
from buckets.s3 import lister
from files.models import Entry
from files.refusals import need
from files.stored import stored_folder


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
    need(reach, "upload")
    folder = reach.subfolder(reach.folder(parent_path, field="folder"), name.strip(" "))
    stored = stored_folder(folder.parent, now=now)
    is_sure = stored is not None and stored.is_whole and not stored.has_pending
    if stored is not None and is_sure and stored.is_current(within=settings.LISTING_FRESH, now=now):
        exists = Entry.objects.filter(folder_id=stored.id, kind=Entry.Kind.FOLDER, name=folder.name).exists()
    else:
        exists = bool(lister.keys_below(reach, folder, limit=1).objects)
    return NewFolder(name=folder.name, path=reach.path_of(folder), exists=exists)
