"""The webhook that says that an object changed in S3."""

import hmac
import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache as counters
from django.utils import timezone

from buckets.models import Bucket
from files import cache
from files.models import Entry, Folder
from files.rows import file_row
from mediabridge.wire import counting, throttles, webhooks
from mediabridge.wire.webhooks import BODY_LIMIT
from tests import people
from tests.wire.client import Answer, Wire

SECRET, FORMER = "the current secret ü", "the former secret"
BODY = {"bucket_name": "press-kit", "key": "team/a b+c%20.txt"}
DOOR = "/cache/evict"


@pytest.fixture(autouse=True)
def _two_secrets(settings: Any) -> None:
    counters.clear()
    settings.EVICT_WEBHOOK_SECRETS = [SECRET, FORMER]


@pytest.fixture
def listed(press: Bucket) -> Bucket:
    """The press bucket, with a folder that was listed."""
    store_listing(press)
    return press


def store_listing(bucket: Bucket) -> None:
    ticket = cache.begin(bucket_id=bucket.id, path="team/")
    rows = [
        file_row(name, size=1, modified_at=timezone.now(), etag="e", storage_class="STANDARD", is_hidden=False,
                 has_thumbnail=False)
        for name in ("a b+c%20.txt", "other.txt")
    ]  # fmt: skip
    cache.store_folder(ticket, rows, listed_at=timezone.now())


def call(body: Any = BODY, *, secret: str | None = SECRET, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {} if secret is None else {"X-Evict-Secret": secret.encode().decode("latin-1")}
    said |= {name: value.encode().decode("latin-1") for name, value in headers.items()}
    return Wire().post(DOOR, raw, headers=said)


def signed(body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = str(int(timezone.now().timestamp()) - age)
    mac = hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()
    return {"X-MediaBridge-Timestamp": at, "X-MediaBridge-Signature": f"sha256={mac}"}


def names() -> set[str]:
    return set(Entry.objects.values_list("name", flat=True))


def code(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_forgets_the_object_and_takes_its_key_as_it_is(listed: Bucket) -> None:
    assert call().status_code == 200
    assert names() == {"other.txt"}
    assert Folder.objects.get(path="team/").generation == 2


def test_does_so_again_without_harm(listed: Bucket) -> None:
    assert [call().status_code for _ in range(3)] == [200, 200, 200]
    assert names() == {"other.txt"}


def test_forgets_it_in_every_bucket_of_that_name_and_in_no_other(listed: Bucket) -> None:
    twin = people.press_bucket(display_name="Twin", id=uuid4())
    other = people.press_bucket(display_name="Other", bucket_name="other-bucket", id=uuid4())
    store_listing(twin)
    store_listing(other)

    call()

    left = set(Entry.objects.filter(name=BODY["key"].rpartition("/")[2]).values_list("bucket_id", flat=True))
    assert left == {other.id}


def test_forgets_all_below_a_folders_marker(listed: Bucket) -> None:
    generation = Folder.objects.get(path="team/").generation
    assert call({"bucket_name": "press-kit", "key": "team/"}).status_code == 200
    assert Folder.objects.get(path="team/").generation > generation


def test_says_nothing_of_buckets_it_does_not_know(db: None) -> None:
    assert call({"bucket_name": "nobodys", "key": "x"}).status_code == 200
    assert not Folder.objects.exists()


@pytest.mark.parametrize("secret", [SECRET, FORMER])
def test_knows_two_secrets_at_once(listed: Bucket, secret: str) -> None:
    assert call(secret=secret).status_code == 200


@pytest.mark.parametrize(
    "secret",
    [None, "", "wrong", SECRET[:-1], f"{SECRET}x", f"{SECRET},{FORMER}", SECRET.upper(), "ÿþ"],
)
def test_refuses_whoever_does_not_know_one(listed: Bucket, secret: str | None) -> None:
    assert code(call(secret=secret)) == (401, "UNAUTHORIZED")
    assert len(names()) == 2


def test_is_never_open_without_a_secret(listed: Bucket, settings: Any) -> None:
    settings.EVICT_WEBHOOK_SECRETS = []
    for secret in (None, "", SECRET):
        assert code(call(secret=secret)) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("secret", [SECRET, FORMER])
def test_takes_a_signature_instead(listed: Bucket, secret: str) -> None:
    body = json.dumps(BODY).encode()
    assert call(body, secret=None, **signed(body, secret=secret)).status_code == 200


@pytest.mark.parametrize("age", [360, -360, 86_400])
def test_refuses_a_signature_from_another_time(listed: Bucket, age: int) -> None:
    body = json.dumps(BODY).encode()
    assert code(call(body, secret=None, **signed(body, age=age))) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("at", ["", "now", "-1", "9" * 400, "1e9", "١٢٣"])
def test_refuses_a_timestamp_that_is_none(listed: Bucket, at: str) -> None:
    body = json.dumps(BODY).encode()
    headers = {**signed(body), "X-MediaBridge-Timestamp": at}
    assert code(call(body, secret=None, **headers)) == (401, "UNAUTHORIZED")


def test_refuses_the_signature_of_another_body_even_with_the_secret(listed: Bucket) -> None:
    headers = signed(b'{"bucket_name": "press-kit", "key": "other"}')
    assert code(call(secret=SECRET, **headers)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("at", ["192.0.2.7", "2001:db8::7", "Redis is away"])
def test_limits_wrong_tries_and_then_listens_to_nobody_there(
    listed: Bucket, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(webhooks, "FAILED_TRIES", "10/h")
    if at == "Redis is away":
        monkeypatch.setattr(counting, "ask_redis", lambda _: counting.AWAY)
    else:
        monkeypatch.setattr(throttles, "client_ip", lambda _: at)
    answers = [call(secret=f"guess {number}").status_code for number in range(11)]
    assert answers == [401] * 10 + [429]
    last = call(secret=SECRET)
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
    assert len(names()) == 2


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"{}", b'{"bucket_name": "press-kit"}', b'{"bucket_name": "press-kit", "key": ""}',
     b'{"bucket_name": "press-kit", "key": 7}', b'{"bucket_name": "press-kit", "key": "a", "key": "b"}',
     b'{"bucket_name": "press-kit", "key": "\\u0000"}', b'{"bucket_name": "press-kit", "key": "\\ud800"}',
     b'{"bucket_name": "press-kit", "key": "\xff"}', b'{"bucket_name": {}, "key": "x"}', b'{"bucket_name": NaN, "key": "x"}'],
)  # fmt: skip
def test_refuses_what_is_no_such_message(listed: Bucket, body: bytes) -> None:
    assert code(call(body)) == (400, "VALIDATION_ERROR")


def test_reads_64_kib_and_no_more(listed: Bucket) -> None:
    filling = "x" * (BODY_LIMIT - len(json.dumps({**BODY, "more": ""})))
    assert call({**BODY, "more": filling}).status_code == 200
    refused = call({**BODY, "more": f"{filling}x"})
    assert code(refused)[0] == 413
    assert refused.json()["details"]["limit"] == BODY_LIMIT


def test_takes_json_alone_and_posts_alone(listed: Bucket) -> None:
    known = {"X-Evict-Secret": FORMER}
    form = Wire().post(DOOR, b"bucket_name=press-kit&key=x", content_type="application/x-www-form-urlencoded", headers=known)  # fmt: skip
    assert form.status_code == 415
    assert Wire().get(DOOR, headers=known).status_code == 405
