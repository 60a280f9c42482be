"""What programs wait for: listings, links by the thousand, signed uploads by the thousand; over HTTP with an access token."""

import http.client
import json
import uuid
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.fake_s3 import keys_of_a_flat_folder
from benchmarks.figures import Figure, milliseconds, spread, timed
from benchmarks.rig import ENTRIES, Rig
from files.models import StoredUrl
from tests.people import PASSWORD


class Program:
    """One kept-alive connection with an access token, good for five minutes."""

    def __init__(self, rig: Rig) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(rig.live.url).netloc, timeout=120)
        self._token = ""
        self._token = self.ask("POST", "/auth/login", {"email": rig.person.email, "password": PASSWORD})[
            "token"
        ]
        self._bucket = f"/buckets/{rig.bucket.pk}"

    def ask(self, method: str, door: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        self._connection.request(
            method, f"/api{door}", json.dumps(body) if body is not None else None, headers
        )
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {door} answered {answer.status}: {content[:300]!r}")
        return json.loads(content)

    def files(self, query: str) -> Any:
        return self.ask("GET", f"{self._bucket}/files?{query}")

    def urls(self, keys: list[str]) -> None:
        if len(self.ask("POST", f"{self._bucket}/urls", {"keys": keys})) != len(keys):
            raise RuntimeError("not every key has links")


def wire_listing(rig: Rig) -> list[Figure]:
    """20 rows of a stored folder of 100,000, at its beginning, its end, and behind a cursor."""
    rig.await_listing()
    rig.stay_fresh()
    program = Program(rig)
    if program.files("limit=20")["total"] != ENTRIES:
        raise RuntimeError("the total is wrong")
    before = rig.processor_seconds()
    first = timed(lambda: program.files("limit=20"), times=100, warm_up=0)
    processor = (rig.processor_seconds() - before) / 100
    middle = program.files("cursor=&limit=10000")["nextCursor"]
    behind = timed(lambda: program.files(f"cursor={middle}&limit=20"), times=100)
    deep = timed(lambda: program.files(f"limit=20&offset={ENTRIES - 20}"), times=30)
    return [
        *spread(f"20 rows of {ENTRIES:,} for a program", first, "≤ 40 ms"),
        Figure("The same, processor time of the web process", milliseconds(processor)),
        Figure("Queries for it", str(queries(rig)), "≤ 4"),
        *spread("The same behind a cursor", behind, "≤ 40 ms"),
        *spread("The same by number, the last 20", deep, ""),
    ]


def queries(rig: Rig) -> int:
    """How many queries a listing asks, counted in this process; the one for the session is the same with a token."""
    client = Client()
    client.force_login(rig.person)
    door = f"/api/buckets/{rig.bucket.pk}/files"
    client.get(door)
    with CaptureQueriesContext(connection) as captured:
        client.get(door)
    return len(captured)


def wire_urls(rig: Rig) -> list[Figure]:
    """Links to 1,000 and to 20,000 files of a stored folder, private: signed, and handed out again."""
    rig.await_listing()
    rig.stay_fresh()
    program = Program(rig)
    keys = keys_of_a_flat_folder(ENTRIES)
    chunks = (keys[start : start + 1000] for start in count(0, 1000))
    cold = timed(lambda: program.urls(next(chunks)), times=20)
    stored = timed(lambda: program.urls(keys[:1000]), times=20)
    StoredUrl.objects.all().delete()
    before = rig.processor_seconds()
    many = timed(lambda: program.urls(keys[:20_000]), times=1, warm_up=0)[0]
    processor = rig.processor_seconds() - before
    again = min(timed(lambda: program.urls(keys[:20_000]), times=3, warm_up=0))
    return [
        *spread("Links to 1,000 files, new", cold, "≤ 300 ms"),
        *spread("Links to 1,000 files, stored", stored, "≤ 60 ms"),
        Figure("Links to 20,000 files, new", milliseconds(many), "≤ 3 s"),
        Figure("The same, processor time of the web process", milliseconds(processor)),
        Figure("Links to 20,000 files, stored", milliseconds(again), "≤ 3 s"),
    ]


def wire_presign(rig: Rig) -> list[Figure]:
    """A batch of 1,000 new files: checks, one question to S3, signatures, rows, audit."""
    rig.await_listing()
    program = Program(rig)

    def batch() -> None:
        wanted = [
            {"bucketId": str(rig.bucket.pk), "path": "new", "filename": f"{uuid.uuid4().hex}.jpg", "size": number,
             "contentType": "image/jpeg"}
            for number in range(1000)
        ]  # fmt: skip
        if len(program.ask("POST", "/upload/presign", wanted)) != 1000:
            raise RuntimeError("not all were signed")

    batch()
    before = rig.processor_seconds()
    times = timed(batch, times=10, warm_up=0)
    processor = (rig.processor_seconds() - before) / 10
    return [
        *spread("Presign of 1,000 files for a program", times, "≤ 1 s"),
        Figure("The same, processor time of the web process", milliseconds(processor)),
    ]
