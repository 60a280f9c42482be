"""Who may call from another origin, and read the answer."""

import pytest

from tests.wire.client import told

pytestmark = pytest.mark.urls("tests.wire.odd_urls")
FRONT = "https://front.example"
FOREIGN = ["https://evil.example", "http://front.example", "https://front.example:444", "null",
           "https://front.example.evil.example", "https://sub.front.example", "http://["]  # fmt: skip


@pytest.fixture(autouse=True)
def _front(settings):
    settings.CORS_ALLOWED_ORIGINS = [FRONT]


def preflight(wire, verb="POST", origin=FRONT, door="/auth/login"):
    asked = {
        "origin": origin,
        "access-control-request-method": verb,
        "access-control-request-headers": "authorization,content-type",
    }
    return wire.send("OPTIONS", f"/api{door}", headers=asked)


def words(header):
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("verb", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("door", ["/auth/login", "/auth/me", "/nothing"])
def test_a_preflight_allows_what_clients_use(wire, verb, door):
    answer = preflight(wire, verb, door=door)

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == FRONT
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert verb.lower() in words(answer["Access-Control-Allow-Methods"])
    assert {"authorization", "content-type"} <= words(answer["Access-Control-Allow-Headers"])


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_preflight_allows_nothing_to_others(wire, origin):
    answer = preflight(wire, origin=origin)

    assert not [name for name in answer.headers if name.lower().startswith("access-control-allow")]


@pytest.mark.parametrize("origin", FOREIGN)
def test_others_can_read_no_answer(marks, origin):
    answer = marks.get("/auth/me", headers={"origin": origin})

    assert "Access-Control-Allow-Origin" not in answer
    assert "origin" in words(answer["Vary"])


@pytest.mark.parametrize(
    ("door", "status"),
    [
        ("/auth/me", 401),
        ("/nothing", 404),
        ("/auth/me%00", 400),
        ("/auth/login", 405),
        ("/fail/bug", 500),
        ("/fail/s3-away", 503),
        ("/fail/denied", 403),
    ],
)
def test_every_refusal_can_be_read(marks, door, status):
    marks.token = marks.token if status != 401 else ""

    answer = marks.get(door, headers={"origin": FRONT})

    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == FRONT
    assert answer["Access-Control-Allow-Credentials"] == "true"


def test_a_refusal_for_haste_can_be_read_with_its_wait(wire, mark):
    for _ in range(5):
        wire.sign_in("nobody@example.com")

    answer = wire.post("/auth/login", {"email": "a@example.com", "password": "x"}, headers={"origin": FRONT})

    assert told(answer) == (429, "RATE_LIMITED")
    assert answer["Access-Control-Allow-Origin"] == FRONT
    assert "retry-after" in words(answer["Access-Control-Expose-Headers"])


def test_a_refused_host_can_be_read(wire):
    answer = wire.get("/auth/me", headers={"origin": FRONT, "host": "evil.example"})

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, FRONT)


def test_nobody_may_call_without_a_front(wire, settings):
    settings.CORS_ALLOWED_ORIGINS = []

    assert "Access-Control-Allow-Origin" not in preflight(wire)


@pytest.mark.parametrize("page", ["/login", "/healthz", "/apiary"])
def test_no_page_may_be_read(wire, page):
    assert "Access-Control-Allow-Origin" not in wire.send("GET", page, headers={"origin": FRONT})


def test_preflights_have_a_generous_limit_of_their_own(wire, settings):
    settings.RATE_LIMIT_SESSION = "3/m"
    assert [preflight(wire).status_code for _ in range(3)] == [200] * 3

    answer = preflight(wire)

    assert told(answer) == (429, "RATE_LIMITED")
    assert answer["Access-Control-Allow-Origin"] == FRONT
    assert wire.get("/auth/setup-status").status_code == 200
