"""Administrators are told on every page whose account was locked. Nobody else is, nor is anything asked for them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User

TITLE = "Locked after leaving their folder too often"


@pytest.fixture
def locked(rita):
    User.objects.filter(pk=rita.pk).update(locked_at=timezone.now())
    return rita


@pytest.mark.parametrize("page", ["/", "/account", "/nothing", "/admin/"])
def test_leads_an_administrator_to_them(client, ada, locked, page):
    client.force_login(ada)

    shown = client.get(page).content.decode()

    assert TITLE in shown
    assert reverse("admin:accounts_user_change", args=[locked.pk]) in shown


def test_is_gone_when_they_are_unlocked(client, ada, locked):
    client.force_login(ada)

    client.post(reverse("admin:accounts_user_unlock", args=[locked.pk]))

    assert TITLE not in client.get("/account").content.decode()


@pytest.mark.parametrize("page", ["/", "/account", "/login"])
def test_tells_and_asks_nobody_else(client, mark, locked, page):
    client.force_login(mark)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown = client.get(page).content.decode()

    assert TITLE not in shown
    assert not [query for query in asked.captured_queries if '"locked_at" IS NOT NULL' in query["sql"]]
