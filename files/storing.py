"""Many folders at once, as a listing of everything below one brings them. Part of the writer, beside `files.cache`.

    begun = storing.begin(bucket_id=…, path=…, now=…)     # before S3 is asked
    storing.store_folders(begun, {path: columns, …})       # whole folders, as often as there are some
    storing.forget_gone(begun)                             # once all were stored

A folder that was evicted since the listing began is left as it is, whether or not it had a row then; so is one that somebody
listed later. What is stored already is found so by one question for all folders, and nothing is written.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from files import writing
from files.cache import MANY_ROWS, Stored
from files.folding import folded
from files.models import Folder
from files.moments import evicted_below, lock_tree, moment, raise_generations
from files.rows import FOLDER, Columns
from files.sums import Sums, sums_of
from files.writing import Rewrite

GONE_FOR = timedelta(days=1)
"""How long a folder that is gone is remembered, so that who opens it hears that it was there."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A listing of everything below the folder with the full prefix `path`, begun at the time `at`."""

    bucket_id: UUID
    path: str
    at: datetime
    moment: int


def begin(*, bucket_id: UUID, path: str, now: datetime) -> Begun:
    """Notes that everything below `path` is going to be listed. Call it before S3 is asked."""
    return Begun(bucket_id, path, now, moment())


class _State(NamedTuple):
    path: str
    id: int
    evicted: int
    is_new: bool
    is_big: bool
    digest: bytes | None
    listed_at: datetime | None
    is_current: bool


def store_folders(begun: Begun, listed: Mapping[str, Columns], *, vouches: bool = False) -> dict[str, Stored]:
    """Makes these entries (all there are in each folder) what is stored of the folders with these full prefixes, and tells
    what became of each. All or, when something fails, none.

    Of unchanged folders nothing is written, for whoever lists a bucket as a whole vouches for them at the end; a listing that
    `vouches` by itself notes of them when they were listed.
    """
    sums = {path: sums_of([columns]) for path, columns in listed.items()}
    same = {
        state.path
        for state in _states(begun.bucket_id, listed)
        if state.is_current and state.digest == sums[state.path].digest
    }
    if vouches and same:
        _vouch(begun, {path: sums[path] for path in same})
    told = dict.fromkeys(same, Stored.UNCHANGED)
    changed = {path: columns for path, columns in listed.items() if path not in same}
    if changed:
        told |= _write(begun, changed, sums)
    return told


def _vouch(begun: Begun, sums: Mapping[str, Sums]) -> None:
    digests = json.dumps({path: each.digest.hex() for path, each in sums.items()})
    with connection.cursor() as cursor:
        cursor.execute(_VOUCH, [begun.at, digests, begun.bucket_id, begun.at, begun.moment])


# What somebody else holds at the moment is left to them: nobody waits for each other.
_VOUCH = """
    UPDATE files_folder SET listed_at = %s WHERE id IN (
        SELECT folder.id FROM json_each_text(%s::json) AS asked (path, digest)
        JOIN files_folder AS folder ON folder.bucket_id = %s AND folder.path = asked.path
        WHERE folder.is_whole AND folder.digest = decode(asked.digest, 'hex') AND folder.listed_at < %s AND folder.evicted < %s
          AND folder.stored_generation = folder.generation
        FOR UPDATE OF folder SKIP LOCKED
    )
"""


def _write(begun: Begun, listed: Mapping[str, Columns], sums: Mapping[str, Sums]) -> dict[str, Stored]:
    told = dict.fromkeys(listed, Stored.REFUSED)
    with transaction.atomic():
        lock_tree(begun.bucket_id, shared=True)
        swept = evicted_below(begun.bucket_id, since=begun.moment)
        if swept is None:
            return told
        wanted = sorted(path for path in listed if not path.startswith(tuple(swept)))
        states = [state for state in _locked(begun.bucket_id, wanted) if _may_store(begun, state)]
        writing.rewrite(
            [
                Rewrite(
                    state.id, begun.bucket_id, listed[state.path].divided(),
                    was_stored=not state.is_new,
                    was_big=state.is_big, is_big=state.is_big or sums[state.path].is_big,
                )
                for state in states
            ]
        )  # fmt: skip
        _note(begun, states, sums)
    return told | dict.fromkeys((state.path for state in states), Stored.NEW)


def _may_store(begun: Begun, state: _State) -> bool:
    is_older = state.is_current and state.listed_at is not None and state.listed_at > begun.at
    return state.evicted < begun.moment and not is_older


def _states(bucket_id: UUID, paths: Collection[str]) -> list[_State]:
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [json.dumps(list(paths)), bucket_id])
        return [_State(*row) for row in cursor.fetchall()]


_STATE = """
    folder.path, folder.id, folder.evicted, folder.stored_generation IS NULL, folder.is_big, folder.digest,
    folder.listed_at,
    folder.is_whole AND NOT folder.is_missing AND folder.stored_generation = folder.generation
"""
# Looked up one by one (OFFSET 0): a table that grew a moment ago has no statistics.
_STATES = f"""
    SELECT {_STATE} FROM json_array_elements_text(%s::json) AS asked (path)
    CROSS JOIN LATERAL (SELECT * FROM files_folder WHERE bucket_id = %s AND path = asked.path OFFSET 0) AS folder
"""  # noqa: S608 - texts of this module alone


def _locked(bucket_id: UUID, paths: Sequence[str]) -> list[_State]:
    """The rows of these folders, made where there are none, and locked."""
    with connection.cursor() as cursor:
        asked = json.dumps([[path, folded(path)] for path in paths])
        cursor.execute(_LOCKED, [bucket_id, asked])
        return [_State(*row) for row in cursor.fetchall()]


