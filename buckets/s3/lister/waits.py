"""How many requests at once a store bears, judged by how long they wait. Pure: the caller says what time it is.

A store that works at many requests at once answers each as quickly as one alone; one that works at them one after the other
makes each wait for all before it. So a wait `w` among `n` in flight says that `n / w` are answered a second at the least, and
that about as many times a bearable wait may be sent. Nothing has to be found out by overloading a small store.
"""

from collections import deque
from statistics import median

_UNKNOWN = 32
_STEP = 64
_LONGEST = 4.5
_COMFORTABLE = 1.0
_UNHURT = 0.5
_DOUBLED = 2
_GROWN = 1.5
_LATEST = 5
_FORGOTTEN = 30.0


class Waits:
    """What the last answers of one store took. The middle one of five counts, so a single straggler changes nothing."""

    def __init__(self) -> None:
        self._latest: deque[tuple[float, float]] = deque(maxlen=_LATEST)
        self._shortest = 0.0
        self._lost_at = -_FORGOTTEN

    def bearable(self, now: float) -> float:
        """How many requests may be in flight; hardly a limit where waits don't grow with them."""
        while self._latest and self._latest[0][0] < now - _FORGOTTEN:
            self._latest.popleft()
        return max(1.0, median(many for _, many in self._latest)) if self._latest else _UNKNOWN

    def answered(self, seconds: float, *, among: int, now: float) -> None:
        """A request was answered whole after `seconds`, being one of `among` that were in flight when it was sent."""
        seconds = max(seconds, 0.001)
        self._shortest = seconds if among == 1 or not self._shortest else min(self._shortest, seconds)
        is_queue = seconds > max(_UNHURT, 3 * self._shortest)
        aim = max(_COMFORTABLE, 4 * self._shortest) if is_queue else _LONGEST
        # However slow it is: where nobody waits longer than somebody alone, there may be more. One that lost some lately works
        # at them one after the other, and waits alone tell nothing.
        is_sound = self._lost_at < now - _FORGOTTEN
        least = _DOUBLED if is_sound and seconds <= _GROWN * self._shortest else 0
        self._latest.append((now, among * max(least, min(_STEP, aim / seconds))))

    def lost(self, *, sent_at: float, now: float) -> None:
        """A request of then was given up, or its connection broke: half as many, once for all that was sent before."""
        if sent_at <= self._lost_at:
            return
        fewer = self.bearable(now) / 2
        self._latest.clear()
        self._latest.append((now, fewer))
        self._lost_at = now
