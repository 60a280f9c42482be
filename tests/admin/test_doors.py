"""Who gets into the admin, and what its pages may do."""

import re
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.urls import reverse

from tests import people

PAGES = ["index", "accounts_user_changelist", "accounts_user_add", "buckets_bucket_changelist", "buckets_bucket_add",
         "accounts_auditentry_changelist", "accounts_personaltoken_changelist"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_shows_its_pages_to_an_administrator(admin, press, mark, page):
    people.assign(mark, press)

    assert admin.get(reverse(f"admin:{page}")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_refuses_everybody_else(client, mark, page):
    client.force_login(mark)

    assert client.get(reverse(f"admin:{page}"), follow=True).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_leads_strangers_to_the_one_login_page(client, mark, page):
    url = reverse(f"admin:{page}")

    answer = client.get(url, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/login?next=")


def test_has_no_login_page_of_its_own(client, ada):
    form = {"username": ada.email, "password": people.PASSWORD}

    assert client.get("/admin/login/?next=/admin/")["Location"] == "/login?next=/admin/"
    assert client.post("/admin/login/?next=/admin/", form)["Location"] == "/login?next=/admin/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("page", ["admin:password_change", "admin:logout"])
def test_has_no_account_pages_of_its_own(admin, page):
    assert admin.post(reverse(page))["Location"] == "/account"


def test_refuses_an_administrator_who_is_none_any_more(admin, ada):
    ada.is_admin = False
    ada.save()

    assert admin.get("/admin/", follow=True).status_code == 403


def test_calls_who_is_signed_in_by_name(admin):
    assert "Ada Admin" in admin.get("/admin/").content.decode()


def test_manages_no_groups(admin):
    assert admin.get("/admin/auth/group/").status_code == 404


def test_may_evaluate_scripts_but_never_run_inline_ones(admin):
    policy = _policy(admin.get("/admin/"))

    assert "'unsafe-eval'" in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-inline'" in policy["style-src"]
    assert not [source for source in policy["style-src"] if source.startswith("'nonce")]


@pytest.mark.parametrize("page", ["/", "/account", "/login", "/nothing"])
def test_leaves_every_other_page_without_an_unsafe_source(admin, page):
    policy = _policy(admin.get(page, follow=True))

    assert not [source for sources in policy.values() for source in sources if "unsafe" in source]


def _templates():
    roots = [Path(unfold.__file__).parent / "templates", Path(settings.BASE_DIR) / "templates" / "admin"]
    return [path for root in roots for path in sorted(root.rglob("*.html")) if "crispy" not in str(path)]


def test_is_drawn_by_templates_without_inline_script():
    found = [
        str(path)
        for path in _templates()
        if re.search(
            r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")|\son(click|load|change|submit|input)=",
            path.read_text(),
        )
    ]

    assert found == []
    assert len(_templates()) > 100


def _policy(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}
