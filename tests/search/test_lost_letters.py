"""Any letter between a lister and whoever relays may be lost: every search ends all the same, and nothing stays behind."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from django.utils import timezone
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as NoAnswer

from search import exchange, post, runs, worker
from search.asking import Asked
from search.events import Complete
from search.hits import FILE, Hit
from search.lines import lines_of
from search.post import Post
from search.running import Lines
from search.streams import end
from tests.search.sockets import hang_up

pytestmark = pytest.mark.asyncio

SOUGHT = Asked(uuid4(), uuid4(), "plan")
LINES = list(lines_of([Hit(FILE, "", f"plan {number}") for number in range(40)], root=""))
GENEROUS = 8.0


async def forty_words(asked, **_):
    for line in LINES:
        yield Lines.of([line])
        await asyncio.sleep(0.002)
    yield Complete(40)


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings):
    settings.SEARCH_BOXES = f"{settings.SEARCH_BOXES}{uuid4().hex}:"
    monkeypatch.setattr(post, "ALIVE_SECONDS", 1)
    monkeypatch.setattr(post, "RENEW_EVERY", 0.1)
    monkeypatch.setattr(exchange, "LISTER_SILENT", 0.2)
    monkeypatch.setattr(exchange, "TAKEN_WITHIN", 0.2)
    monkeypatch.setattr(exchange, "_AGAIN_AFTER", 0.1)
    monkeypatch.setattr(worker, "run", forty_words)
    monkeypatch.setattr(runs, "run", forty_words)


@asynccontextmanager
async def a_lister():
    made = worker.Worker(clock=timezone.now)
    working = asyncio.create_task(made.work())
    while not await exchange.exchange()._post.has_listers():
        await asyncio.sleep(0.01)
    try:
        yield made
    finally:
        await end(working)
        await hang_up()


async def told(asked=SOUGHT):
    async with asyncio.timeout(GENEROUS):
        return [word async for word in runs.run_somewhere(asked, now=timezone.now())]


async def until_idle(lister):
    async with asyncio.timeout(GENEROUS):
        while lister._running:
            await asyncio.sleep(0.02)


def losing(monkeypatch, kind, number, how):
    """The `number`th letter of this kind is lost: before Redis had it, after, or where it should have been read."""
    send, seen = Post.send, []

    async def lossy(self, to, letter):
        if letter.kind == kind:
            seen.append(letter)
        is_it = letter.kind == kind and len(seen) == number
        if not is_it or how == "taken, though it seems not":
            await send(self, to, letter)
        if is_it and how != "never read":
            raise NoAnswer

    monkeypatch.setattr(Post, "send", lossy)
    return seen


@pytest.mark.parametrize(
    ("kind", "number", "how"),
    [
        ("?", 1, "taken, though it seems not"),
        ("?", 1, "never read"),
        ("T", 1, "not taken"),
        ("T", 1, "never read"),
        ("W", 3, "not taken"),
        ("W", 3, "taken, though it seems not"),
        ("W", 3, "never read"),
        ("M", 1, "not taken"),
        ("M", 1, "never read"),
        ("M", 2, "never read"),
        ("R", 1, "not taken"),
    ],
)
async def test_a_search_ends_whatever_letter_is_lost(monkeypatch, kind, number, how):
    seen = losing(monkeypatch, kind, number, how)

    async with a_lister() as lister:
        said = await told()
        await until_idle(lister)

    assert [word for word in said if isinstance(word, Complete)] == [said[-1]]
    assert [line for word in said if isinstance(word, Lines) for line in word.lines] == LINES
    assert len(seen) >= number or kind == "R"


@pytest.mark.parametrize("last", ["S", "G"])
async def test_nobody_waits_when_the_last_word_about_a_search_is_lost(monkeypatch, last):
    losing(monkeypatch, last, 1, "never read")

    async with a_lister() as lister:
        words = exchange.exchange().search(SOUGHT)
        await anext(words)
        if last == "S":
            await words.aclose()
        else:
            (running,) = lister._running.values()
            lister._stop(running)
            # Being told to stop may take a second time, and whoever reads on meanwhile may see the end.
            await until_idle(lister)
            async with asyncio.timeout(GENEROUS):
                with pytest.raises(exchange.Interrupted):
                    [word async for word in words]
        await until_idle(lister)


async def test_the_end_comes_though_the_reader_stood_still(monkeypatch):
    async with a_lister() as lister:
        mine = exchange.exchange()
        words = runs.run_somewhere(SOUGHT, now=timezone.now())
        said = [await anext(words)]
        # It seems dead, and what was sent to it is thrown away.
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(Post, "is_alive", only_listers(Post.is_alive))
            await until_idle(lister)
            await mine._post._redis.delete(mine._post._prefix + mine._post.name)
        async with asyncio.timeout(GENEROUS):
            said += [word async for word in words]

    assert isinstance(said[-1], Complete)


def only_listers(is_alive):
    async def seems_alive(self, name):
        return name.startswith("lister") and await is_alive(self, name)

    return seems_alive


async def test_leaves_nothing_behind_for_ever(settings):
    async with a_lister():
        await told()
        stopped = exchange.exchange().search(SOUGHT)
        await anext(stopped)
        await stopped.aclose()
        redis = Redis.from_url(settings.REDIS_URL)
        left = [key async for key in redis.scan_iter(f"{settings.SEARCH_BOXES}*")]
        lives = [await redis.ttl(key) for key in left]
        await redis.aclose()

    assert left
    assert -1 not in lives


async def test_takes_back_what_nobody_took_before_it_was_called_off(monkeypatch, settings):
    monkeypatch.setattr(worker, "MOST_AT_ONCE", 0)
    async with a_lister():
        asking = asyncio.create_task(anext(exchange.exchange().search(SOUGHT)))
        await asyncio.sleep(0.1)
        await end(asking)
        redis = Redis.from_url(settings.REDIS_URL)
        left = await redis.llen(f"{settings.SEARCH_BOXES}{post.WANTED}")
        await redis.aclose()

    assert left == 0
