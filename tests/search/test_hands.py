"""Hands dealt round by person; and searches that wait for one."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from django.utils import timezone

from search import exchange, running, runs, worker
from search.asking import Asked
from search.events import Complete
from search.hands import Hand, Hands
from search.hits import FILE, Hit
from search.running import Lines
from search.streams import end
from search.traversal import Known
from tests import people
from tests.permissions.cast import bucket_in
from tests.search.sockets import hang_up

pytestmark = pytest.mark.asyncio


def dealt(turns):
    return sum(turn.done() for turn in turns)


async def test_leaves_hands_for_whoever_comes_next():
    hands = Hands(64)
    asked = [[hands.ask(person) for _ in range(100)] for person in ("ada", "mark", "zoe", "kim")]

    assert list(map(dealt, asked)) == [33, 16, 8, 4]
    assert hands.ask("new").done()


async def test_gives_what_comes_free_to_who_holds_the_fewest():
    hands = Hands(3)
    ada = [hands.ask("ada") for _ in range(5)]
    mark = [hands.ask("mark") for _ in range(5)]
    zoe = hands.ask("zoe")
    assert (dealt(ada), dealt(mark), zoe.done()) == (2, 1, False)

    hands.give_back("ada", ada[0])

    assert zoe.done()
    hands.give_back("ada", ada[1])
    assert [turn.done() for turn in ada] == [True, True, True, False, False]


async def test_goes_round_among_equals():
    hands = Hands(1)
    first = hands.ask("kim")
    turns = {person: [hands.ask(person) for _ in range(2)] for person in ("ada", "mark")}
    order, held = [], ("kim", first)
    for _ in range(4):
        hands.give_back(*held)
        held = next(
            (person, turn)
            for person, mine in turns.items()
            for turn in mine
            if turn.done() and turn not in order
        )
        order.append(held[1])

    assert order == [turns["ada"][0], turns["mark"][0], turns["ada"][1], turns["mark"][1]]


async def test_loses_none_to_those_who_wait_no_longer():
    hands = Hands(2)
    hand = [Hand(hands, "ada") for _ in range(4)]
    taking = [asyncio.create_task(one.take()) for one in hand for _ in range(2)]
    await asyncio.sleep(0)
    await end(*taking)
    for one in hand:
        one.let_go()
        one.let_go()

    assert dealt([hands.ask("mark"), hands.ask("zoe")]) == 2


@pytest.fixture
def sought(mark, rita):
    """What Mark looks for, and what Rita does."""
    bucket = bucket_in("http://127.0.0.1:9")
    people.assign(mark, bucket, root="mark/")
    people.assign(rita, bucket, root="rita/")
    return [Asked(person.pk, bucket.pk, "plan") for person in (mark, rita)]


@pytest.fixture
def listed(monkeypatch, settings):
    """Who lists: nobody is done with it before they may be. A hit is known of each search."""
    settings.SEARCH_BOXES = f"{settings.SEARCH_BOXES}{uuid4().hex}:"
    listing, may_end = Counter(), asyncio.Event()

    def known(wanted, **_):
        yield Known()
        yield [Hit(FILE, wanted.reach.root, "plan.txt")]

    async def begun(reach, *_, **more):
        listing[reach.root] += 1
        await may_end.wait()
        listing[reach.root] -= 1
        for page in ():
            yield page

    monkeypatch.setattr(running, "stored", known)
    monkeypatch.setattr(running, "listing", begun)
    return listing, may_end


async def said_by(*sought):
    """What each search says, as it comes: whoever looks at the lists looks on."""
    said = [[] for _ in sought]

    async def listen(asked, mine):
        async for word in runs.run_somewhere(asked, now=timezone.now()):
            mine.append(word)

    tasks = [asyncio.create_task(listen(asked, mine)) for asked, mine in zip(sought, said, strict=True)]
    return said, asyncio.gather(*tasks)


async def until(is_so):
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


def have_a_hit(said):
    return all(any(isinstance(word, Lines) for word in mine) for mine in said)


@pytest.mark.django_db(transaction=True)
class TestSearches:
    async def test_lists_few_at_once_where_pages_are_served_and_ends_them_all(
        self, sought, listed, monkeypatch
    ):
        monkeypatch.setattr(runs, "_hands", Hands(3))
        listing, may_end = listed
        many, one = sought

        said, all_of_them = await said_by(*[many] * 12)
        await until(lambda: have_a_hit(said))
        others, the_other = await said_by(one)
        await until(lambda: listing["rita/"] == 1)
        await until(lambda: listing["mark/"] >= 2 and have_a_hit(others))
        assert listing["mark/"] == 2
        may_end.set()
        await all_of_them
        await the_other
        await hang_up()

        assert all(sum(isinstance(word, Complete) for word in mine) == 1 for mine in said + others)
        assert runs._hands._free == 3

    async def test_leaves_a_lister_to_others_and_tells_what_is_known_at_once(
        self, sought, listed, monkeypatch
    ):
        monkeypatch.setattr(worker, "HANDS", 4)
        monkeypatch.setattr(worker, "MOST_A_PERSON", 9)
        monkeypatch.setattr(runs, "_hands", Hands(1))
        listing, may_end = listed
        many, one = sought
        working = asyncio.create_task(worker.Worker(clock=timezone.now).work())
        while not await exchange.exchange()._post.has_listers():
            await asyncio.sleep(0.01)

        said, all_of_them = await said_by(*[many] * 10)
        await until(lambda: have_a_hit(said))
        others, the_other = await said_by(one)
        await until(lambda: listing["rita/"] == 1)
        assert have_a_hit(others)
        assert not [word for word in others[0] if isinstance(word, runs.Slowly)]
        await until(lambda: listing["mark/"] >= 4)
        # One more than half of the lister's hands, and the one that was sent back runs here.
        assert listing["mark/"] == 3 + 1
        assert sum(isinstance(mine[0], runs.Slowly) for mine in said) == 1
        may_end.set()
        await all_of_them
        await the_other
        await end(working)
        await hang_up()

        assert all(isinstance(mine[-1], Complete) for mine in said + others)
