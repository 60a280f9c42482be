"""What goes wrong below /api, in the one shape."""

import gzip
import socket
from unittest.mock import patch

import pytest
from django.db import OperationalError

from tests.mediabridge.failing_urls import SECRET
from tests.mediabridge.test_errors import CASES
from tests.wire.client import told

pytestmark = pytest.mark.urls("tests.wire.odd_urls")


@pytest.mark.parametrize("name", CASES)
def test_is_told_in_json(marks, name):
    answer = marks.get(f"/fail/{name}")

    assert told(answer) == CASES[name]
    assert SECRET not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json; indent=9", "rubbish"])
@pytest.mark.parametrize("name", ["missing", "bug"])
def test_is_told_in_json_whatever_would_be_accepted(marks, name, accept):
    answer = marks.get(f"/fail/{name}", headers={"accept": accept})

    assert told(answer) == CASES[name]
    assert b"\n" not in answer.content


def test_is_told_in_json_to_htmx(marks):
    assert told(marks.get("/fail/missing", headers={"hx-request": "true"})) == CASES["missing"]


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/auth", "/api/auth/", "/api/auth/me/", "/api//auth/me"]
)
def test_says_that_there_is_nothing_and_redirects_nowhere(wire, verb, path):
    answer = wire.send(verb, path)

    assert told(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/auth/me%00", "/api/auth/me?x=%00", "/api/%ff"])
def test_refuses_an_address_no_name_has(wire, path):
    assert told(wire.send("GET", path)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("host", ["evil.example", "testserver:80:80", "testserver@evil.example", "a b"])
def test_refuses_a_host_that_is_not_ours(wire, host):
    assert told(wire.get("/auth/setup-status", headers={"host": host})) == (400, "VALIDATION_ERROR")


def test_names_the_verbs_of_a_door(marks):
    answer = marks.send("PUT", "/api/auth/me")

    assert told(answer) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer["Allow"]


def test_describes_no_door(marks):
    answer = marks.send("OPTIONS", "/api/auth/me")

    assert told(answer) == (405, "METHOD_NOT_ALLOWED")


def test_is_compressed_for_whoever_reads_that(marks):
    sent = {"keys": ["a long key"] * 100}

    packed = marks.post("/echo", sent, headers={"accept-encoding": "gzip"})
    plain = marks.post("/echo", sent)

    assert (packed["Content-Encoding"], plain["Content-Encoding"]) == ("gzip", "")
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


@pytest.mark.parametrize("header", ["X-Odd: a\x00b", "X Odd: a", "Content-Length: 2\r\nContent-Length: 3"])
def test_is_no_word_to_whoever_speaks_no_http(marks, header):
    """What is no request reaches nothing of ours: daphne answers it, says nothing and hangs up."""
    with socket.create_connection((marks.product.host, marks.product.port), timeout=20) as line:
        line.sendall(f"POST /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n".encode())
        told_ = b"".join(iter(lambda: line.recv(4096), b""))

    assert told_ == b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert marks.get("/auth/me").status_code == 200


def test_says_how_long_to_wait(marks):
    answer = marks.get("/fail/s3-away")

    assert answer["Retry-After"] == "7"
    assert answer.json()["details"] == {"retry_after": 7}


def test_says_that_the_database_is_away(marks):
    with patch("accounts.tokens.Session.objects.select_related", side_effect=OperationalError(SECRET)):
        answer = marks.get("/auth/me")

    assert told(answer) == (503, "UNAVAILABLE")
    assert answer["Retry-After"] == "5"


def test_answers_in_json_when_a_middleware_fails(marks):
    with patch("mediabridge.rate_limits.is_wire", side_effect=ZeroDivisionError(SECRET)):
        answer = marks.get("/auth/me")

    assert told(answer) == (500, "SERVER_ERROR")
    assert SECRET not in answer.content.decode()
