"""The admin is a page like every other: the same session, ended in the same ways, and the same limits."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import people, refreshing, sessions, tokens
from accounts.audit import Operation
from accounts.models import AuditEntry, Session, User
from tests.people import PASSWORD

PAGES = ["/admin/", "/admin/accounts/user/", "/admin/buckets/bucket/", "/admin/accounts/auditentry/"]


def forced_out(ada: User) -> None:
    sessions.force_logout(user=ada, reason="x", now=timezone.now())


def raised_epoch(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(epoch=ada.epoch + 1)


def locked(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(locked_at=timezone.now())


def disabled(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)


def new_password(ada: User) -> None:
    ada.set_password("quite another password")
    ada.save(update_fields=["password"])


def revoked(ada: User) -> None:
    sessions.end_all(user=ada, reason=Session.Ended.REVOKED, now=timezone.now())


def expired(ada: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def removed(ada: User) -> None:
    User.objects.filter(pk=ada.pk).delete()


ENDS = [raised_epoch, locked, disabled, new_password, revoked, expired, removed]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("page", PAGES)
def test_ends_with_the_session(admin, ada, mark, end, page):
    assert admin.get(page).status_code == 200

    end(ada)

    assert admin.get(page)["Location"].startswith("/login?next=")


@pytest.mark.parametrize("end", ENDS)
def test_changes_nothing_any_more(admin, ada, mark, end):
    people.add(email="eve@example.com", name="Eve", is_admin=True, by=None)
    end(ada)
    before = AuditEntry.objects.count()

    answer = admin.post(f"/admin/accounts/user/{mark.pk}/change/", {"name": "Changed", "email": mark.email})

    assert answer.status_code == 401
    assert User.objects.get(pk=mark.pk).name == "Mark Eting"
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_ends_at_once_when_an_administrator_is_forced_out(admin, ada):
    forced_out(ada)

    assert [admin.get(page).status_code for page in PAGES] == [302] * len(PAGES)
    assert "ended" in admin.get("/admin/", follow=True).content.decode()


def test_is_entered_by_the_one_login_page(client, ada):
    answer = client.post("/login", {"email": ada.email, "password": PASSWORD, "next": "/admin/"})

    assert answer["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.get().operation == Operation.SIGNED_IN
    assert Session.objects.get().user == ada


def test_is_left_by_signing_out_anywhere(admin):
    admin.post("/logout")

    assert admin.get("/admin/")["Location"].startswith("/login?next=")


def test_limits_tries_to_get_in_like_every_sign_in(client, ada, settings):
    settings.RATE_LIMIT_LOGIN = "3/h"
    form = {"email": ada.email, "password": "wrong", "next": "/admin/"}

    answers = [client.post("/login", form).status_code for _ in range(5)]

    assert answers == [401, 401, 401, 429, 429]
    assert client.post("/login", {**form, "password": PASSWORD}).status_code == 429


def test_counts_its_pages_like_every_page(admin, settings):
    settings.RATE_LIMIT_USER = "4/m"

    answers = [admin.get(page) for page in ("/admin/", "/account", *PAGES)]

    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_takes_no_form_from_elsewhere(ada):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)

    assert browser.post("/admin/accounts/user/add/", {"name": "Eve"}).status_code == 403
    assert not User.objects.filter(name="Eve").exists()


def test_takes_no_access_token(ada):
    grant = refreshing.open_session(user=ada, ip=None, agent="", now=timezone.now())
    token = tokens.access_token(grant.session, now=timezone.now())

    answer = Client().get("/admin/", headers={"Authorization": f"Bearer {token}"})

    assert answer["Location"].startswith("/login?next=")
