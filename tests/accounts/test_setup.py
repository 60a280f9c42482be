"""The first start."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts import setup
from accounts.models import AuditEntry, User

FORM = {"email": "First@Example.com", "name": "First", "password": "a good long password"}


@pytest.mark.parametrize("page", ["/", "/account", "/login", "/admin/", "/admin/buckets/bucket/", "/b/ANY/"])
def test_every_page_leads_to_it_while_nobody_has_an_account(client, db, page):
    answer = client.get(page, follow=True)

    assert answer.redirect_chain[-1][0] == "/setup"
    assert answer.status_code == 200


def test_makes_the_administrator_and_signs_them_in(client, db):
    assert client.post("/setup", FORM)["Location"] == "/"

    first = User.objects.get()
    assert (first.email, first.is_admin, first.check_password(FORM["password"])) == (
        "first@example.com",
        True,
        True,
    )
    assert client.get("/account").status_code == 200
    assert AuditEntry.objects.get().operation == "setup"


@pytest.mark.parametrize("method", ["get", "post"])
def test_is_closed_once_somebody_has_an_account(client, uma, method):
    answer = getattr(client, method)("/setup", FORM)

    assert answer["Location"] == "/login"
    assert User.objects.get() == uma


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "no address"),
        ("email", "x" * 250 + "@example.com"),
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("name", "two\nlines"),
        ("name", "nul\x00"),
        ("password", ""),
        ("password", "short"),
        ("password", "password1234"),
        ("password", "first@example.com"),
        ("password", "x" * 1001),
    ],
)
def test_refuses_a_value_that_breaks_a_rule(client, db, field, value):
    answer = client.post("/setup", {**FORM, field: value})

    assert answer.status_code == 400
    assert not User.objects.exists()


def test_limits_the_tries_of_one_address(client, db):
    for _ in range(5):
        client.post("/setup", {})

    answer = client.post("/setup", FORM)

    assert answer.status_code == 429
    assert answer.context["retry_after"] == int(answer["Retry-After"])
    assert not User.objects.exists()


def test_refuses_a_form_without_its_token(db):
    assert Client(enforce_csrf_checks=True).post("/setup", FORM).status_code == 403
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_makes_exactly_one_administrator_of_many_posts_at_once():
    start, answers = Barrier(8), []

    def post(number: int) -> None:
        start.wait()
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        answers.append(client.post("/setup", {**FORM, "email": f"a{number}@example.com"})["Location"])
        connection.close()

    threads = [Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["/"] + ["/login"] * 7
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_raises_for_whoever_comes_second():
    setup.create_first_admin(email="a@example.com", name="A", password=FORM["password"])

    with pytest.raises(setup.AlreadySetUp):
        setup.create_first_admin(email="b@example.com", name="B", password=FORM["password"])
