"""The wire's search: a first message that says everything, and exactly one last word."""

import asyncio
import json
import time
from datetime import timedelta

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from django.test import override_settings
from django.utils import timezone

from accounts import personal_tokens, sessions
from accounts.models import AuditEntry, ForceLogout, Session
from accounts.scopes import Scope
from buckets.models import Assignment
from mediabridge import switchboard
from search.consumers import watching, wire
from tests import people
from tests.permissions.cast import bucket_in
from tests.search.sockets import OWN, asked, hang_up, opened, session_of, socket, store, token_of

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

KEYS = [
    "other/plan.txt",
    "team/plan.txt",
    "team/a/Plan B.pdf",
    "team/a/plans/deep.txt",
    "team/a/t-Plan B.pdf",
    "team/a/../plan.txt",
    "team/b/notes.txt",
]


@pytest_asyncio.fixture(autouse=True)
async def _fresh_layer():
    channel_layers.backends.clear()
    switchboard.board._sockets.clear()
    yield
    await hang_up()


@pytest.fixture(scope="module")
def shop():
    with store(*KEYS) as (fake, endpoint):
        yield fake, endpoint


@pytest.fixture
def fake(shop):
    fake, _ = shop
    fake.latency, fake.denied = 0.0, set()
    fake.requests.clear()
    yield fake
    fake.latency, fake.denied = 0.0, set()


@pytest.fixture
def place(shop, fake, mark):
    """Where Mark searches: his token, and the address of the socket."""
    bucket = bucket_in(shop[1])
    people.assign(mark, bucket, root="team/")
    return token_of(mark), f"/api/buckets/{bucket.pk}/search", bucket


def found(said):
    return {message["item"]["full_path"] for message in said if message["type"] == "result"}


def last(said):
    """The last word, which must be the only one of its kind."""
    ends = [message for message in said if message["type"] in ("complete", "error")]
    assert ends == [said[-1]]
    return said[-1]["type"], said[-1].get("code")


async def test_finds_everything_below_the_root_once(place):
    token, path, _ = place

    said = await asked(path, {"token": token, "q": "PLAN", "prefix": "", "scope": "full"})

    assert found(said) == {"team/plan.txt", "team/a/Plan B.pdf", "team/a/plans/"}
    assert len([message for message in said if message["type"] == "result"]) == 3
    assert last(said) == ("complete", None)
    assert {message["type"] for message in said} == {"traversing", "result", "folder_done", "complete"}
    (item,) = [message["item"] for message in said if message.get("item", {}).get("type") == "file"][:1]
    assert set(item) == {"resource_name", "prefix", "full_path", "type", "file_size", "uploaded_at"}


async def test_finds_in_one_folder(place):
    token, path, _ = place

    said = await asked(path, {"token": token, "q": "plan", "prefix": "a", "scope": "level"})

    assert found(said) == {"team/a/Plan B.pdf", "team/a/plans/"}
    folder = next(message["item"] for message in said if message.get("item", {}).get("type") == "folder")
    assert folder == {
        "resource_name": "plans", "prefix": "a/", "full_path": "team/a/plans/", "type": "folder",
        "file_size": None, "uploaded_at": None,
    }  # fmt: skip


async def test_gives_batches_to_who_asks_for_them(place):
    token, path, _ = place

    said = await asked(path, {"token": token, "q": "plan", "batch": True})

    items = [item for message in said if message["type"] == "results" for item in message["items"]]
    assert {item["full_path"] for item in items} == {"team/plan.txt", "team/a/Plan B.pdf", "team/a/plans/"}
    assert found(said) == set()


async def test_lets_a_page_of_ours_come_with_its_session(place, mark):
    _, path, _ = place
    session = await database_sync_to_async(session_of)(mark)

    said = await asked(path, {"q": "plan"}, origin=OWN, session=session)
    stranger = await asked(path, {"q": "plan"}, session=session)

    assert last(said) == ("complete", None)
    assert last(stranger) == ("error", "AUTH_REQUIRED")


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://testserver.evil.example"])
async def test_lets_no_page_of_another_site_in(origin):
    made = socket("/api/buckets/x/search", origin=origin)

    assert (await made.connect())[0] is False


