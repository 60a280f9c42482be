"""Pictures of hits: their thumbnails, or small images themselves."""

from collections.abc import Collection
from datetime import datetime

from buckets.paths import Malformed, Reach
from files import links
from files.entries import EntryView, Kind, as_seen
from files.folder_page import picture_of
from files.kinds import group_of
from files.models import Entry

MOST = 200


def pictures(
    reach: Reach, paths: Collection[str], *, small: Collection[str] = (), now: datetime
) -> dict[str, str]:
    """What shows each of the files at `paths`, by path; those that nothing shows are left out. One query.

    `small` are those that are known to be small, whether or not their folder was ever stored. Raises OutOfBounds,
    Malformed (more than MOST, too) or NotAllowed("read").
    """
    if len(paths) > MOST:
        raise Malformed("paths", f"Ask for {MOST} pictures at most.")
    keys = {path: reach.file(path, field="paths") for path in paths}
    parents = {key.parent.text: key.parent for key in keys.values()}
    stored = Entry.objects.filter(
        folder__bucket_id=reach.bucket_id,
        folder__path__in=list(parents),
        kind=Entry.Kind.FILE,
        name__in={key.name for key in keys.values()},
    ).select_related("folder")
    seen = {
        entry.path: entry
        for entry in (as_seen(row, reach=reach, folder=parents[row.folder.path]) for row in stored)
    }
    for path in set(small) & set(keys):
        name = keys[path].name
        seen.setdefault(path, EntryView(Kind.FILE, name, path, size=0, group=group_of(name)))
    shown = links.for_page(reach, [entry for path, entry in seen.items() if path in keys], now=now)
    found = {path: picture_of(seen[path], link) for path, link in shown.items()}
    return {path: url for path, url in found.items() if url}
