"""The page of buckets."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit import Operation, record
from accounts.models import User
from buckets.models import Bucket
from tests import people
from tests.files.doors import signed_in, text


@pytest.fixture
def secret(db: None) -> Bucket:
    return people.press_bucket(display_name="Board papers", description="Only for the board")


def test_leads_a_stranger_to_the_login_page(ada: User) -> None:
    answer = Client().get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login"


def test_leads_to_setup_before_anybody_exists(db: None) -> None:
    assert Client().get("/").headers["Location"] == "/setup"


def test_shows_only_what_is_assigned(mark: User, press: Bucket, secret: Bucket) -> None:
    people.assign(mark, press)
    page = text(signed_in(mark).get("/"))
    assert "Press kit" in page
    assert f"/b/{press.system_code}/" in page
    assert "Board papers" not in page


def test_shows_administrators_every_bucket_with_its_description(
    ada: User, press: Bucket, secret: Bucket
) -> None:
    page = text(signed_in(ada).get("/"))
    assert "Press kit" in page
    assert "Only for the board" in page


def test_keeps_descriptions_and_real_names_from_others(mark: User, secret: Bucket) -> None:
    people.assign(mark, secret, root="")
    page = text(signed_in(mark).get("/"))
    assert "Only for the board" not in page
    assert secret.bucket_name not in page


def test_tells_public_buckets_from_private_ones(ada: User) -> None:
    people.press_bucket(display_name="Open", cloudfront_base_url="https://cdn.example.com")
    people.press_bucket(display_name="Closed")
    page = text(signed_in(ada).get("/"))
    assert page.count("is-cdn") == 1
    assert page.count("is-private") == 1


def test_says_whom_to_ask_when_nothing_is_assigned(ada: User, uma: User, press: Bucket) -> None:
    page = text(signed_in(uma).get("/"))
    assert "No bucket is assigned to you yet" in page
    assert "Ask Ada Admin" in page


def test_offers_an_administrator_to_register_the_first_bucket(ada: User) -> None:
    page = text(signed_in(ada).get("/"))
    assert "No bucket yet" in page
    assert "/admin/buckets/bucket/add/" in page


def test_shows_what_happened_last_below_the_own_root(ada: User, mark: User, press: Bucket) -> None:
    people.assign(mark, press, root="team/")
    for path in ("team/a.txt", "elsewhere/b.txt"):
        who = mark if path.startswith("team") else ada
        record(by=who, operation=Operation.UPLOAD_CONFIRMED, bucket_id=press.id, path=path)
    page = text(signed_in(mark).get("/"))
    assert "by Mark Eting" in page
    assert "by Ada Admin" not in page


def test_asks_as_many_queries_for_many_buckets_as_for_one(ada: User) -> None:
    client = signed_in(ada)
    people.press_bucket(display_name="One")
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for number in range(5):
        people.press_bucket(display_name=f"More {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(one) <= 6


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_is_only_read(ada: User, method: str) -> None:
    assert getattr(signed_in(ada), method)("/").status_code == 405
