"""Searches run by listers: handed out, sent back, slowed down, stopped, and given to another one."""

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress

import pytest
from channels.layers import channel_layers
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from buckets.access import NoSuchBucket
from buckets.paths import Malformed
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from files.remembering import settle
from mediabridge import switchboard
from search import exchange, post, running, runs, worker
from search.asking import Asked
from search.consumers.refusals import error_of
from search.events import CacheHit, Complete, Failed, FolderDone, Traversing
from search.hits import FILE, Hit
from search.lines import lines_of
from search.matching import Filters
from search.post import Letter, Post
from search.running import Lines
from search.streams import end
from search.words import Interrupted, of_bytes, to_bytes
from tests import people
from tests.permissions.cast import bucket_in
from tests.search.sockets import asked, hang_up, sleep, store, token_of, until_asleep

KEYS = [f"team/{folder:02}/plan {number:03}.txt" for folder in range(20) for number in range(150)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings, request):
    channel_layers.backends.clear()
    switchboard.board._sockets.clear()
    settings.SEARCH_BOXES = f"{settings.SEARCH_BOXES}{abs(hash(request.node.name))}:"
    monkeypatch.setattr(post, "ALIVE_SECONDS", 1)
    monkeypatch.setattr(post, "RENEW_EVERY", 0.2)
    monkeypatch.setattr(exchange, "LISTER_SILENT", 0.3)


@pytest.fixture(scope="module")
def shop():
    with store(*KEYS) as (fake, endpoint):
        yield fake, endpoint


@pytest.fixture
def place(shop, mark):
    shop[0].latency = 0.0
    bucket = bucket_in(shop[1])
    people.assign(mark, bucket, root="team/")
    return token_of(mark), f"/api/buckets/{bucket.pk}/search", Asked(mark.pk, bucket.pk, "plan")


@asynccontextmanager
async def listers(count=1):
    """So many listers, in this process: the task of each."""
    tasks = [asyncio.create_task(worker.Worker(clock=timezone.now).work()) for _ in range(count)]
    watcher = exchange.exchange()
    while not await watcher._post.has_listers():
        await asyncio.sleep(0.01)
    try:
        yield tasks
    finally:
        await end(*tasks)
        await hang_up()


async def told(asked):
    return [word async for word in runs.run_somewhere(asked, now=timezone.now())]


def hits(words):
    return [json.loads(line)["full_path"] for word in words if isinstance(word, Lines) for line in word.lines]


async def rest_of(words):
    return [word async for word in words]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
