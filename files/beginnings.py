"""What is stored of a big folder and makes listing it again shorter: its beginning, or where it may be cut."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from buckets.paths import FolderKey
from buckets.s3.lister import Beginning, Hint, ListedFile
from files.cache import Ticket
from files.models import Entry, Folder
from files.rows import FILE, FOLDER

_YOUNG_SECONDS = 15
_HINT_EVERY = 900
_SAMPLES = 16
# What may stand for a character that isn't stored, so that the name in the storage is another one.
_STAND_INS = ("\x01", "\ufffd")


@dataclass(frozen=True, slots=True)
class Known:
    """Where a listing may begin: behind its `beginning`, which holds these `folders` and `files` and was listed at `listed_at`;
    or else from the start, cut at `hints`."""

    listed_at: datetime
    beginning: Beginning | None = None
    folders: list[str] = field(default_factory=list)
    files: list[ListedFile] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)


def known_of(folder: FolderKey, ticket: Ticket, *, now: datetime) -> Known:
    """What is known of `folder` for a listing under this ticket: a first page nobody evicted since somebody was shown it, a
    moment ago; or an older whole listing, which only says how to divide the work."""
    nothing = Known(now)
    stored = Folder.objects.filter(id=ticket.folder_id, generation=ticket.generation).first()
    if stored is None or stored.stored_generation is None or stored.listed_at is None or stored.is_missing:
        return nothing
    if stored.is_whole:
        return Known(now, hints=_hints(folder, stored))
    is_young = abs((now - stored.listed_at).total_seconds()) <= _YOUNG_SECONDS
    if stored.stored_generation != stored.generation or not is_young:
        return nothing
    entries = Entry.objects.filter(folder=stored)
    folders = list(entries.filter(kind=FOLDER).values_list("name", flat=True))
    files = [
        ListedFile(entry.name, entry.size or 0, entry.modified_at, entry.etag, entry.storage_class)
        for entry in entries.filter(kind=FILE)
        if entry.modified_at is not None
    ]
    places = sorted([*(f"{name}/" for name in folders), *(file.name for file in files)])
    if not places or any(character in places[-1] for character in _STAND_INS):
        return nothing
    samples = [*places[:: max(1, len(places) // _SAMPLES)], places[-1]]
    beginning = Beginning(folder.text + places[-1], [folder.text + place for place in samples])
    return Known(min(now, stored.listed_at), beginning, folders, files)


def _hints(folder: FolderKey, stored: Folder) -> list[Hint]:
    with connection.cursor() as cursor:
        cursor.execute(_EVERY_SO_OFTEN, [stored.id, _HINT_EVERY])
        found = cursor.fetchall()
    return [
        Hint(f"{folder.text}{name}/" if kind == FOLDER else folder.text + name, _HINT_EVERY)
        for kind, name in found
    ]


_EVERY_SO_OFTEN = """
    SELECT kind, name FROM (
        SELECT kind, name, row_number() OVER (PARTITION BY kind ORDER BY name) AS number
        FROM files_entry WHERE folder_id = %s
    ) AS entry WHERE number %% %s = 0
"""
