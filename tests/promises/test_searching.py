"""Searches over sockets of real web processes and listers: many at once, slow readers, and a lister that is killed."""

import asyncio
import json
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from accounts.models import User
from benchmarks.fake_s3 import FakeS3, keys_of_a_tree
from buckets.models import Bucket
from files.models import BucketIndex
from tests import people
from tests.boundaries.source import REPO
from tests.browser import live
from tests.permissions.cast import bucket_in
from tests.promises.conftest import Webs, cookie_of
from tests.promises.ear import Ear, hear_all
from tests.promises.test_many_sockets import memory_of
from tests.search.sockets import token_of

KEYS = sorted((f"team/{key}" for key in keys_of_a_tree(200, 150)), key=str.encode)
PATIENCE = 45.0
DEAF = 10


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[FakeS3, str]]:
    fake = FakeS3({"press-kit": KEYS})
    with fake.running() as endpoint:
        yield fake, endpoint


@pytest.fixture
def bucket(mark: User, shop: tuple[FakeS3, str]) -> Bucket:
    shop[0].latency = 0.0
    made = bucket_in(shop[1])
    people.assign(mark, made, root="team/")
    return made


@contextmanager
def lister(webs: Webs) -> Iterator["subprocess.Popen[bytes]"]:
    """One lister for these web processes."""
    with webs.running[0].log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "lister"],
            cwd=REPO, env=dict(webs.running[0].environ), stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def await_lister(webs: Webs) -> None:
    """Returns when a search is taken by a lister; before, the web process would run it."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(subprocess.CalledProcessError):
            webs.running[0].manage("lister", "--check")
            return
        assert time.monotonic() < until, "no lister came"


async def search(
    url: str, message: dict[str, Any], *, heard: "asyncio.Event | None" = None
) -> list[dict[str, Any]]:
    """All that is said to this first message."""
    said = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=5)) as line,
    ):
        await line.send_json(message)
        async for frame in line:
            said.append(json.loads(frame.data))
            if heard is not None and said[-1]["type"] == "results":
                heard.set()
    return said


def items(said: list[dict[str, Any]]) -> list[str]:
    return sorted(item["full_path"] for one in said if one["type"] == "results" for item in one["items"])


def ends(said: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in said if one["type"] in ("complete", "error")]


def test_a_killed_lister_loses_nothing(
    webs: Webs, mark: User, bucket: Bucket, shop: tuple[FakeS3, str], figure: Callable[[str], None]
) -> None:
    shop[0].latency = 0.1
    message = {"token": token_of(mark), "q": "file", "batch": True}

    async def story(first: "subprocess.Popen[bytes]") -> tuple[list[list[dict[str, Any]]], float]:
        heard = [asyncio.Event() for _ in webs.urls]
        searches = [
            asyncio.create_task(search(f"{url}/api/buckets/{bucket.pk}/search", message, heard=one))
            for url, one in zip(webs.urls, heard, strict=True)
        ]
        for one in heard:
            async with asyncio.timeout(PATIENCE):
                await one.wait()
        first.kill()
        killed = time.monotonic()
        return await asyncio.gather(*searches), time.monotonic() - killed

    with lister(webs) as first:
        everything, took = async_to_sync(story)(first)

    expected = [key for key in KEYS if "file" in key.rpartition("/")[2]]
    assert expected
    for said in everything:
        assert ends(said) == ["complete"], said[-1]
        assert items(said) == expected
    figure(f"a lister killed under {len(everything)} searches of {len(KEYS)} keys: whole {took:.1f} s after")


def test_a_search_of_very_many_answers_the_next(
    webs: Webs, mark: User, figure: Callable[[str], None]
) -> None:
    fake = FakeS3(
        {"press-kit": [f"{folder:03}/file {number:03}.txt" for folder in range(170) for number in range(300)]}
    )
    message = {"token": token_of(mark), "q": "file 299", "batch": True}
    with fake.running() as endpoint, lister(webs):
        made = bucket_in(endpoint)
        people.assign(mark, made, root="")
        url = f"{webs.urls[0]}/api/buckets/{made.pk}/search"
        await_lister(webs)
        first = async_to_sync(search)(url, message)
        over = time.monotonic()
        while not BucketIndex.objects.filter(bucket=made, listed_at__isnull=False).exists():
            assert time.monotonic() - over < PATIENCE, "it was not stored"
            time.sleep(0.1)
        stored = time.monotonic() - over
        asked = fake.requests["list"]
        second = async_to_sync(search)(url, message)

    assert ends(first) == ends(second) == ["complete"]
    assert items(first) == items(second) == [f"{folder:03}/file 299.txt" for folder in range(170)]
    assert fake.requests["list"] == asked
    known = BucketIndex.objects.get(bucket=made)
    assert (known.file_count, known.folder_count, known.key_count, known.problem) == (51_000, 170, 51_000, "")
    figure(f"51,000 keys that a search listed stored {stored:.1f} s after it")


def test_33_searches_at_once_and_again(
    webs: Webs, mark: User, bucket: Bucket, figure: Callable[[str], None]
) -> None:
    message = {"token": token_of(mark), "q": "nothing-here", "prefix": "", "scope": "level"}

    async def burst() -> list[list[dict[str, Any]]]:
        return await asyncio.gather(
            *(
                search(f"{webs.urls[number % 2]}/api/buckets/{bucket.pk}/search", message)
                for number in range(33)
            )
        )

    async def story() -> list[list[dict[str, Any]]]:
        first = asyncio.create_task(burst())
        await asyncio.sleep(1)
        return [*await burst(), *await first]

    with lister(webs):
        started = time.monotonic()
        said = async_to_sync(story)()
        took = time.monotonic() - started

    assert [ends(one) for one in said] == [["complete"]] * 66
    figure(f"33 searches at once and 33 a second later: all complete after {took:.1f} s")


def test_a_reader_that_stops_costs_little_and_is_closed(
    webs: Webs, mark: User, bucket: Bucket, listen: Callable[..., Ear], figure: Callable[[str], None]
) -> None:
    each, took = _cost_of_readers_that_stop(webs, webs.running[0], mark, bucket, listen)

    figure(f"{DEAF} readers that stopped: {each:.2f} MB each, closed {took:.1f} s after (patience here: 5 s)")


@pytest.mark.full_promises
def test_a_reader_that_stops_is_closed_with_the_patience_that_is_sold(
    webs: Webs, mark: User, bucket: Bucket, listen: Callable[..., Ear], figure: Callable[[str], None]
) -> None:
    web = webs.start("web-3", "tests.promises.patient_settings")
    try:
        each, took = _cost_of_readers_that_stop(webs, web, mark, bucket, listen)
    finally:
        web.stop()

    assert took > settings.SEARCH_READER_PATIENCE
    figure(f"{DEAF} readers that stopped, with full patience: {each:.2f} MB each, closed {took:.1f} s after")


def _cost_of_readers_that_stop(
    webs: Webs, web: live.Live, mark: User, bucket: Bucket, listen: Callable[..., Ear]
) -> tuple[float, float]:
    """MB that each takes of the web process, and the seconds after which the last is closed; both as promised."""
    path = f"/api/buckets/{bucket.pk}/search"
    message = {"token": token_of(mark), "q": "file"}

    async def readers() -> None:
        await asyncio.gather(*(search(f"{web.url}{path}", {**message, "batch": True}) for _ in range(DEAF)))

    with lister(webs):
        # What a process needs for so many at once it keeps, whoever they are.
        async_to_sync(readers)()
        before = memory_of(web.processes[0].pid)
        deaf = [listen(web.url, path=path, origin="") for _ in range(DEAF)]
        started = time.monotonic()
        for ear in deaf:
            ear.say(json.dumps(message).encode())
        most = before
        while _connections(web.url) and time.monotonic() - started < PATIENCE:
            most = max(most, memory_of(web.processes[0].pid))
            time.sleep(0.2)
        took = time.monotonic() - started

    assert took < PATIENCE
    each = (most - before) / len(deaf)
    assert each <= 2
    return each, took


def _frame(head: int, body: bytes, *, size: int | None = None) -> bytes:
    """A frame masked with nothing, that says it is `size` long."""
    size = len(body) if size is None else size
    told = (
        bytes([0x80 | size])
        if size < 126
        else b"\xfe" + struct.pack(">H", size)
        if size < 65_536
        else b"\xff" + struct.pack(">Q", size)
    )
    return bytes([head]) + told + bytes(4) + body


LONG = b'{"q": "' + b"x" * 70_000 + b'"}'


@pytest.mark.parametrize(
    "sent",
    [
        [_frame(0x81, LONG)],
        [_frame(0x82, LONG)],
        [_frame(0x81, LONG * 40)],
        [_frame(0x81, b"", size=2**40)],
        [_frame(0x01, LONG[:40_000]), _frame(0x80, LONG[40_000:])],
        [_frame(0x02, LONG[:65_536]), *[_frame(0x00, b"x" * 65_536)] * 20, _frame(0x80, b"")],
    ],
    ids=["text", "binary", "megabytes", "only_said", "in_two_parts", "in_many_parts"],
)
def test_says_so_of_a_message_that_is_too_long(
    webs: Webs, mark: User, listen: Callable[..., Ear], sent: list[bytes]
) -> None:
    ear = listen(webs.urls[0], path=f"/api/buckets/{mark.pk}/search", origin="")
    for frame in sent:
        ear.line.sendall(frame)

    hear_all([ear], seconds=10)

    assert [json.loads(said)["code"] for said in ear.said] == ["VALIDATION_ERROR"]
    assert ear.code == 1000


def test_a_page_may_go_on_after_a_message_that_is_too_long(
    webs: Webs, mark: User, listen: Callable[..., Ear]
) -> None:
    ear = listen(webs.urls[0], cookie_of(mark), path="/ws/search")
    for sent in (LONG, b'{"type": "dance"}', LONG):
        ear.say(sent)
    hear_all([ear], seconds=2)

    assert [json.loads(said)["code"] for said in ear.said] == ["VALIDATION_ERROR"] * 3
    assert ear.closed_at is None


def _connections(url: str) -> int:
    """How many clients the web process at `url` has, as the system counts them."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)


@pytest.mark.full_promises
def test_five_hundred_search_sockets_are_held(
    webs: Webs, transactional_db: None, listen: Callable[..., Ear], figure: Callable[[str], None]
) -> None:
    crowd = [
        User.objects.create_user(email=f"s{number}@example.com", name="S", password=people.PASSWORD)
        for number in range(5)
    ]
    web = webs.running[0]
    cookies = [cookie_of(person) for person in crowd]
    hear_all([listen(web.url, cookies[0], path="/ws/search")], seconds=1)
    before = memory_of(web.processes[0].pid)

    ears = [listen(web.url, cookie, path="/ws/search") for cookie in cookies for _ in range(100)]
    for ear in ears:
        ear.say(json.dumps({"type": "stop", "search": "which?"}).encode())
    hear_all(ears, seconds=5)

    assert all(ear.closed_at is None for ear in ears)
    assert {json.loads(ear.said[0])["code"] for ear in ears} == {"VALIDATION_ERROR"}
    each = (memory_of(web.processes[0].pid) - before) * 1024 / len(ears)
    figure(f"{len(ears)} sockets of search pages at one process: {each:.0f} kB each")