# Made and locked by one statement in the order of the paths, as evictions do it: nobody waits for each other.
_LOCKED = f"""
    INSERT INTO files_folder AS folder (bucket_id, path, path_folded, generation, is_whole, is_missing, is_big,
                                        file_count, folder_count, total_size, odd_count, evicted, swept)
    SELECT %s, asked->>0, asked->>1, 1, false, false, false, 0, 0, 0, 0, 0, 0
    FROM json_array_elements(%s::json) AS asked ORDER BY (asked->>0) COLLATE "C"
    ON CONFLICT (bucket_id, path) DO UPDATE SET generation = folder.generation
    RETURNING {_STATE}
"""  # noqa: S608 - texts of this module alone


def _note(begun: Begun, states: Sequence[_State], sums: Mapping[str, Sums]) -> None:
    facts = [
        [state.id, sums[state.path].digest.hex(), *sums[state.path][1:5], sums[state.path].is_big]
        for state in states
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [begun.at, json.dumps(facts)])


_NOTE = """
    UPDATE files_folder SET is_whole = true, is_missing = false, stored_generation = generation, listed_at = %s,
        claimed_at = NULL, digest = decode(fact->>1, 'hex'), file_count = (fact->>2)::int, folder_count = (fact->>3)::int,
        total_size = (fact->>4)::bigint, odd_count = (fact->>5)::int, is_big = is_big OR (fact->>6)::boolean
    FROM json_array_elements(%s::json) AS fact WHERE id = (fact->>0)::bigint
"""


def forget_gone(begun: Begun, *, unsure: Collection[str] = ()) -> int:
    """Notes of folders below `begun.path` that their parents don't list any more that they are gone; how many.

    Only what was stored of a parent since the listing began, or stood unchanged, tells; of parents in `unsure` nothing is
    believed. What has been gone for a day is forgotten altogether.
    """
    tops = [path for path, above in _unlisted_by_parents(begun) if above not in set(unsure)]
    count = 0
    with transaction.atomic():
        lock_tree(begun.bucket_id, shared=True)
        for path in tops:
            count += _mark_gone(begun, path)
        long_gone = _of(begun).filter(is_missing=True, listed_at__lt=begun.at - GONE_FOR)
        Folder.objects.filter(
            id__in=[folder.id for folder in long_gone.select_for_update(skip_locked=True)]
        ).delete()
    return count


def _unlisted_by_parents(begun: Begun) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _UNLISTED_BY_PARENTS,
            [begun.bucket_id, begun.path, begun.path, begun.moment, begun.moment, FOLDER],
        )
        return list(cursor.fetchall())


# Looked up one by one (OFFSET 0): right after a listing the tables have no statistics, and a join of what looks like few rows
# takes minutes.
_UNLISTED_BY_PARENTS = """
    SELECT child.path, parent.path FROM files_folder AS child
    CROSS JOIN LATERAL (
        SELECT * FROM files_folder WHERE bucket_id = child.bucket_id
        AND path = regexp_replace(child.path, '[^/]*/$', '') OFFSET 0
    ) AS parent
    WHERE child.bucket_id = %s AND child.path <> %s AND starts_with(child.path, %s)
      AND NOT child.is_missing AND child.evicted < %s
      AND parent.is_whole AND NOT parent.is_missing AND parent.stored_generation = parent.generation AND parent.evicted < %s
      AND NOT EXISTS (
          SELECT FROM files_entry AS entry WHERE entry.folder_id = parent.id AND entry.kind = %s
          AND entry.name = substr(child.path, length(parent.path) + 1, length(child.path) - length(parent.path) - 1)
          OFFSET 0
      )
    ORDER BY child.path
"""


def _of(begun: Begun) -> QuerySet[Folder]:
    """The folders below the listing's that nobody evicted since it began, nor listed."""
    below = Folder.objects.filter(
        bucket_id=begun.bucket_id, path__startswith=begun.path, evicted__lt=begun.moment
    )
    return below.filter(Q(listed_at=None) | Q(listed_at__lte=begun.at))


def _mark_gone(begun: Begun, path: str) -> int:
    """Of `path` and everything below it nothing is left."""
    gone = _of(begun).filter(path__startswith=path, is_missing=False)
    ids = list(gone.select_for_update().order_by("path").values_list("id", flat=True))
    writing.forget_entries(ids)
    return Folder.objects.filter(id__in=ids).update(
        is_whole=True, is_missing=True, is_big=False, stored_generation=F("generation"), digest=None, listed_at=begun.at,
        claimed_at=None, file_count=0, folder_count=0, total_size=0, odd_count=0,
    )  # fmt: skip


def note_missing(begun: Begun) -> None:
    """Notes that there is nothing in and below the folder that was listed: it is gone."""
    with transaction.atomic():
        lock_tree(begun.bucket_id, shared=True)
        _mark_gone(begun, begun.path)


def distrust(begun: Begun, paths: Collection[str]) -> None:
    """What is stored of these folders may not be what the listing would have said of them."""
    if paths:
        raise_generations(begun.bucket_id, paths)


def tidy_up(*, rows: int) -> None:
    """After so many rows were written: lets the planner know, and names be found without reading what waits to be indexed."""
    if rows < MANY_ROWS:
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE files_folder, files_entry, files_stretch")
        cursor.execute(
            "SELECT gin_clean_pending_list(oid) FROM pg_class WHERE relname = 'stretch_words_trigrams'"
            " AND pg_table_is_visible(oid)"
        )
