"""Leaving one's folder: everywhere out, for good, before anything is answered."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, ForceLogout, Session, User
from tests import people

pytestmark = pytest.mark.urls("tests.mediabridge.failing_urls")


@pytest.fixture
def marks(client, mark, press):
    people.assign(mark, press)
    client.force_login(mark)
    return client


def is_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["../finance/x", "a/../../x", "%2e%2e/x", "..\\x", ".\t./x", "%252e%252e/x"])
def test_throws_its_author_out_everywhere(marks, mark, press, path):
    elsewhere = Client()
    elsewhere.force_login(mark)

    answer = marks.post(f"/leave/{press.system_code}", {"path": path})

    assert answer.status_code == 401
    assert not is_in(marks)
    assert not is_in(elsewhere)
    mark.refresh_from_db()
    assert mark.epoch == 2
    assert ForceLogout.objects.get().is_violation
    assert set(Session.objects.values_list("ended_reason", flat=True)) == {"forced_out"}


def test_is_audited_with_the_path_the_bucket_and_the_address(marks, mark, press):
    marks.post(f"/leave/{press.system_code}", {"path": "../finance/x"}, REMOTE_ADDR="198.51.100.7")

    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.outcome, entry.actor_id) == ("violation", "refused", mark.pk)
    assert (entry.path, entry.bucket_code, entry.ip) == ("../finance/x", press.system_code, "198.51.100.7")


def test_tells_the_reason_at_the_login_page(marks, press):
    marks.post(f"/leave/{press.system_code}", {"path": "../x"})

    assert "All your sessions were ended" in marks.get("/login").content.decode()


def test_leads_htmx_to_the_login_page(marks, press):
    answer = marks.post(f"/leave/{press.system_code}", {"path": "../x"}, headers={"hx-request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login")


def test_tells_scripts_in_json(marks, press):
    answer = marks.post(
        f"/leave/{press.system_code}", {"path": "../x"}, headers={"accept": "application/json"}
    )

    assert answer.json()["error"]["code"] == "FORCE_LOGGED_OUT"


@pytest.mark.django_db(transaction=True)
def test_holds_though_the_transaction_of_the_request_is_rolled_back():
    mark, press = people.mark(), people.press_bucket()
    people.assign(mark, press)
    browser = Client()
    browser.force_login(mark)

    answer = browser.post(f"/leave-in-a-transaction/{press.system_code}", {"path": "../x"})

    assert answer.status_code == 401
    mark.refresh_from_db()
    assert (mark.name, mark.epoch) == ("Mark Eting", 2)
    assert not is_in(browser)


def test_is_no_violation_in_a_link_so_nobody_can_be_thrown_out_by_one(marks, mark, press):
    assert marks.get(f"/leave/{press.system_code}", {"path": "../x"}).status_code == 404
    assert is_in(marks)
    assert not AuditEntry.objects.exists()


def test_is_no_violation_without_the_forms_token(mark, press):
    people.assign(mark, press)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(mark)

    assert browser.post(f"/leave/{press.system_code}", {"path": "../x"}).status_code == 403
    assert is_in(browser)
    assert not ForceLogout.objects.exists()


def test_is_no_violation_at_a_door_that_checks_no_token(marks, press):
    assert marks.post(f"/leave-without-csrf/{press.system_code}", {"path": "../x"}).status_code == 404
    assert is_in(marks)


def test_is_no_violation_by_a_stranger(client, mark, press):
    assert client.post(f"/leave/{press.system_code}", {"path": "../x"}).status_code == 401
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("path", ["a//b", "a/\x01b", "x" * 5000, "/leading", "a/./b"])
def test_is_no_violation_when_the_path_is_merely_odd(marks, press, path):
    assert marks.post(f"/leave/{press.system_code}", {"path": path}).status_code == 400
    assert is_in(marks)


def test_is_no_violation_to_ask_for_a_bucket_one_does_not_have(marks):
    assert marks.post("/leave/FINANCE", {"path": "../x"}).status_code == 404
    assert is_in(marks)


def test_is_no_violation_to_hold_an_old_address(marks, mark, press):
    mark.assignments.update(root_path="projects/brand/")

    answer = marks.post(f"/ask-by-key/{press.system_code}", {"key": "projects/marketing/a.txt"})

    assert answer.status_code == 404
    assert is_in(marks)


@pytest.mark.parametrize(
    "key", ["projects/market/a.txt", "projects/marketing/../finance/a.txt", "finance/a.txt", ""]
)
def test_is_one_to_ask_by_key_for_what_was_never_ones_own(marks, mark, press, key):
    mark.assignments.update(root_path="projects/brand/")

    assert marks.post(f"/ask-by-key/{press.system_code}", {"key": key}).status_code == 401
    assert not is_in(marks)


def test_locks_the_account_at_the_fourth_within_an_hour(mark, press):
    people.assign(mark, press)
    for _ in range(4):
        browser = Client()
        browser.force_login(User.objects.get(pk=mark.pk))
        browser.post(f"/leave/{press.system_code}", {"path": "../x"})

    mark.refresh_from_db()
    assert mark.locked_at is not None
    answer = Client().post("/login", {"email": mark.email, "password": people.PASSWORD})
    assert "locked" in answer.content.decode()
