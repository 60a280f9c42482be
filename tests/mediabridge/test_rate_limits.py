"""How often one may ask for pages; that reading on behind a page keeps nobody from the next."""

import pytest
from django.test import Client

from tests import people

FRAGMENT = {"hx-request": "true"}
SCROLLED = ("/b/NONE/?after=x", FRAGMENT)


@pytest.fixture(autouse=True)
def _small_limits(settings):
    settings.RATE_LIMIT_USER = "4/m"
    settings.RATE_LIMIT_ANONYMOUS = "3/m"


@pytest.fixture
def marks(client, mark):
    client.force_login(mark)
    return client


def test_limits_the_pages_of_one_person_and_says_how_long(marks):
    assert [marks.get("/account").status_code for _ in range(4)] == [200] * 4

    answer = marks.get("/account")

    assert answer.status_code == 429
    # A second may have passed since the first of them.
    assert answer["Retry-After"] in ("14", "15")
    assert "quicker than we allow" in answer.content.decode()


def test_refuses_in_the_form_that_htmx_can_use(marks):
    for _ in range(4):
        marks.get("/account")

    answer = marks.get("/account", headers=FRAGMENT)

    assert (answer.status_code, answer["HX-Reswap"]) == (429, "none")


def test_counts_a_person_in_all_their_browsers(marks, mark):
    other = Client()
    other.force_login(mark)
    for _ in range(4):
        marks.get("/account")

    assert other.get("/account").status_code == 429


def test_counts_each_person_for_themselves(marks, rita):
    other = Client()
    other.force_login(rita)
    for _ in range(5):
        marks.get("/account")

    assert other.get("/account").status_code == 200


def test_lets_scrolling_keep_nobody_from_a_page(marks):
    address, headers = SCROLLED
    assert [marks.get(address, headers=headers).status_code for _ in range(5)] == [404] * 4 + [429]

    assert marks.get("/account").status_code == 200


@pytest.mark.parametrize("question", ["after=x", "waiting=1"])
def test_lets_pages_keep_nobody_from_scrolling(marks, question):
    for _ in range(5):
        marks.get("/account")

    assert marks.get(f"/b/NONE/?{question}", headers=FRAGMENT).status_code == 404


@pytest.mark.parametrize("door", ["revalidate", "upload/confirm"])
def test_counts_what_a_page_checks_by_itself_as_its_own(marks, press, mark, door):
    people.assign(mark, press)
    for _ in range(5):
        marks.get("/account")

    assert marks.post(f"/b/{press.system_code}/-/{door}", {"folder": "", "uploads": "[]"}).status_code != 429


def test_counts_a_whole_page_however_it_is_asked_for(marks):
    for _ in range(4):
        marks.get("/b/NONE/?after=x")

    assert marks.get("/account").status_code == 429


def test_limits_strangers_by_their_address(client, db):
    assert [client.get("/login").status_code for _ in range(3)] == [302] * 3

    assert client.get("/login").status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.7").get("/login").status_code == 302


def test_counts_an_ipv6_network_as_one_address(db):
    answers = [Client(REMOTE_ADDR=f"2001:db8::{number}").get("/login").status_code for number in range(4)]

    assert answers == [302] * 3 + [429]
    assert Client(REMOTE_ADDR="2001:db8:1::1").get("/login").status_code == 302


def test_counts_who_has_no_session_as_a_stranger(client, db):
    for _ in range(3):
        client.get("/account")

    assert client.get("/account").status_code == 429


def test_keeps_nobody_from_asking_whether_all_is_well(client, db):
    assert {client.get("/healthz").status_code for _ in range(9)} == {200}


@pytest.mark.parametrize(("page", "own"), [("/account", 3), ("/nothing", 1), ("/healthz", 1)])
def test_asks_the_database_nothing(marks, django_assert_num_queries, page, own):
    marks.get(page)

    with django_assert_num_queries(own):
        marks.get(page)
