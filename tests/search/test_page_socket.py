"""The search page's socket: many buckets at once, one search at a time."""

import asyncio
import json

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from django.test import override_settings
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEntry
from buckets.models import Assignment
from files.models import BucketIndex
from mediabridge import switchboard
from search.consumers import watching
from tests import people
from tests.permissions.cast import bucket_in
from tests.search.sockets import OWN, hang_up, opened, session_of, store

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture(autouse=True)
async def _fresh_layer():
    channel_layers.backends.clear()
    switchboard.board._sockets.clear()
    yield
    await hang_up()


@pytest.fixture(scope="module")
def shops():
    with store("team/plan.txt", "team/a/plan b.pdf", "x/plan") as one, store("team/plan 2.png") as other:
        yield one, other


@pytest.fixture
def place(shops, mark):
    """Mark's session, and the two buckets he searches: the first store, and one that may be made to fail."""
    for fake, _ in shops:
        fake.latency, fake.denied = 0.0, set()
    buckets = [bucket_in(shops[0][1]), bucket_in(shops[1][1])]
    for bucket in buckets:
        people.assign(mark, bucket, root="team/")
    return session_of(mark), [str(bucket.pk) for bucket in buckets]


async def line(session):
    return await opened("/ws/search", origin=OWN, session=session)


def order(number, buckets, **more):
    places = [{"bucket": bucket, "prefix": "", "scope": "below"} for bucket in buckets]
    return json.dumps({"type": "search", "search": number, "q": "plan", "places": places, **more})


async def heard(socket, number):
    """All it says of this search until it is over; nothing of another one may follow."""
    said = []
    while True:
        output = await socket.receive_output(5)
        message = json.loads(output["text"])
        if message["search"] == number:
            said.append(message)
            if "bucket" not in message and message["type"] in ("complete", "error"):
                return said
        else:
            assert not said


def ends(said):
    return {
        message.get("bucket"): (message["type"], message.get("code"))
        for message in said
        if message["type"] in ("complete", "error")
    }


def names(said, bucket):
    return {
        item["prefix"] + item["resource_name"]
        for message in said
        if message["type"] == "results" and message["bucket"] == bucket
        for item in message["items"]
    }


async def test_searches_several_buckets_and_again(place):
    session, (one, other) = place
    socket = await line(session)

    await socket.send_to(text_data=order(1, [one, other]))
    first = await heard(socket, 1)
    await socket.send_to(text_data=order(2, [other], filters={"groups": ["image"]}))
    second = await heard(socket, 2)
    await socket.disconnect()

    assert ends(first) == dict.fromkeys((one, other, None), ("complete", None))
    assert names(first, one) == {"plan.txt", "a/plan b.pdf"}
    assert names(first, other) == names(second, other) == {"plan 2.png"}
    items = [item for message in first if message["type"] == "results" for item in message["items"]]
    assert not any("full_path" in item for item in items)


async def test_says_how_old_each_buckets_index_is_when_it_ends(place):
    session, (one, other) = place
    at = timezone.now()
    await BucketIndex.objects.aupdate_or_create(
        bucket_id=one, defaults={"listed_at": at, "file_count": 3, "folder_count": 2, "total_size": 1}
    )
    socket = await line(session)

    await socket.send_to(text_data=order(1, [one, other]))
    said = await heard(socket, 1)
    await socket.disconnect()

    ages = {
        message["bucket"]: message.get("indexed_at")
        for message in said
        if message["type"] == "complete" and "bucket" in message
    }
    assert ages == {one: at.isoformat(), other: None}


async def test_tells_only_administrators_what_a_key_lacks(place, shops, ada, caplog):
    marks, (one, _) = place
    shops[0][0].denied = {"s3:ListBucket"}
    told = []
    for session in (marks, await database_sync_to_async(session_of)(ada)):
        socket = await line(session)
        await socket.send_to(text_data=order(1, [one]))
        told += [message["message"] for message in await heard(socket, 1) if message["type"] == "error"]
        await socket.disconnect()

    assert "Ask an administrator" in told[0]
    assert not any(word in told[0] for word in ("s3:", "IAM", "AccessDenied"))
    assert "s3:ListBucket" in told[1]
    assert caplog.text.count("S3AccessDenied (s3:ListBucket, AccessDenied)") == 2


