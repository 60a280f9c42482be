"""What every answer says to browsers, at every door there is, to people and strangers, in success and in refusal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from tests.boundaries.source import REPO
from tests.people import PASSWORD
from tests.permissions.cast import Stage, undone
from tests.permissions.table import ROWS, Row
from tests.permissions.test_matrix import _filled

pytestmark = pytest.mark.django_db
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NO_DOORS = ("/nothing", "/b/NONE/", "/api/nothing", "/admin/nothing/", "/b/%00/", "/account/password/x")
ADMIN_ALONE = {"script-src": "'unsafe-eval'", "style-src": "'unsafe-inline'"}
PRODUCTION = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_SSL_REDIRECT",
    "REFRESH_COOKIE_NAME", "REFRESH_COOKIE_SECURE", "DEBUG",
)  # fmt: skip
EVERY_ROW = [pytest.param(row, id=row.route or "/") for row in ROWS]


def policy(answer: HttpResponse) -> dict[str, list[str]]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def judge(answer: HttpResponse, path: str) -> None:
    """Whether this answer says all it must."""
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, f"{path}: {name}"
    assert "Server" not in answer.headers
    allowed = policy(answer)
    assert allowed["default-src"] == allowed["base-uri"] == allowed["frame-ancestors"] == ["'none'"], path
    in_admin = path.startswith(reverse("admin:index"))
    for directive, sources in allowed.items():
        unsafe = [source for source in sources if "unsafe" in source or source in ("*", "http:", "https:")]
        excused = [ADMIN_ALONE[directive]] if in_admin and directive in ADMIN_ALONE else []
        assert [source for source in unsafe if source not in excused] == [], f"{path}: {directive}"
        assert "data:" not in sources or directive == "img-src", f"{path}: {directive}"
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    if html and not getattr(answer, "streaming", False) and b"<script" in answer.content:
        nonces = [source for source in allowed["script-src"] if source.startswith("'nonce-")]
        assert len(nonces) == 1 or in_admin, path


@pytest.mark.parametrize("row", EVERY_ROW)
def test_every_door_says_what_browsers_must_know(row: Row, stage: Stage) -> None:
    path = _filled(row.path, stage)
    for who, verb in (("admin", "get"), ("anonymous", "get"), ("anonymous", "post"), ("anonymous", "put")):
        with undone():
            answer = getattr(stage.browser(who), verb)(path)
        judge(answer, path)


@pytest.mark.parametrize("path", NO_DOORS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_so_does_every_refusal_where_there_is_no_door(path: str, accept: str, stage: Stage) -> None:
    for who in ("admin", "anonymous"):
        with undone():
            judge(stage.browser(who).get(path, headers={"accept": accept}), path)


def test_so_does_an_answer_without_its_forms_token_or_with_a_foreign_host(stage: Stage) -> None:
    with undone():
        judge(stage.browser("admin", checks_csrf=True).post("/account", {"name": "X"}), "/account")
        judge(stage.browser("admin").get("/account", headers={"host": "evil.example"}), "/account")


@pytest.fixture(scope="module")
def in_production() -> Iterator[Any]:
    """The settings people run with, as another process reads them."""
    script = f"""
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "mediabridge.settings.production"
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {PRODUCTION!r}}}))
"""
    environ = {
        "DJANGO_SECRET_KEY": "x" * 50, "JWT_SECRET": "ab" * 64, "ENCRYPTION_KEY": "cd" * 32, "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(REPO),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, cwd=REPO, capture_output=True, text=True, check=True
    )
    read: dict[str, Any] = json.loads(done.stdout)
    with override_settings(**read):
        yield settings


def test_production_ties_browsers_and_cookies_to_tls(in_production: Any) -> None:
    client = Client(raise_request_exception=False)
    User.objects.create_user(email="private@example.com", name="Private", password=PASSWORD)
    signed_in = client.post("/login", {"email": "private@example.com", "password": PASSWORD}, secure=True)
    assert signed_in.status_code == 302
    cookie = client.cookies["__Host-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True, True, "Lax", "/", ""
    )  # fmt: skip
    assert in_production.REFRESH_COOKIE_NAME.startswith("__Secure-")
    assert in_production.REFRESH_COOKIE_SECURE
    assert not in_production.DEBUG

    for path in ("/", "/login", "/nothing", "/admin/", "/api/auth/me", "/api/nothing"):
        answer = client.get(path, secure=True)
        assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", path
        assert all(set_cookie["secure"] for set_cookie in answer.cookies.values()), path
        judge(answer, path)
        plain = client.get(path)
        assert (plain.status_code, plain["Location"]) == (301, f"https://testserver{path}")