@override_settings(CORS_ALLOWED_ORIGINS=["https://front.example"])
async def test_lets_the_front_end_in_with_a_token_only(place, mark):
    token, path, _ = place
    session = await database_sync_to_async(session_of)(mark)
    front = {"origin": b"https://front.example", "session": session}

    assert last(await asked(path, {"token": token, "q": "plan"}, **front)) == ("complete", None)
    assert last(await asked(path, {"q": "plan"}, **front)) == ("error", "AUTH_REQUIRED")


async def test_refuses_what_is_no_message(place, fake):
    token, path, _ = place
    sound = {"token": token, "q": "plan", "scope": "full"}
    refusals = [
        (" ", "VALIDATION_ERROR"),
        ("{", "VALIDATION_ERROR"),
        ("[]", "VALIDATION_ERROR"),
        ('{"token": NaN}', "VALIDATION_ERROR"),
        ('{"token": "a", "token": "b"}', "VALIDATION_ERROR"),
        (json.dumps({**sound, "pad": "x" * 70_000}), "VALIDATION_ERROR"),
        ({}, "AUTH_REQUIRED"),
        ({**sound, "token": ""}, "AUTH_REQUIRED"),
        ({**sound, "token": 7}, "AUTH_REQUIRED"),
        ({**sound, "token": "mb_nonsense"}, "AUTH_REQUIRED"),
        ({**sound, "token": f"{token}x"}, "AUTH_REQUIRED"),
        ({**sound, "q": None}, "VALIDATION_ERROR"),
        ({**sound, "q": ""}, "VALIDATION_ERROR"),
        ({**sound, "q": "pl"}, "VALIDATION_ERROR"),
        ({**sound, "q": "x" * 10_000}, "VALIDATION_ERROR"),
        ({**sound, "q": "pl\x07an"}, "VALIDATION_ERROR"),
        ({**sound, "scope": "bucket"}, "VALIDATION_ERROR"),
        ({**sound, "scope": "level", "prefix": 7}, "VALIDATION_ERROR"),
        ({**sound, "scope": "level", "prefix": "a//b"}, "VALIDATION_ERROR"),
    ]

    got = [(message, last(await asked(path, message))) for message, _ in refusals]

    assert [
        (message, said)
        for (message, said), (_, code) in zip(got, refusals, strict=True)
        if said != ("error", code)
    ] == []
    assert fake.requests["list"] == 0


async def test_tells_nobody_which_buckets_there_are(place, uma):
    token, path, bucket = place
    umas = await database_sync_to_async(token_of)(uma)
    unknown = path.replace(str(bucket.pk), "00000000-0000-0000-0000-000000000000")

    said = [
        await asked(where, {"token": whose, "q": "plan"})
        for where, whose in (
            (path, umas),
            (unknown, umas),
            (unknown, token),
            ("/api/buckets/x/search", token),
        )
    ]

    assert said == [said[0]] * 4
    assert last(said[0]) == ("error", "FORBIDDEN")


async def test_throws_out_whoever_leaves_their_folder(place, fake):
    token, path, bucket = place

    said = await asked(path, {"token": token, "q": "plan", "prefix": "../other", "scope": "level"})
    after = await asked(path, {"token": token, "q": "plan"})

    assert last(said) == last(after) == ("error", "FORCE_LOGOUT")
    entry = await AuditEntry.objects.aget(operation="violation")
    assert (entry.path, entry.bucket_code) == ("../other", bucket.system_code)
    assert (await ForceLogout.objects.aget()).is_violation
    assert fake.requests["list"] == 0


async def test_ignores_the_prefix_of_a_whole_search(place):
    token, path, _ = place

    said = await asked(path, {"token": token, "q": "plan", "prefix": "../other", "scope": "full"})

    assert last(said) == ("complete", None)


async def test_asks_again_for_a_token_that_is_too_old(place, mark):
    _, path, _ = place
    old = await database_sync_to_async(token_of)(mark, age=timedelta(minutes=6))

    assert last(await asked(path, {"token": old, "q": "plan"})) == ("error", "AUTH_REQUIRED")