class TestListers:
    async def test_answers_a_socket(self, place, monkeypatch):
        monkeypatch.setattr(runs, "run", None)
        token, path, _ = place

        async with listers():
            said = await asked(path, {"token": token, "q": "plan", "batch": True})

        assert {
            item["full_path"] for one in said if one["type"] == "results" for item in one["items"]
        } == set(KEYS)
        assert said[-1] == {"type": "complete"}

    async def test_answers_from_what_the_last_one_listed(self, place, shop):
        async with listers():
            first = await told(place[2])
            await asyncio.to_thread(settle, patience=20)
            before = shop[0].requests["list"]
            again = await told(place[2])

        assert sorted(hits(again)) == sorted(hits(first)) == KEYS
        assert CacheHit("", len(KEYS)) in again
        assert shop[0].requests["list"] == before

    async def test_tells_redis_no_secret(self, place, monkeypatch):
        token, path, _ = place
        told_to_redis = []
        send = Post.send

        async def noting(self, to, letter):
            told_to_redis.append(letter.to_bytes())
            await send(self, to, letter)

        monkeypatch.setattr(Post, "send", noting)

        async with listers():
            await asked(path, {"token": token, "q": "plan", "prefix": "07", "scope": "level"})

        everything = b" ".join(told_to_redis)
        assert b"plan" in everything
        assert token.encode() not in everything
        assert b"a-secret-nobody-needs" not in everything

    async def test_sends_no_further_ahead_than_is_taken(self, place, monkeypatch):
        sent = []
        send = Post.send

        async def noting(self, to, letter):
            if letter.kind == "W":
                sent.extend(of_bytes(letter.body.partition(b"\n")[2]))
            await send(self, to, letter)

        monkeypatch.setattr(Post, "send", noting)

        async with listers():
            words = exchange.exchange().search(place[2])
            await anext(words)
            while len(sent) < worker.AHEAD:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            ahead = len(sent)
            rest = [word async for word in words]

        assert ahead == worker.AHEAD
        assert len(hits(rest)) >= len(KEYS) - 100
        assert isinstance(rest[-1], Complete)

    async def test_stops_when_nobody_listens_any_more(self, place, shop):
        shop[0].latency = 0.2
        async with listers():
            words = exchange.exchange().search(place[2])
            await anext(words)
            await words.aclose()
            await asyncio.sleep(0.2)
            before = shop[0].requests["list"]
            await asyncio.sleep(0.4)

            assert shop[0].requests["list"] == before

    async def test_ends_what_the_database_is_at_when_nobody_listens(
        self, place, monkeypatch, record_property
    ):
        def slowly(*_, **__):
            sleep()
            yield

        monkeypatch.setattr(running, "stored", slowly)
        async with listers():
            words = exchange.exchange().search(place[2])
            await anext(words)
            await until_asleep(1)
            closed = time.monotonic()
            await words.aclose()
            await until_asleep(0)
            took = time.monotonic() - closed

        assert took < 2
        record_property("closed_after", f"{took:.3f} s")

    async def test_stops_when_its_listener_died(self, place, shop):
        async with listers() as (lister,):
            mine = exchange.exchange()
            words = mine.search(place[2])
            await anext(words)
            for helper in mine._helpers:
                helper.cancel()
            await asyncio.sleep(2.2)

            assert not lister.done()
            assert not [task for task in asyncio.all_tasks() if "_serve" in repr(task.get_coro())]
            with suppress(Interrupted):
                await words.aclose()

    async def test_gives_a_search_to_another_when_its_lister_ends(self, place, shop):
        shop[0].latency = 0.05
        async with listers(2) as tasks:
            words = runs.run_somewhere(place[2], now=timezone.now())
            said = [await anext(words), await anext(words)]
            (running,) = [task for task in asyncio.all_tasks() if "_serve" in repr(task.get_coro())]
            (lister,) = [task for task in tasks if _runs(task, running)]
            await end(lister)
            said += [word async for word in words]

        assert sorted(hits(said)) == KEYS
        assert not [word for word in said if isinstance(word, runs.Slowly)]

    async def test_waits_a_while_for_a_lister_that_takes_the_place_of_its_own(self, place, shop):
        shop[0].latency = 0.05
        async with listers() as (lister,):
            words = runs.run_somewhere(place[2], now=timezone.now())
            said = [await anext(words), await anext(words)]
            await end(lister)
            rest = asyncio.create_task(rest_of(words))
            await asyncio.sleep(0.3)
            async with listers():
                said += await rest

        assert sorted(hits(said)) == KEYS
        assert not [word for word in said if isinstance(word, runs.Slowly)]

    async def test_runs_here_when_the_last_lister_ends(self, place, shop, monkeypatch):
        monkeypatch.setattr(runs, "ANOTHER_WITHIN", 0.1)
        shop[0].latency = 0.05
        async with listers() as (lister,):
            words = runs.run_somewhere(place[2], now=timezone.now())
            said = [await anext(words), await anext(words)]
            await end(lister)
            said += [word async for word in words]

        assert sorted(hits(said)) == KEYS
        assert [word for word in said if isinstance(word, runs.Slowly)]

    async def test_begins_nothing_again_that_was_told_for_long(self, place, monkeypatch):
        monkeypatch.setattr(runs, "REMEMBERED", 50)
        async with listers() as (lister,):
            words = runs.run_somewhere(place[2], now=timezone.now())
            while not isinstance(await anext(words), Lines):
                pass
            await end(lister)
            with pytest.raises(Interrupted):
                [word async for word in words]

    async def test_passes_refusals_on(self, place):
        async with listers():
            (end,) = await told(Asked(place[2].user_id, place[2].user_id, "plan"))

        assert isinstance(end.problem, NoSuchBucket)

    async def test_runs_here_where_there_is_no_lister(self, place):
        said = await told(place[2])
        await hang_up()

        assert isinstance(said[0], runs.Slowly)
        assert sorted(hits(said)) == KEYS

    async def test_runs_here_while_redis_is_away(self, place, settings):
        settings.REDIS_URL = "redis://127.0.0.1:9/0"

        said = await told(place[2])
        await hang_up()

        assert sorted(hits(said)) == KEYS

    async def test_runs_here_what_no_lister_takes(self, place, monkeypatch):
        monkeypatch.setattr(exchange, "TAKEN_WITHIN", 0.1)
        monkeypatch.setattr(worker, "MOST_AT_ONCE", 0)
        async with listers():
            said = await told(place[2])

        assert isinstance(said[0], runs.Slowly)
        assert sorted(hits(said)) == KEYS

    async def test_takes_many_at_once(self, place):
        token, path, _ = place
        message = {"token": token, "q": "plan", "prefix": "07", "scope": "level", "batch": True}
        async with listers():
            every = await asyncio.gather(*(asked(path, message) for _ in range(33)))

        assert all(said[-1] == {"type": "complete"} for said in every)


