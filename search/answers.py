"""What the index answers of a search, and for which folders it may: read at one moment, so that nothing falls between."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import connection, transaction

from files.models import Folder
from search import index
from search.hits import Hit
from search.traversal import Known, Wanted

FIRST, MORE = 20, 500
MOST_OLDER = 1_000
_ONE_MOMENT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def stored(wanted: Wanted, *, within: float, now: datetime) -> Iterator[Known | list[Hit]]:
    """How much of what is wanted stored listings answer for, then the hits in them, in pieces.

    Stored listings are believed for `within` seconds. Of older ones a thousand hits are told, too, in folders that are not
    answered for: they show at once, and listing tells what else there is. This thread is inside a transaction until the iterator is used up or
    closed.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_MOMENT)
        known = _known(wanted, within=within, now=now)
        yield known
        hits: Iterator[Hit] = index.find(
            wanted.reach, wanted.query, filters=wanted.filters, below=wanted.below, level=wanted.is_level
        )
        if not known.is_everything:
            hits = _with_some_older(hits, known.folders)
        size = FIRST
        while piece := list(islice(hits, size)):
            yield piece
            size = MORE


def _with_some_older(hits: Iterator[Hit], answered: Collection[str]) -> Iterator[Hit]:
    older = 0
    for hit in hits:
        if hit.folder not in answered:
            if older == MOST_OLDER:
                if not answered:
                    return
                continue
            older += 1
        yield hit


def _known(wanted: Wanted, *, within: float, now: datetime) -> Known:
    top = wanted.below.text
    found = index.known(wanted.reach, below=wanted.below, level=wanted.is_level, within=within, now=now)
    if found.is_everything:
        return Known(is_elsewhere=False)
    if found.unlisted == (top,):
        return Known()
    place = Folder.objects.filter(bucket_id=wanted.reach.bucket_id, is_whole=True, is_missing=False)
    place = place.filter(path=top) if wanted.is_level else place.filter(path__startswith=top)
    folders = set(place.values_list("path", flat=True).iterator(2_000)) - set(found.outdated)
    return Known(folders, is_elsewhere=False, levels=found.outdated, trees=found.unlisted)
