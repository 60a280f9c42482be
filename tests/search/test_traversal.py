"""What is known and what is listed, as one stream."""

import asyncio
import uuid
from contextlib import aclosing

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from buckets.connection import Connection
from buckets.paths import Reach, Rights
from buckets.s3.errors import S3AccessDenied
from search.events import CacheHit, Complete, Failed, FolderDone, Found, Traversing
from search.hits import FILE, Hit
from search.matching import parse
from search.traversal import Known, Wanted, traverse
from tests.search.test_sifting import leaves

NOTHING = Known()
REACH = Reach(
    Connection(uuid.UUID(int=1), "press", "eu-west-1", "", "", "virtual", "", "", 1),
    bucket_code="PRESS",
    bucket_title="Press",
    root="team/",
    rights=Rights(),
    size_limit=1,
)


def answers(known=NOTHING, hits=(), problem=None):
    async def told():
        if problem:
            raise problem
        yield known
        yield list(hits)

    return told


class Pages:
    """A listing of these pages, which may fail in the end, or never end; notes whether it was closed."""

    def __init__(self, *pages, problem=None, is_endless=False):
        self.pages, self.problem, self.is_endless, self.is_closed = pages, problem, is_endless, False
        self.asked = []

    async def __call__(self, folder, is_level):
        self.asked.append((folder.text, is_level))
        try:
            for page in self.pages:
                yield page
            if self.is_endless:
                await asyncio.sleep(60)
            if self.problem:
                raise self.problem
        finally:
            self.is_closed = True


@async_to_sync
async def everything(index, pages, path=""):
    wanted = Wanted(REACH, REACH.folder(path), parse("plan"))
    return [event async for event in traverse(wanted, answers=index, pages=pages)]


def keys_of(events):
    return sorted(hit.key for event in events if isinstance(event, Found) for hit in event.hits)


def test_tells_hits_of_both_once():
    known = Known(folders={"team/a/"})
    index = answers(known, [Hit(FILE, "team/a/", "plan 1.txt")])
    pages = Pages(*leaves(["team/a/plan 1.txt", "team/b/plan 2.txt"]))

    told = everything(index, pages)

    assert keys_of(told) == ["team/a/plan 1.txt", "team/b/plan 2.txt"]
    assert CacheHit("", 1) in told
    assert told[0] == Traversing("")
    assert told[-2:] == [FolderDone(""), Complete(2)]


def test_tells_first_hits_before_it_hears_how_much_is_known():
    asks = asyncio.Event()

    async def told():
        yield [Hit(FILE, "team/a/", "plan 1")]
        await asks.wait()
        yield Known(folders={"team/a/"})
        yield [Hit(FILE, "team/a/", "plan 2")]

    async def listen():
        wanted = Wanted(REACH, REACH.folder(""), parse("plan"))
        pages = Pages(*leaves(["team/a/plan 1", "team/a/plan 2", "team/plan"]))
        async with aclosing(traverse(wanted, answers=told, pages=pages)) as events:
            first = [await anext(events), await anext(events)]
            assert not pages.asked
            asks.set()
            return first, [event async for event in events]

    first, others = async_to_sync(listen)()

    assert first == [Traversing(""), Found([Hit(FILE, "team/a/", "plan 1")])]
    assert keys_of(others) == ["team/a/plan 2", "team/plan"]
    assert CacheHit("", 2) in others


def test_lists_nothing_when_everything_is_known():
    pages = Pages(problem=AssertionError("it was listed"))

    told = everything(answers(Known(is_elsewhere=False), [Hit(FILE, "team/", "plan")]), pages)

    assert keys_of(told) == ["team/plan"]
    assert told[-1] == Complete(0)


def test_tells_what_it_found_before_it_failed():
    problem = S3AccessDenied(action="s3:ListBucket")

    told = everything(answers(), Pages(*leaves(["team/plan"]), problem=problem), path="")

    assert keys_of(told) == ["team/plan"]
    assert [type(event) for event in told if isinstance(event, Failed | Complete)] == [Failed]
    assert told[-1] == Failed(problem)


def test_says_so_when_the_database_is_away():
    problem = OperationalError("gone")

    assert everything(answers(problem=problem), Pages())[1:] == [Failed(problem)]


@pytest.mark.parametrize("taken", [1, 2])
def test_stops_listing_when_nobody_listens_any_more(taken):
    pages = Pages(*leaves(["team/plan"]), is_endless=True)

    @async_to_sync
    async def listen():
        wanted = Wanted(REACH, REACH.folder(""), parse("plan"))
        async with aclosing(traverse(wanted, answers=answers(), pages=pages)) as events:
            for _ in range(taken):
                await anext(events)

    listen()

    assert pages.is_closed is (taken > 1)


class Bucket:
    """Lists these keys as S3 does."""

    def __init__(self, *keys):
        self.keys, self.asked = keys, []

    async def __call__(self, folder, is_level):
        self.asked.append((folder.text, is_level))
        inside = [key for key in self.keys if key.startswith(folder.text)]
        deep = {key for key in inside if "/" in key[len(folder.text) :]} if is_level else set()
        page = leaves([key for key in inside if key not in deep])[0]
        page.prefixes = sorted({f"{folder.text}{key[len(folder.text) :].partition('/')[0]}/" for key in deep})
        yield page


def test_lists_only_what_changed_and_what_is_new_there():
    known = Known(
        folders={"team/", "team/a/", "team/old/"}, is_elsewhere=False, levels=("team/b/",), trees=("team/c/",)
    )
    index = answers(known, [Hit(FILE, "team/a/", "plan 1")])
    bucket = Bucket(
        "team/a/plan 1", "team/b/plan 2", "team/b/plan/new/plan 3", "team/c/d/plan 4", "team/old/plan"
    )

    told = everything(index, bucket)

    assert keys_of(told) == [
        "team/a/plan 1", "team/b/plan 2", "team/b/plan/", "team/b/plan/new/plan 3", "team/c/d/plan 4"
    ]  # fmt: skip
    assert sorted(bucket.asked) == [("team/b/", True), ("team/b/plan/", False), ("team/c/", False)]


def test_lists_all_in_one_go_where_much_has_changed():
    known = Known(folders={"team/"}, is_elsewhere=False, levels=[f"team/{number}/" for number in range(100)])
    bucket = Bucket("team/7/plan")

    assert keys_of(everything(answers(known), bucket)) == ["team/7/plan"]
    assert bucket.asked == [("team/", False)]