def _runs(lister, serving):
    return serving in {one.task for one in lister.get_coro().cr_frame.f_locals["self"]._running.values()}


@pytest.mark.asyncio
async def test_listers_of_one_bucket_share_its_budget(settings):
    several = [Post(settings.REDIS_URL, prefix=settings.SEARCH_BOXES, kind="lister") for _ in range(3)]

    shares = [await one.sharers("bucket", seconds=0.3) for one in several]
    await asyncio.sleep(0.35)
    shares.append(await several[0].sharers("bucket", seconds=1))
    for one in several:
        await one.leave()

    assert shares == [1, 2, 3, 1]


@pytest.mark.parametrize(
    "word",
    [
        Lines.of(["{}", '{"a":"ü"}']),
        Traversing("a/", 7),
        CacheHit("", 2),
        FolderDone("x"),
        Complete(9),
    ],
)
def test_words_cross(word):
    assert list(of_bytes(to_bytes(word))) == [word]
    assert list(of_bytes(to_bytes(word, Complete(1), word))) == [word, Complete(1), word]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (S3AccessDenied(action="s3:ListBucket"), "S3_ERROR"),
        (S3Unavailable(retry_after=7, code="SlowDown"), "S3_ERROR"),
        (NoSuchBucket(), "FORBIDDEN"),
        (Malformed("q", "Type at least 3 characters."), "VALIDATION_ERROR"),
        (OperationalError("host=secret"), "S3_ERROR"),
    ],
)
def test_problems_cross(problem, code):
    (word,) = of_bytes(to_bytes(Failed(problem)))
    crossed = word.problem

    assert type(crossed) is type(problem)
    assert error_of(crossed) == error_of(problem)
    assert error_of(crossed)["code"] == code
    assert b"secret" not in to_bytes(Failed(problem))


def test_what_is_asked_crosses(mark):
    filters = Filters(groups=frozenset({"image"}), since=timezone.now(), smallest=3)
    one = Asked(
        mark.pk, mark.pk, "plan", token_id=mark.pk, path="a", is_level=True, filters=filters, for_page=True
    )

    assert Asked.of_json(one.to_json()) == one
    assert Asked.of_json(Asked(mark.pk, mark.pk, "x").to_json()) == Asked(mark.pk, mark.pk, "x")


def test_tells_nothing_twice_however_much_comes_after_another_began(monkeypatch):
    monkeypatch.setattr(runs, "REMEMBERED", 4)
    told = runs._Told()
    assert told.fresh(lines("123")) == lines("123")

    told.begin_again()

    assert told.fresh(lines("23")) is None
    assert told.fresh(lines("42567")) == lines("4567")
    assert told.is_too_much
    assert told.fresh(lines("18")) == lines("8")
    assert told.fresh(Complete(8)) == Complete(8)


def test_tells_nothing_twice_though_its_size_is_another_by_now():
    told = runs._Told()
    told.fresh(lines("12", size=1))

    told.begin_again()

    assert told.fresh(lines("123", size=2)) == lines("3", size=2)


def lines(names, size=0):
    return Lines.of(lines_of([Hit(FILE, "", name, size=size) for name in names], root=""))


def test_letters_cross():
    letter = Letter("0" * 32, "W", b"1\nx\x00")

    assert Letter.of_bytes(letter.to_bytes()) == letter


def test_the_command_says_whether_one_runs(settings):
    with pytest.raises(CommandError, match="No lister"):
        call_command("lister", check=True)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(CommandError, match="Redis"):
        call_command("lister", check=True)
