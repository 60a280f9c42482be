"""POST /buckets/:id/urls."""

from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import urlopen

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, ForceLogout
from buckets.models import Assignment
from files import cache, links
from files.models import StoredUrl
from files.rows import file_row
from tests import people
from tests.files.conftest import registered
from tests.wire.client import Wire, told

CDN = "https://cdn.example.org"


@pytest.fixture
def door(mark, bucket):
    people.assign(mark, bucket, root="team/")
    return f"/buckets/{bucket.pk}/urls"


def ask(wire, door, *keys):
    return wire.post(door, {"keys": list(keys)})


def seconds_left(url):
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return (signed + timedelta(seconds=int(query["X-Amz-Expires"])) - timezone.now()).total_seconds()


def fetched(url):
    with urlopen(url, timeout=10) as answer:
        return answer.read(), answer.headers


def test_gives_links_that_open_the_file_and_its_thumbnail(marks, door, store):
    store.put("team/a b+ü.jpg", b"picture")
    store.put("team/t-a b+ü.jpg", b"small")

    told_ = ask(marks, door, "team/a b+ü.jpg").json()

    assert list(told_) == ["team/a b+ü.jpg"]
    links_ = told_["team/a b+ü.jpg"]
    assert set(links_) == {"file_url", "thumbnail_url"}
    body, headers = fetched(links_["file_url"])
    assert (body, headers["Content-Type"]) == (b"picture", "image/jpeg")
    assert headers["Content-Disposition"].startswith("inline")
    body, headers = fetched(links_["thumbnail_url"])
    assert (body, headers["Content-Type"]) == (b"small", "image/jpeg")


@pytest.mark.parametrize("name", ["film.mp4", "report.pdf", "no-extension", "drawing.svg", "x.heic"])
def test_gives_a_thumbnail_of_a_pictures_type_before_there_is_one(marks, door, store, name):
    store.put(f"team/{name}")

    url = ask(marks, door, f"team/{name}").json()[f"team/{name}"]["thumbnail_url"]

    assert unquote(urlsplit(url).path).endswith(f"team/t-{name}")
    assert parse_qs(urlsplit(url).query)["response-content-type"][0].startswith("image/")
    with pytest.raises(HTTPError) as answer, urlopen(url, timeout=10):
        pass
    answer.value.close()
    assert answer.value.code == 404


def test_gives_links_for_six_days_at_least_and_the_same_ones_again(marks, door, store):
    store.put("team/a.txt")

    first, second = (ask(marks, door, "team/a.txt").json()["team/a.txt"] for _ in range(2))

    assert first == second
    assert all(seconds_left(url) >= 6 * 24 * 3600 for url in first.values())
    assert StoredUrl.objects.count() == 1


def test_gives_new_ones_after_the_file_changed(marks, bucket, door, store):
    store.put("team/a.txt")
    ask(marks, door, "team/a.txt")

    cache.evict(bucket_id=bucket.id, keys=["team/a.txt"])

    assert not StoredUrl.objects.exists()
    assert ask(marks, door, "team/a.txt").json()
    assert StoredUrl.objects.count() == 1


def test_gives_the_cdns_address_of_a_public_bucket(marks, bucket, door, store):
    store.put("team/a b.jpg")
    bucket.cloudfront_base_url = f"{CDN}/"
    bucket.save()

    assert ask(marks, door, "team/a b.jpg").json() == {
        "team/a b.jpg": {"file_url": f"{CDN}/team/a%20b.jpg", "thumbnail_url": f"{CDN}/team/t-a%20b.jpg"}
    }
    assert not StoredUrl.objects.exists()


def test_leaves_out_what_is_not_there(marks, door, store):
    store.put_many(["team/a.txt", "team/sub/b.txt"])
    asked = ["team/a.txt", "team/gone.txt", "team/sub/b.txt", "team/sub/gone.txt", "team/no/where.txt"]

    cold = ask(marks, door, *asked).json()
    marks.get(f"{door.removesuffix('urls')}files")
    stored = ask(marks, door, *asked).json()

    assert list(cold) == list(stored) == ["team/a.txt", "team/sub/b.txt"]