async def test_serves_personal_tokens_within_their_scope(place, mark):
    _, path, bucket = place

    def made(acts, buckets):
        scope = Scope(frozenset(acts), buckets)
        return personal_tokens.make(
            user=mark, name="Nightly", scope=scope, days=30, ip=None, now=timezone.now()
        ).text

    reading = await database_sync_to_async(made)({"read"}, frozenset({bucket.pk}))
    writing = await database_sync_to_async(made)({"upload"}, None)
    elsewhere = await database_sync_to_async(made)({"read"}, frozenset({mark.pk}))

    assert last(await asked(path, {"token": reading, "q": "plan"})) == ("complete", None)
    assert last(await asked(path, {"token": writing, "q": "plan"})) == ("error", "FORBIDDEN")
    assert last(await asked(path, {"token": elsewhere, "q": "plan"})) == ("error", "FORBIDDEN")
    assert await AuditEntry.objects.filter(operation="token_refused").acount() == 1


async def test_waits_for_a_first_message_but_not_for_ever(place, monkeypatch):
    monkeypatch.setattr(wire, "FIRST_MESSAGE_WITHIN", 0.05)
    made = await opened(place[1])

    assert last(await made.everything()) == ("error", "AUTH_REQUIRED")


async def test_says_so_when_the_storage_refuses(place, fake):
    token, path, _ = place
    fake.denied = {"s3:ListBucket"}

    said = await asked(path, {"token": token, "q": "plan"})

    assert last(said) == ("error", "S3_ERROR")
    assert "s3:ListBucket" in said[-1]["message"]


async def started(place, **more):
    """A search that is under way, and won't end by itself for a while."""
    token, path, _ = place
    made = await opened(path)
    await made.send_to(text_data=json.dumps({"token": token, "q": "plan", **more}))
    assert json.loads((await made.receive_output(5))["text"])["type"] == "traversing"
    return made


async def test_takes_no_second_message(place, fake):
    fake.latency = 5
    made = await started(place)

    await made.send_to(text_data="{}")

    assert last(await made.everything()) == ("error", "VALIDATION_ERROR")


async def test_stops_asking_when_it_is_closed(place, fake):
    fake.latency = 0.2
    made = await started(place)
    await asyncio.sleep(0.05)

    began = time.monotonic()
    await made.disconnect()
    took = time.monotonic() - began
    await asyncio.sleep(0.3)
    asked_then = fake.requests["list"]
    await asyncio.sleep(0.3)

    assert took < 0.25
    assert fake.requests["list"] == asked_then


async def test_goes_on_when_its_token_has_become_too_old(place, fake, monkeypatch):
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.02)
    fake.latency = 0.3
    made = await started(place)
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr(watching.timezone, "now", lambda: later)

    assert last(await made.everything()) == ("complete", None)


@pytest.fixture
def _slow_store(fake):
    fake.latency = 5


@pytest.fixture
def _close_look(monkeypatch):
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.05)


async def lose_session(mark):
    await Session.objects.filter(user=mark).aupdate(ended_at=timezone.now(), ended_reason="signed_out")


async def lose_everything(mark):
    await database_sync_to_async(sessions.force_logout)(user=mark, reason="test", now=timezone.now())


async def lose_bucket(mark):
    await Assignment.objects.filter(user=mark).adelete()


async def lose_folder(mark):
    await Assignment.objects.filter(user=mark).aupdate(root_path="team/b/")


@pytest.mark.parametrize(
    ("lose", "code"),
    [
        (lose_session, "AUTH_REQUIRED"),
        (lose_everything, "FORCE_LOGOUT"),
        (lose_bucket, "FORBIDDEN"),
        (lose_folder, "FORBIDDEN"),
    ],
)
@pytest.mark.usefixtures("_slow_store", "_close_look")
async def test_ends_when_access_is_lost(place, mark, lose, code):
    made = await started(place)

    await lose(mark)

    assert last(await made.everything()) == ("error", code)


@override_settings(RATE_LIMIT_SEARCH="2/h")
async def test_limits_how_often_one_searches(place):
    token, path, _ = place

    said = [last(await asked(path, {"token": token, "q": "plan"})) for _ in range(3)]

    assert said == [("complete", None), ("complete", None), ("error", "RATE_LIMITED")]
