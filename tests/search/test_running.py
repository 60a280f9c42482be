"""One search in this process, with a store behind it: what it tells is there, and what it learned it need not learn again."""

import json
from collections import Counter
from contextlib import aclosing
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import RequestBudget
from files import cache, indexing
from files.models import BucketIndex, Folder
from files.remembering import settle
from search.asking import Asked
from search.events import Complete
from search.hands import Hands
from search.running import Budgets, Lines, run
from tests import people
from tests.permissions.cast import bucket_in
from tests.search.sockets import hang_up, store

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ["x/report-1", "x/report-2", "x/report-3", "y/report", "z/deep/report", "z/gone/report"]


@pytest.fixture
def shop(mark):
    """A store whose bucket was listed from end to end two hours ago; what to ask of it."""
    with store(*KEYS) as (fake, endpoint):
        bucket = bucket_in(endpoint)
        people.assign(mark, bucket, root="")
        indexing.index_bucket(bucket_id=bucket.pk, now=timezone.now())
        age()
        fake.requests.clear()
        yield fake, Asked(mark.pk, bucket.pk, "report")


def age() -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    Folder.objects.update(listed_at=long_ago)
    BucketIndex.objects.update(listed_at=long_ago)


@async_to_sync
async def found(asked):
    """The paths that a search tells, in order; what it learned is stored behind it."""
    paths = []
    async with AsyncTransport() as transport:
        budgets = Budgets(lambda connection: RequestBudget.for_endpoint(connection.endpoint_url))
        words = run(
            asked, transport=transport, budgets=budgets, hands=Hands(1), now=timezone.now(), remembers=True
        )
        async with aclosing(words):
            async for word in words:
                if isinstance(word, Lines):
                    paths += [json.loads(line)["full_path"] for line in word.lines]
    assert isinstance(word, Complete)
    await hang_up()
    settle(patience=10)
    return sorted(paths)


def test_tells_no_file_that_was_deleted_since_it_was_listed_and_asks_the_store_once(shop):
    fake, asked = shop
    fake.remove("press-kit", "x/report-2")
    fake.remove("press-kit", "z/gone/report")
    left = ["x/report-1", "x/report-3", "y/report", "z/deep/report"]

    assert found(asked) == left
    assert fake.requests["list"] == Folder.objects.count()
    assert list(Folder.objects.filter(is_missing=True).values_list("path", flat=True)) == ["z/gone/"]

    fake.requests.clear()
    assert found(asked) == left
    assert fake.requests == Counter()


def test_lists_no_folder_again_that_it_found_unchanged(shop, monkeypatch):
    monkeypatch.setattr("search.traversal._FEW", 0)
    fake, asked = shop

    assert found(asked) == KEYS
    assert fake.requests["list"] > 0

    fake.requests.clear()
    assert found(asked) == KEYS
    assert fake.requests == Counter()


def test_stores_nothing_of_a_folder_that_was_evicted_while_it_was_listed(shop, monkeypatch):
    _, asked = shop
    finish = indexing.StoringLevel.finish

    def evict_and_finish(level):
        cache.evict(bucket_id=asked.bucket_id, keys=["x/report-1"])
        finish(level)

    monkeypatch.setattr(indexing.StoringLevel, "finish", evict_and_finish)
    assert found(asked) == KEYS
    stale = Folder.objects.exclude(stored_generation=None).filter(path__in=["", "x/"])
    assert [folder.stored_generation == folder.generation for folder in stale] == [False, False]
