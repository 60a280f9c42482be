"""Settings that make no sense refuse to start; those of the wire follow from what is set."""

import runpy
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).resolve().parents[2] / "mediabridge" / "settings"


def start(name="base"):
    with patch("mediabridge.settings.logs.configure_logs"):
        return runpy.run_path(str(SETTINGS / f"{name}.py"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT_USER", "600"),
        ("RATE_LIMIT_USER", ""),
        ("RATE_LIMIT_ANONYMOUS", "0/m"),
        ("RATE_LIMIT_ANONYMOUS", "-1/m"),
        ("RATE_LIMIT_SESSION", "5/w"),
        ("RATE_LIMIT_LOGIN", "five/m"),
        ("RATE_LIMIT_LOGIN", "5/m\n"),
        ("REFRESH_COOKIE_SAMESITE", "Lax"),
        ("FRONTEND_URL", "front.example"),
        ("FRONTEND_URL", "ftp://front.example"),
        ("FRONTEND_URL", "https://"),
        ("FRONTEND_URL", "https://front.example@evil.example"),
        ("FRONTEND_URL", "https://front.example:port"),
        ("JWT_SECRET", "ab" * 63),
    ],
)
def test_refuses_to_start_with_what_makes_no_sense(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured):
        start()


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
    ("name", "value", "begin"),
    [
        ("FRONTEND_URL", "https://front.example/app/", "https://front.example/app/"),
        ("PORT", "8123", "http://127.0.0.1:8123/"),
    ],
)
def test_begins_links_where_people_find_the_pages(monkeypatch, name, value, begin):
    for each in ("FRONTEND_URL", "PORT"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)

    assert start()["LINKS_BEGIN"] == begin


def test_lets_no_other_origin_call_without_a_front(monkeypatch):
    monkeypatch.delenv("FRONTEND_URL", raising=False)

    assert start()["CORS_ALLOWED_ORIGINS"] == []


def test_ties_the_refresh_cookie_to_tls_where_there_is_tls():
    production = start("production")

    assert production["REFRESH_COOKIE_NAME"].startswith("__Secure-")
    assert production["REFRESH_COOKIE_SECURE"] is True
