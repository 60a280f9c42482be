"""Python's collector in a process that lists.

Rows come by the thousand and live until they are judged; none is part of a ring, which is all the collector is for. At its
usual pace it walks through all of them again and again: a listing of a million keys took a third longer.
"""

import gc

ROWS = 100_000
"""So many more objects than were given back bring it in; usually 700 do."""


def collect_rarely() -> None:
    """For this whole process, from now on: what there is already is never looked at again, the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ROWS, 20, 20)
