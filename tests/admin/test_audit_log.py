"""The audit log in the admin: to be read."""

import pytest
from django.urls import reverse

from accounts.audit import Operation, Outcome, record
from accounts.models import AuditEntry

LIST = "/admin/accounts/auditentry/"


@pytest.fixture
def entries(mark, rita):
    return [
        record(
            by=mark, operation=Operation.DELETED, bucket_code="PRESS", path="a/logo.png", ip="198.51.100.7"
        ),
        record(
            by=rita,
            operation=Operation.VIOLATION,
            outcome=Outcome.REFUSED,
            path="../secret",
            detail={"x": "<b>"},
        ),
    ]


def shown(answer):
    return {entry.path for entry in answer.context["cl"].result_list}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"a/logo.png", "../secret"}),
        ("?q=logo", {"a/logo.png"}),
        ("?q=rita@example.com", {"../secret"}),
        ("?q=PRESS", {"a/logo.png"}),
        ("?q=198.51.100.7", {"a/logo.png"}),
        ("?q=nothing-of-this", set()),
        ("?operation__exact=deleted", {"a/logo.png"}),
        ("?outcome__exact=refused", {"../secret"}),
    ],
)
def test_is_searched_and_filtered(admin, entries, query, expected):
    assert shown(admin.get(LIST + query)) == expected


@pytest.mark.parametrize(
    "query", ["?q=%27%3B--", "?p=9999", "?o=99", "?operation__exact=nonsense", "?actor_name__x=1"]
)
def test_survives_a_strange_query(admin, entries, query):
    assert admin.get(LIST + query, follow=True).status_code == 200


@pytest.mark.parametrize(
    ("query", "href"),
    [
        ("", "/activity"),
        ("?operation__exact=deleted&outcome__exact=failed", "/activity?operation=deleted&amp;outcome=failed"),
        ("?q=logo", "/activity"),
    ],
)
def test_leads_to_the_exports_of_what_is_filtered(admin, entries, query, href):
    assert f'href="{href}"' in admin.get(LIST + query).content.decode()


def test_shows_one_entry_whole_and_escaped(admin, entries):
    text = admin.get(reverse("admin:accounts_auditentry_change", args=[entries[1].pk])).content.decode()

    assert "../secret" in text
    assert "<b>" not in text.replace("<b></b>", "")


@pytest.mark.parametrize("act", ["change", "delete"])
def test_lets_nobody_change_or_remove_an_entry(admin, entries, act):
    url = reverse(f"admin:accounts_auditentry_{act}", args=[entries[0].pk])

    assert admin.post(url, {"post": "yes", "path": "forged"}).status_code == 403
    assert AuditEntry.objects.get(pk=entries[0].pk).path == "a/logo.png"


def test_lets_nobody_add_an_entry(admin):
    assert admin.post(f"{LIST}add/", {"operation": "deleted"}).status_code == 403
    assert not AuditEntry.objects.exists()


def test_removes_no_selection(admin, entries):
    form = {"action": "delete_selected", "_selected_action": [entry.pk for entry in entries], "post": "yes"}

    admin.post(LIST, form)

    assert AuditEntry.objects.count() == 2


def test_is_not_shown_to_anybody_else(client, mark, entries):
    client.force_login(mark)

    assert client.get(LIST, follow=True).status_code == 403