async def test_keeps_one_buckets_trouble_from_the_others(place, shops, mark):
    session, (one, other) = place
    shops[0][0].denied = {"s3:ListBucket"}
    unknown = str(mark.pk)
    socket = await line(session)

    await socket.send_to(text_data=order(1, [one, other, unknown]))
    said = await heard(socket, 1)
    await socket.disconnect()

    assert ends(said) == {
        one: ("error", "S3_ERROR"),
        other: ("complete", None),
        unknown: ("error", "FORBIDDEN"),
        None: ("complete", None),
    }


async def test_replaces_a_search_by_the_next_and_stops_it_when_told(place, shops):
    session, (one, other) = place
    shops[0][0].latency = 5
    socket = await line(session)

    await socket.send_to(text_data=order(1, [one]))
    while json.loads((await socket.receive_output(5))["text"])["type"] != "traversing":
        pass
    await socket.send_to(text_data=order(2, [other]))
    said = await heard(socket, 2)
    await socket.send_to(text_data=order(3, [one]))
    await socket.receive_output(5)
    await socket.send_to(text_data=json.dumps({"type": "stop", "search": 3}))
    await asyncio.sleep(0.3)
    while not socket.output_queue.empty():
        await socket.receive_output()

    assert ends(said)[None] == ("complete", None)
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_refuses_what_makes_no_sense_and_stays_open(place):
    session, (one, other) = place
    socket = await line(session)
    odd = [
        ("{", 0),
        ("[]", 0),
        (json.dumps({"type": "dance", "search": 4}), 4),
        (json.dumps({"type": "stop"}), 0),
        (order("x", [one]), 0),
        (order(5, [one], q="pl"), 5),
        (order(5, [one], q=7), 5),
        (order(5, []), 5),
        (order(5, ["nowhere"]), 5),
        (order(5, [one, one]), 5),
        (order(5, [one], places=[{"bucket": one, "scope": "moon"}]), 5),
        (order(5, [one], filters=7), 5),
        (order(5, [one], filters={"groups": [7]}), 5),
        (order(5, [one], filters={"smallest": -1}), 5),
        (order(5, [one], filters={"since": "yesterday"}), 5),
        (order(5, [one], filters={"since": "2026-13-01T00:00:00Z"}), 5),
    ]

    for text, number in odd:
        await socket.send_to(text_data=text)
        said = json.loads((await socket.receive_output(5))["text"])
        assert (said["type"], said["code"], said["search"]) == ("error", "VALIDATION_ERROR", number), text
    await socket.send_to(text_data=order(6, [other]))

    assert ends(await heard(socket, 6))[None] == ("complete", None)
    await socket.disconnect()


async def test_throws_out_whoever_leaves_their_folder(place):
    session, (one, other) = place
    socket = await line(session)
    places = [{"bucket": other}, {"bucket": one, "prefix": "../x", "scope": "level"}]

    await socket.send_to(text_data=order(1, [one], places=places))
    said = []
    while (output := await socket.receive_output(5))["type"] != "websocket.close":
        said.append(json.loads(output["text"]))

    assert output["code"] == 4401
    assert said[-1]["code"] == "FORCE_LOGOUT"
    assert await AuditEntry.objects.filter(operation="violation", path="../x").acount() == 1


async def test_ends_with_the_session_and_with_the_bucket(place, shops, mark, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.05)
    session, (one, _) = place
    shops[0][0].latency = 5
    socket = await line(session)

    await socket.send_to(text_data=order(1, [one]))
    await socket.receive_output(5)
    await Assignment.objects.filter(bucket_id=one).adelete()
    lost = await heard(socket, 1)
    await database_sync_to_async(people.assign)(
        mark, await Assignment.bucket.get_queryset().aget(pk=one), root="team/"
    )
    await socket.send_to(text_data=order(2, [one]))
    await socket.receive_output(5)
    await database_sync_to_async(sessions.force_logout)(user=mark, reason="test", now=timezone.now())
    while (output := await socket.receive_output(5))["type"] != "websocket.close":
        pass

    assert ends(lost)[one] == ("error", "FORBIDDEN")
    assert output["code"] == 4401


@override_settings(RATE_LIMIT_SEARCH="1/h")
async def test_counts_a_search_once_however_many_buckets(place):
    session, buckets = place
    socket = await line(session)

    await socket.send_to(text_data=order(1, buckets))
    first = await heard(socket, 1)
    await socket.send_to(text_data=order(2, buckets))
    second = await heard(socket, 2)
    await socket.disconnect()

    assert ends(first)[None] == ("complete", None)
    assert ends(second) == {None: ("error", "RATE_LIMITED")}