@pytest.mark.parametrize("keys", [[], ["team/"], ["team/sub/"], ["team/", "team/sub/"]])
def test_leaves_out_folders(marks, door, store, keys):
    store.put("team/sub/b.txt")

    answer = ask(marks, door, *keys)

    assert (answer.status_code, answer.json()) == (200, {})


def test_answers_each_key_once_and_byte_for_byte(marks, door, store):
    keys = ["team/é.txt", "team/e\u0301.txt", "team/%41.txt", "team/a+b &=?#.txt", "team/😀"]
    store.put_many(keys)

    assert list(ask(marks, door, *keys, *keys).json()) == keys


def test_writes_nothing_into_the_audit_log(marks, door, store):
    store.put("team/a.txt")
    before = AuditEntry.objects.count()

    ask(marks, door, "team/a.txt")

    assert AuditEntry.objects.count() == before


def test_takes_twenty_thousand_keys(marks, bucket, door, django_assert_max_num_queries):
    names = sorted(f"picture-{number:05d} of the press.jpg" for number in range(20_000))
    rows = [
        file_row(name, size=1, modified_at=timezone.now(), etag="", storage_class="", is_hidden=False, has_thumbnail=False)
        for name in names
    ]  # fmt: skip
    cache.store_folder(cache.begin(bucket_id=bucket.id, path="team/"), rows, listed_at=timezone.now())
    keys = [f"team/{name}" for name in names]

    with django_assert_max_num_queries(12):
        assert list(ask(marks, door, *keys).json()) == keys


def test_refuses_more_than_it_takes(marks, door, monkeypatch):
    monkeypatch.setattr(links, "KEYS_LIMIT", 2)

    answer = ask(marks, door, "team/a", "team/b", "team/c")

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert "2 are the limit" in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [[], {}, {"keys": None}, {"keys": "team/a"}, {"keys": [1]}, {"keys": ["team/a", None]}, {"keys": {"a": 1}},
     {"keys": [["team/a"]]}, {"keys": ["team/a//b"]}, {"keys": ["team/a\x01"]}, {"keys": ["team/."]}, {"keys": ["team//"]},
     {"keys": ["team/" + "x" * 1100]}],
    ids=str,
)  # fmt: skip
def test_refuses_what_is_no_list_of_keys(marks, door, body):
    assert told(marks.post(door, body)) == (400, "VALIDATION_ERROR")
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize(
    "key",
    ["finance/x", "team", "teamster/x", "team/../finance/x", "../x", "/team/x", "team/%2e%2e/%2e%2e/x", "x/"],
)
def test_throws_out_whoever_asks_for_a_key_outside_their_folder(marks, door, store, key):
    store.put("team/a.txt")

    assert told(ask(marks, door, "team/a.txt", key)) == (401, "FORCE_LOGGED_OUT")
    assert told(marks.get("/buckets")) == (401, "FORCE_LOGGED_OUT")
    assert not StoredUrl.objects.exists()


def test_finds_nothing_in_a_folder_one_had_before(marks, mark, bucket, door):
    Assignment.objects.get().delete()
    people.assign(mark, bucket, root="new/")

    assert told(ask(marks, door, "team/a.txt")) == (404, "NOT_FOUND")
    assert not ForceLogout.objects.exists()


def test_confines_administrators_to_the_buckets_root(wire, ada, store):
    store.put_many(["share/a.txt", "private/a.txt"])
    bucket = registered(store, root_path="share/")
    wire.sign_in(ada.email)
    door = f"/buckets/{bucket.pk}/urls"

    assert list(ask(wire, door, "share/a.txt").json()) == ["share/a.txt"]
    assert told(ask(wire, door, "private/a.txt")) == (401, "FORCE_LOGGED_OUT")


def test_is_for_whom_the_bucket_is_assigned(wire, uma, door):
    assert told(ask(Wire(), door, "team/a")) == (401, "UNAUTHORIZED")
    wire.sign_in(uma.email)
    assert told(ask(wire, door, "team/a")) == (404, "NOT_FOUND")
