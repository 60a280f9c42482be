"""Many callers at once, each with credentials of its own, and what became of every call: begun when, answered how."""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Caller:
    """Somebody who asks the same again and again."""

    url: str
    path: str
    headers: Mapping[str, str]
    method: str = "GET"


@dataclass(frozen=True, order=True)
class Call:
    began: float
    status: int
    caller: Caller = field(compare=False)


@dataclass
class Crowd:
    """Every caller in a thread of its own, from `with` to its end, each on a connection that it keeps.

    Each calls `most` times at most.
    """

    callers: Sequence[Caller]
    most: int = 1_000_000
    calls: list[Call] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Crowd":
        self._threads = [threading.Thread(target=self._call, args=[caller]) for caller in self.callers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def begun_after(self, moment: float) -> list[Call]:
        return [call for call in list(self.calls) if call.began > moment]

    def await_calls(self, count: int, *, after: float, seconds: float = 120.0) -> None:
        """Returns when so many calls that began after this moment were answered."""
        until = time.monotonic() + seconds
        while len(self.begun_after(after)) < count:
            assert time.monotonic() < until, f"{len(self.begun_after(after))} of {count} calls were answered"
            time.sleep(0.02)

    def _call(self, caller: Caller) -> None:
        address = urlsplit(caller.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        for _ in range(self.most):
            if self._over.is_set():
                break
            began = time.monotonic()
            connection.request(caller.method, caller.path, headers=dict(caller.headers))
            answer = connection.getresponse()
            answer.read()
            self.calls.append(Call(began, answer.status, caller))
        connection.close()
