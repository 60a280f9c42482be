"""Addresses an administrator types: what is refused, and why. Names resolve to what a test says."""

import socket

import pytest
from pytest_django.fixtures import Settings

from buckets.endpoints import check_cdn_base, check_endpoint_url, is_private
from buckets.paths import Malformed

NAMES = {
    "s3.example.com": ["93.184.215.14"],
    "inside.example.com": ["10.0.0.7"],
    "mixed.example.com": ["93.184.215.14", "192.168.1.1"],
    "metadata.example.com": ["169.254.169.254"],
    "six.example.com": ["fd00::1"],
    "mapped.example.com": ["::ffff:10.0.0.1"],
    "localhost": ["127.0.0.1"],
}


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    settings.S3_ENDPOINT_URL = ""
    real = socket.getaddrinfo

    def resolve(host: str, port: object, **kinds: int) -> list[object]:
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in NAMES[host]]
        return list(real(host, None, flags=socket.AI_NUMERICHOST, **kinds))

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize("check", [check_endpoint_url, check_cdn_base])
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("  ", ""),
        ("https://s3.example.com", "https://s3.example.com"),
        (" https://s3.example.com/ ", "https://s3.example.com"),
        ("https://s3.example.com:9000/base/s3/", "https://s3.example.com:9000/base/s3"),
        ("https://93.184.215.14", "https://93.184.215.14"),
        (
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:9000",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:9000",
        ),
    ],
)
def test_accepts_a_public_address(check: object, typed: str, stored: str) -> None:
    assert check(typed) == stored  # type: ignore[operator]


@pytest.mark.parametrize("check", [check_endpoint_url, check_cdn_base])
@pytest.mark.parametrize(
    "typed",
    [
        "http://s3.example.com",
        "ftp://s3.example.com",
        "//s3.example.com",
        "s3.example.com",
        "https://",
        "https:///path",
        "https://me:pw@s3.example.com",
        "https://@s3.example.com",
        "https://s3.example.com?x=1",
        "https://s3.example.com?",
        "https://s3.example.com/#",
        "https://s3.example.com/a b",
        "https://s3.example.com/a;b",
        "https://s3.example.com/a//b",
        "https://s3.example.com/../b",
        "https://s3.example.com/%2e%2e/b",
        "https://s3.exam;ple.com",
        "https://s3.example.com, https://evil.example",
        "https://s3.example.com:0",
        "https://s3.example.com:99999",
        "https://s3.example.com:port",
        "https://[::1",
        "https://'self'",
        "https://bücher.example",
        "javascript:alert(1)",
        "https://127.0.0.1",
        "https://10.1.2.3",
        "https://172.16.0.1",
        "https://192.168.1.1",
        "https://169.254.169.254/latest",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[::1]",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://[::ffff:127.0.0.1]",
        "https://localhost",
        "https://inside.example.com",
        "https://mixed.example.com",
        "https://metadata.example.com",
        "https://six.example.com",
        "https://mapped.example.com",
    ],
)
def test_refuses_any_other_with_a_reason(check: object, typed: str) -> None:
    with pytest.raises(Malformed) as refused:
        check(typed)  # type: ignore[operator]
    assert refused.value.field in ("endpoint_url", "cloudfront_base_url")
    assert refused.value.reason.endswith(".") or "https://" in refused.value.reason


def test_refuses_an_endpoint_without_an_address() -> None:
    with pytest.raises(Malformed):
        check_endpoint_url("https://nowhere.invalid")


def test_accepts_a_cdn_that_only_browsers_can_find() -> None:
    assert check_cdn_base("https://cdn.invalid/") == "https://cdn.invalid"


@pytest.mark.parametrize(
    "typed", ["http://127.0.0.1:9000", "http://localhost:9000/", "https://inside.example.com"]
)
def test_accepts_a_private_address_where_a_setting_allows_it(settings: Settings, typed: str) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    assert check_endpoint_url(typed) == typed.rstrip("/")


def test_never_accepts_a_public_address_without_tls(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    with pytest.raises(Malformed):
        check_endpoint_url("http://s3.example.com")


def test_accepts_the_endpoint_the_operator_set(settings: Settings) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9100/"
    assert check_endpoint_url("http://127.0.0.1:9100") == "http://127.0.0.1:9100"
    with pytest.raises(Malformed):
        check_endpoint_url("http://127.0.0.1:9101")


@pytest.mark.parametrize(
    "address", ["fe80::1%eth0", "::ffff:192.168.0.1", "0.0.0.0", "255.255.255.255", "ff02::1"]
)
def test_knows_a_private_address_in_every_spelling(address: str) -> None:
    assert is_private(address)
