"""Settings that make no sense refuse to start; those of the wire follow from what is set."""

import re
import runpy
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured

from mediabridge.settings.environment import read_settings

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = PROJECT / "mediabridge" / "settings"
LISTED = set(re.findall(r"^#([A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), flags=re.MULTILINE))


def start(name="base"):
    with patch("mediabridge.settings.logs.configure_logs"), patch.dict(sys.modules):
        # The others build on it; it has to be read anew, too.
        sys.modules.pop("mediabridge.settings.base", None)
        return runpy.run_path(str(SETTINGS / f"{name}.py"))


def values(settings):
    """The settings themselves, without what reads them."""
    return {name: value for name, value in settings.items() if name.isupper()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT_USER", "600"),
        ("RATE_LIMIT_ANONYMOUS", "0/m"),
        ("RATE_LIMIT_ANONYMOUS", "-1/m"),
        ("RATE_LIMIT_SESSION", "5/w"),
        ("RATE_LIMIT_LOGIN", "five/m"),
        ("RATE_LIMIT_LOGIN", "5/m\n"),
        ("RATE_LIMIT_SEARCH", "many"),
        ("REFRESH_COOKIE_SAMESITE", "Lax"),
        ("FRONTEND_URL", "front.example"),
        ("FRONTEND_URL", "ftp://front.example"),
        ("FRONTEND_URL", "https://"),
        ("FRONTEND_URL", "https://front.example@evil.example"),
        ("FRONTEND_URL", "https://front.example:port"),
        ("JWT_SECRET", "ab" * 63),
        ("SMTP_PORT", "mail"),
        ("SMTP_PORT", "70000"),
        ("SMTP_PORT", "0"),
        ("UPLOAD_LIMIT_MB", "25 MB"),
        ("UPLOAD_LIMIT_MB", "5121"),
        ("UPLOAD_LIMIT_MB", "1e3"),
        ("DATABASE_POOL", "0"),
        ("LISTING_TTL", "-1"),
        ("INDEX_TIME_LIMIT", "0"),
        ("AUDIT_KEEP_DAYS", "36501"),
        ("TOKEN_MAX_DAYS", "9" * 5000),
        ("PORT", "eighty"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_JSON", "maybe"),
        ("ALLOW_PRIVATE_ENDPOINTS", "ture"),
        ("TRUSTED_PROXIES", "10.0.0.0/24,proxy"),
        ("REDIS_URL", "nonsense"),
        ("REDIS_URL", "http://host"),
        ("REDIS_URL", "redis://host:port"),
        ("S3_ENDPOINT_URL", "nonsense"),
        ("S3_ENDPOINT_URL", "s3.example.org"),
        ("S3_PUBLIC_URL", "https://"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgresql://host"),
        ("DATABASE_URL", "postgresql://host:port/name"),
    ],
)
def test_refuses_to_start_with_what_makes_no_sense_and_names_it(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        start()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_quotes_no_password_of_an_address_that_is_wrong(monkeypatch, name):
    monkeypatch.setenv(name, "mysql://me:hush@host/name")

    with pytest.raises(ImproperlyConfigured) as refusal:
        start()

    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("name", ["HSTS_SECONDS", "SSL_REDIRECT"])
def test_refuses_to_start_in_production_with_what_makes_no_sense(monkeypatch, name):
    monkeypatch.setenv(name, "long")

    with pytest.raises(ImproperlyConfigured, match=name):
        start("production")


@pytest.mark.parametrize("blank", ["", "  "])
def test_takes_a_blank_for_unset(monkeypatch, blank):
    for name in LISTED - {"DJANGO_SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEY"}:
        monkeypatch.delenv(name, raising=False)
    unset = start("production")
    for name in LISTED - {"DJANGO_SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEY"}:
        monkeypatch.setenv(name, blank)

    assert values(start("production")) == values(unset)


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEY"])
def test_takes_a_blank_secret_for_none(monkeypatch, name):
    monkeypatch.setenv(name, " ")

    with pytest.raises(ImproperlyConfigured, match=name):
        start()


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("On", True), ("1", True), ("FALSE", False), ("no", False)]
)
def test_reads_yes_and_no_in_the_usual_words(monkeypatch, written, meant):
    monkeypatch.setenv("ALLOW_PRIVATE_ENDPOINTS", written)

    assert start()["ALLOW_PRIVATE_ENDPOINTS"] is meant


def test_the_environment_wins_over_the_file_unless_it_is_blank(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text(
        "SMTP_PORT=25\nUPLOAD_LIMIT_MB=\nLISTING_TTL= # default\nTOKEN_MAX_DAYS=30\n"
    )
    for name, value in {"SMTP_PORT": "", "TOKEN_MAX_DAYS": "40"}.items():
        monkeypatch.setenv(name, value)
    for name in ("UPLOAD_LIMIT_MB", "LISTING_TTL"):
        monkeypatch.delenv(name, raising=False)
    found = read_settings(tmp_path / ".env")

    assert found.number("SMTP_PORT", default=587) == 25
    assert found.number("TOKEN_MAX_DAYS", default=365) == 40
    assert found.number("UPLOAD_LIMIT_MB", default=25) == 25
    assert found.number("LISTING_TTL", default=600) == 600


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://front.example:8443/app/", "https://front.example:8443"),
        ("HTTPS://Front.Example:443", "https://front.example"),
        ("http://front.example:80/", "http://front.example"),
        ("http://front.example:443/", "http://front.example:443"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_lets_the_front_alone_call_as_browsers_name_it(monkeypatch, url, origin):
    monkeypatch.setenv("FRONTEND_URL", url)

    assert start()["CORS_ALLOWED_ORIGINS"] == [origin]


@pytest.mark.parametrize(
    ("settings", "begin"),
    [
        ({"FRONTEND_URL": "https://front.example/app/", "PORT": "8123"}, "https://front.example/app/"),
        ({"PORT": "8123"}, "http://127.0.0.1:8123/"),
        ({"HOST": "media.local"}, "http://media.local:8000/"),
        ({"HOST": "::1", "PORT": "8123"}, "http://[::1]:8123/"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000/"),
        ({"HOST": "::"}, "http://[::1]:8000/"),
        ({}, "http://127.0.0.1:8000/"),
    ],
)
def test_begins_links_where_people_find_the_pages(monkeypatch, settings, begin):
    for name in ("FRONTEND_URL", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert start()["LINKS_BEGIN"] == begin


def test_lets_no_other_origin_call_without_a_front(monkeypatch):
    monkeypatch.delenv("FRONTEND_URL", raising=False)

    assert start()["CORS_ALLOWED_ORIGINS"] == []


def test_ties_the_refresh_cookie_to_tls_where_there_is_tls():
    production = start("production")

    assert production["REFRESH_COOKIE_NAME"].startswith("__Secure-")
    assert production["REFRESH_COOKIE_SECURE"] is True
