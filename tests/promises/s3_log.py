"""What the S3 server itself wrote down of the requests it answered."""

import re
import time
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

LINE = re.compile(
    r"\[INFO\] (?P<method>[A-Z]+) (?P<status>\d{3}|-) /(?P<bucket>[^/?\s]*)/?(?P<key>[^?]*)\??(?P<query>.*)$"
)
PATIENCE = 20.0


@dataclass(frozen=True)
class Logged:
    """One request. `query` holds the signature of a presigned one."""

    method: str
    status: int
    bucket: str
    key: str
    query: str


@dataclass
class S3Log:
    """The server's access log, read from the last `begin` on."""

    path: Path
    endpoint: str
    _from: int = 0

    def begin(self) -> None:
        """What was asked before is of no interest any more."""
        self._settle()
        self._from = self.path.stat().st_size

    def requests(self, bucket: str) -> list[Logged]:
        """What the server answered about `bucket` since, in order."""
        self._settle()
        return [logged for logged in self._read() if logged.bucket == bucket]

    def _read(self) -> list[Logged]:
        with self.path.open("rb") as stream:
            stream.seek(self._from)
            lines = stream.read().decode(errors="replace").splitlines()
        found = [match for line in lines if (match := LINE.search(line))]
        return [
            Logged(one["method"], int(one["status"]) if one["status"] != "-" else 0, one["bucket"],
                   unquote(one["key"]), one["query"])
            for one in found
        ]  # fmt: skip

    def _settle(self) -> None:
        """A request is written down when it is answered: once a later one of our own is, all earlier ones are."""
        name = f"settle-{uuid.uuid4().hex}"
        with (
            suppress(urllib.error.HTTPError),
            urllib.request.urlopen(f"{self.endpoint}/{name}", timeout=PATIENCE),
        ):
            pass
        until = time.monotonic() + PATIENCE
        while not any(logged.bucket == name for logged in self._read()):
            assert time.monotonic() < until, f"{self.path} says nothing of a request that was answered"
            time.sleep(0.02)
