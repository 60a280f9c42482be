"""What the index answers of a search, and for which folders it may: read at one moment, so that nothing falls between."""

from collections.abc import Generator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from search import index, known
from search.hits import Hit
from search.traversal import Known, Wanted

FIRST: Final = 20
MORE: Final = 500


def stored(wanted: Wanted, *, within: float, now: datetime) -> Generator[Known | list[Hit], None, None]:
    """The hits in stored listings of the last `within` seconds, in pieces; behind the first of them, for how much those speak.

    How much it is takes a while to find out where there are very many folders, and the first hits don't wait for that. Older
    listings are not believed: what lay there may be gone. This thread is inside a transaction until the iterator is used up or
    closed.
    """
    found = index.find(
        wanted.reach,
        wanted.query,
        filters=wanted.filters,
        below=wanted.below,
        level=wanted.is_level,
        since=now - timedelta(seconds=within),
    )
    with known.one_moment(), closing(found):
        if first := list(islice(found, FIRST)):
            yield first
        yield _known(wanted, within=within, now=now)
        while piece := list(islice(found, MORE)):
            yield piece


def _known(wanted: Wanted, *, within: float, now: datetime) -> Known:
    reach, below, level = wanted.reach, wanted.below, wanted.is_level
    if known.is_everything_known(reach, below=below, level=level, within=within, now=now):
        return Known(is_elsewhere=False)
    found = known.known(reach, below=below, level=level, within=within, now=now)
    if found.unlisted == (below.text,):
        return Known(found.folders)
    return Known(found.folders, is_elsewhere=False, levels=found.outdated, trees=found.unlisted)
