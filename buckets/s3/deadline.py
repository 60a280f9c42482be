"""The moment after which nobody waits for a store any more."""

import time
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock."""

    at: float

    @classmethod
    def in_seconds(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left; negative afterwards."""
        return self.at - time.monotonic()


reading_until: ContextVar[Deadline] = ContextVar("reading_until")
"""The deadline of the request under way in this thread; sockets look it up with each piece they read."""
