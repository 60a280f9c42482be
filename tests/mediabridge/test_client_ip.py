"""Whose request it is."""

import pytest
from django.test import RequestFactory

from mediabridge.wire.client_ip import client_ip, comes_from_a_proxy

PROXY = "10.0.0.2"
CLIENT = "198.51.100.7"
FORGED = "203.0.113.66"


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/24", "192.0.2.1", "2001:db8:aaaa::/48"]


def ip(peer, **headers):
    return client_ip(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (CLIENT, {}, CLIENT),
        (PROXY, {"x-real-ip": CLIENT}, CLIENT),
        (PROXY, {"x-forwarded-for": CLIENT}, CLIENT),
        (PROXY, {"x-forwarded-for": f"{FORGED}, {CLIENT}"}, CLIENT),
        (PROXY, {"x-forwarded-for": f"{FORGED}, {CLIENT}, 192.0.2.1, 10.0.0.9"}, CLIENT),
        (PROXY, {"x-forwarded-for": f"{FORGED}, {CLIENT}", "x-real-ip": CLIENT}, CLIENT),
        (PROXY, {"x-forwarded-for": f"{CLIENT}, 192.0.2.1", "x-real-ip": "192.0.2.1"}, CLIENT),
        (PROXY, {"x-real-ip": f"{CLIENT}:4711"}, CLIENT),
        (PROXY, {"x-real-ip": "[2001:db8::1]:443"}, "2001:db8::1"),
        (PROXY, {"x-real-ip": f"::ffff:{CLIENT}"}, CLIENT),
        ("2001:db8:aaaa::5", {"x-real-ip": CLIENT}, CLIENT),
        ("::ffff:10.0.0.2", {"x-real-ip": CLIENT}, CLIENT),
    ],
)
def test_finds_the_client(peer, headers, expected):
    assert ip(peer, **headers) == expected


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (CLIENT, {"x-real-ip": FORGED}, CLIENT),
        (CLIENT, {"x-forwarded-for": FORGED}, CLIENT),
        (CLIENT, {"x-real-ip": "10.0.0.3", "x-forwarded-for": "10.0.0.3"}, CLIENT),
        (PROXY, {"x-real-ip": CLIENT, "x-forwarded-for": FORGED}, PROXY),
        (PROXY, {"x-real-ip": FORGED, "x-forwarded-for": f"10.9.9.9, {CLIENT}"}, PROXY),
        (PROXY, {"x-forwarded-for": f"{CLIENT}, rubbish"}, PROXY),
        (PROXY, {"x-forwarded-for": "10.0.0.3, 10.0.0.4"}, PROXY),
        (PROXY, {"x-real-ip": "rubbish"}, PROXY),
        (PROXY, {"x-real-ip": "", "x-forwarded-for": ", ,"}, PROXY),
        (PROXY, {"forwarded": f"for={FORGED}"}, PROXY),
    ],
)
def test_believes_no_header_that_somebody_may_have_made_up(peer, headers, expected):
    assert ip(peer, **headers) == expected


def test_trusts_nobody_by_default(settings):
    settings.TRUSTED_PROXIES = []

    assert ip("127.0.0.1", **{"x-real-ip": CLIENT}) == "127.0.0.1"


@pytest.mark.parametrize("peer", ["", "unix:", "@"])
def test_knows_no_address_where_the_connection_has_none(peer):
    assert ip(peer, **{"x-real-ip": FORGED}) is None


@pytest.mark.parametrize(("peer", "expected"), [(PROXY, True), ("10.0.1.2", False), ("", False)])
def test_tells_a_proxy_by_the_connection(peer, expected):
    assert comes_from_a_proxy(RequestFactory().get("/", REMOTE_ADDR=peer)) is expected


@pytest.mark.parametrize(("peer", "secure"), [(PROXY, True), (CLIENT, False)])
def test_lets_only_a_proxy_say_that_tls_was_used(client, db, settings, peer, secure):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60

    answer = client.get("/login", REMOTE_ADDR=peer, headers={"x-forwarded-proto": "https"})

    assert ("Strict-Transport-Security" in answer) is secure
