"""What is known already: hits among stored listings. Which folders those speak for, `search.known` says."""

from collections.abc import Generator
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from buckets.paths import FolderKey, Reach
from files.folding import folded
from files.stretches import patterns_of, short_parts_of
from search.hits import FILE, FOLDER, Hit
from search.known import FRESH, behind, freshness, top_of
from search.matching import FOLDERS, NO_FILTERS, Filters, Query

FIRST_ROWS, MORE_ROWS = 50, 2_000
_JIT_OFF = "SET LOCAL jit = off"


def find(
    reach: Reach,
    query: Query,
    *,
    filters: Filters = NO_FILTERS,
    below: FolderKey | None = None,
    level: bool = False,
    since: datetime | None = None,
) -> Generator[Hit, None, None]:
    """What matches in folders that are stored whole and were not evicted since, in no order, thumbnails left out.

    `below` is where to look (without, the reach's root); with `level` in that folder alone. `since` keeps to folders listed
    then or later, as `known` counts it (which folders those are, it says). Hits come as the database finds
    them, through a cursor: until the iterator is used up or closed, this thread is inside a transaction and should ask the
    database nothing else. Raises OutOfBounds for a folder of another reach.
    """
    top = top_of(reach, below)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Compiling a plan takes longer than most of them run.
            cursor.execute(_JIT_OFF)
        asked = _asked(reach, query, filters, top, level=level, since=since)
        with connection.chunked_cursor() as cursor:
            cursor.execute(asked.in_sql(), asked.values)
            rows = cursor.fetchmany(FIRST_ROWS)
            while rows:
                yield from (Hit(*row) for row in rows)
                rows = cursor.fetchmany(MORE_ROWS)


def _asked(
    reach: Reach, query: Query, filters: Filters, top: str, *, level: bool, since: datetime | None
) -> "_Conditions":
    asked = _Conditions({"bucket": reach.bucket_id})
    asked.of_the_name(query)
    asked.of_the_folder(query, reach.root)
    asked.of_the_place(top, level=level)
    asked.of_the_filters(filters)
    if since is not None:
        asked.of_folder.append(FRESH)
        asked.say(**freshness(reach, top, since=since))
    return asked


# First the stretches in whose words the name may be, then the entries of those (OFFSET 0: what the planner makes of both at
# once depends on what it thinks of a name). Generations are never bigger than the folder's, but asked whether they are equal
# the planner expects hardly a folder and walks through all for a name that is frequent.
_FIND = """
    SELECT entry.kind, folder.path, entry.name, entry.size, entry.modified_at, entry.storage_class, entry."group"
    FROM files_stretch AS stretch JOIN files_folder AS folder ON folder.id = stretch.folder_id
    CROSS JOIN LATERAL (
        SELECT * FROM files_entry AS entry WHERE entry.folder_id = stretch.folder_id AND entry.kind = stretch.kind
        AND entry.name BETWEEN stretch.first AND stretch.last AND NOT entry.is_hidden AND {of_entry} OFFSET 0
    ) AS entry
    WHERE folder.bucket_id = %(bucket)s AND folder.is_whole AND NOT folder.is_missing
      AND folder.stored_generation >= folder.generation AND {of_stretch} AND {of_folder}
"""


class _Conditions:
    """Conditions in SQL, of each table by itself, and their values."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.of_entry: list[str] = []
        self.of_stretch: list[str] = []
        self.of_folder: list[str] = []
        self.values = values

    def in_sql(self) -> str:
        """The question with these conditions in it."""
        return _FIND.format(
            of_entry=_all(self.of_entry), of_stretch=_all(self.of_stretch), of_folder=_all(self.of_folder)
        )

    def say(self, **values: Any) -> None:
        """Values by the names that conditions call them. No name is taken twice: one would change what another asks."""
        assert not values.keys() & self.values.keys()
        self.values |= values

    def of_the_name(self, query: Query) -> None:
        name = _literally(query.name)
        begins, ends = query.ending is not None, query.means_folders
        if ends:
            self.of_entry.append(f"entry.kind = {FOLDER}")
            self.of_stretch.append(f"stretch.kind = {FOLDER}")
        if begins and ends:
            self.of_entry.append("entry.name_folded = %(name)s")
            name = query.name
        else:
            self.of_entry.append("entry.name_folded LIKE %(name)s")
            name = f"{'' if begins else '%'}{name}{'' if ends else '%'}"
        self.say(name=name)
        for number, other in enumerate(query.others):
            self.of_entry.append(f"entry.name_folded LIKE %(other{number})s")
            self.say(**{f"other{number}": f"%{_literally(other)}%"})
        parts = [part for word in query.words for part in patterns_of(word, begins=begins, ends=ends)]
        for number, pattern in enumerate(parts):
            self.of_stretch.append(f"stretch.words LIKE %(words{number})s")
            self.say(**{f"words{number}": pattern})
        parts = [part for word in query.words for part in short_parts_of(word, begins=begins, ends=ends)]
        for number, part in enumerate(parts):
            self.of_stretch.append(f"strpos(stretch.words, %(part{number})s) > 0")
            self.say(**{f"part{number}": part})

    def of_the_folder(self, query: Query, root: str) -> None:
        """The path is seen from the root, with a slash in front: nothing above it may help to match."""
        if query.ending is None:
            return
        self.of_folder += [
            "'/' || substr(folder.path_folded, %(behind_root)s) LIKE %(ending)s",
            "folder.path_folded LIKE %(seen)s",
        ]
        self.say(
            behind_root=len(folded(root)) + 1,
            ending=f"%{_literally(query.ending)}",
            seen=f"%{_literally(query.ending.removeprefix('/'))}",
        )

    def of_the_place(self, top: str, *, level: bool) -> None:
        self.say(top=top, behind=behind(top))
        if level:
            self.of_folder.append("folder.path = %(top)s")
        elif top:
            self.of_folder.append("folder.path >= %(top)s AND folder.path < %(behind)s")

    def of_the_filters(self, filters: Filters) -> None:
        groups = sorted(filters.groups - {FOLDERS})
        folders = filters.let_folders_in
        files: list[str] = []
        for column, comparison, name, value in (
            ('"group"', "= ANY({})", "groups", groups if filters.groups else None),
            ("storage_class", "= ANY({})", "classes", sorted(filters.storage_classes) or None),
            ("size", ">= {}", "smallest", filters.smallest),
            ("size", "<= {}", "biggest", filters.biggest),
            ("modified_at", ">= {}", "changed_since", filters.since),
            ("modified_at", "<= {}", "changed_until", filters.until),
        ):
            if value is not None:
                files.append(f"entry.{column} {comparison.format(f'%({name})s')}")
                self.say(**{name: value})
        if files:
            either = f"entry.kind = {FOLDER} OR " if folders else ""
            self.of_entry.append(f"({either}entry.kind = {FILE} AND {' AND '.join(files)})")


def _all(texts: list[str]) -> str:
    return " AND ".join(texts) or "true"


def _literally(text: str) -> str:
    """`text` for LIKE, where `%`, `_` and a backslash would mean something else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
