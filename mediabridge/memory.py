"""Memory that Python has freed and the C library keeps."""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Returns to the system what nobody uses. A process that did something big once would hold as much for ever.

    Costs a millisecond or two; does nothing where the C library knows no such thing.
    """
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
