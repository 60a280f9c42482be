"""A live product in front of the simulated S3, with somebody signed in, asked over real HTTP.

It runs in an environment of its own, PRODUCT_PYTHON's: in one with what development needs its libraries load more than they do
where people use it.
"""

import http.client
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from benchmarks.fake_s3 import FakeS3, keys_of_a_flat_folder
from buckets.models import Bucket
from files.models import Folder
from tests import people
from tests.browser import live as product
from tests.browser import pages, stores
from tests.browser.database import committed_database

ENTRIES = 100_000


@dataclass
class Rig:
    """The product under measurement; `fake` counts what it asks of S3."""

    live: product.Live
    fake: FakeS3
    bucket: Bucket
    person: User
    cookie: str

    def connection(self) -> "Browser":
        return Browser(self.live.url, self.cookie)

    def await_listing(self) -> float:
        """Asks for the folder, then waits until all of it is stored; the seconds it took."""
        started = time.perf_counter()
        self.connection().get(self.folder)
        while not Folder.objects.filter(bucket=self.bucket, is_whole=True).exists():
            time.sleep(0.05)
        return time.perf_counter() - started

    def await_worker(self) -> None:
        """Waits until the worker uses no processor any more: it has started."""
        used = -1.0
        while (now := self.processor_seconds("worker")) > used:
            used = now
            time.sleep(1.0)

    def stay_fresh(self) -> None:
        """As if the folder had just been listed, so that nothing is listed again behind what is measured."""
        Folder.objects.filter(bucket=self.bucket).update(listed_at=timezone.now())

    @property
    def folder(self) -> str:
        return f"/b/{self.bucket.system_code}/"

    def processor_seconds(self, name: str = "web") -> float:
        """Processor time the process (`web` or `worker`) has used so far; unlike time on the wall it doesn't mind what else
        runs here."""
        fields = Path(f"/proc/{self._pid(name)}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self, name: str) -> int:
        """Bytes of memory that the process (`web` or `worker`) holds at the moment."""
        status = Path(f"/proc/{self._pid(name)}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 if found else 0

    def _pid(self, name: str) -> int:
        return self.live.processes[("web", "worker").index(name)].pid


class Browser:
    """One kept-alive connection with a session, as a browser has it."""

    def __init__(self, url: str, cookie: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._cookies = {settings.SESSION_COOKIE_NAME: cookie}
        self._token = ""

    def get(self, path: str, **headers: str) -> bytes:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str]) -> bytes:
        """Posts a form as htmx does. `get` a page first, for its CSRF token."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": self._token,
            "HX-Request": "true",
        }
        return self._ask("POST", path, urlencode(fields), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> bytes:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        for given in answer.headers.get_all("Set-Cookie", []):
            name, _, value = given.partition(";")[0].partition("=")
            self._cookies[name] = value
        if token := re.search(rb'name="csrf-token" content="([^"]+)"', content):
            self._token = token.group(1).decode()
        return content


@contextmanager
def running() -> Iterator[Rig]:
    """The product on an empty database, with one bucket: a flat folder of 100,000 entries."""
    fake = FakeS3({"big": keys_of_a_flat_folder(ENTRIES)})
    with committed_database(), tempfile.TemporaryDirectory() as place, fake.running() as endpoint:
        live = product.start(Path(place), python=os.environ.get("PRODUCT_PYTHON", sys.executable))
        try:
            mark = people.mark()
            bucket = stores.register(title="Everything ever", name="big", endpoint=endpoint)
            people.assign(mark, bucket, root="", allow_delete=True)
            yield Rig(live, fake, bucket, mark, pages.sign_in(mark))
        finally:
            live.stop()
