"""Who may do what, at every door there is: read from the routing, so that a new door can't be forgotten."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse

from tests.permissions.cast import BUCKET, EVERYBODY, FILES, Stage, undone
from tests.permissions.doors import http_routes, socket_routes
from tests.permissions.table import NOT_THIS_WAY, OPEN, ROWS, SIGN_IN, SOCKETS, Call, Row

pytestmark = pytest.mark.django_db
VERBS = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE")
CASES = [pytest.param(row, verb, id=f"{verb} {row.route or '/'}") for row in ROWS for verb in row.calls]
REFUSED = {302, 400, 401, 403, 404, 405}


def test_every_door_has_a_row() -> None:
    missing = sorted(set(http_routes()) - {row.route for row in ROWS})
    assert not missing, (
        f"No row in tests/permissions/table.py for: {missing}. Add a Row for each, saying what every person "
        f"({', '.join(EVERYBODY)}) is answered, for reading and for writing."
    )


def test_every_socket_has_a_row() -> None:
    missing = sorted(set(socket_routes()) - set(SOCKETS))
    assert not missing, (
        f"No row in SOCKETS of tests/permissions/table.py for: {missing}. Say what every person "
        f"({', '.join(EVERYBODY)}) gets when they connect."
    )


def test_every_row_has_a_door() -> None:
    gone = sorted({row.route for row in ROWS} - set(http_routes())) + sorted(
        set(SOCKETS) - set(socket_routes())
    )
    assert not gone, f"These doors are gone; take their rows out of tests/permissions/table.py: {gone}"


def test_no_door_has_two_rows_and_every_row_names_everybody() -> None:
    routes = [row.route for row in ROWS]
    assert sorted(routes) == sorted(set(routes))
    assert all(set(call.answers) == set(EVERYBODY) for row in ROWS for call in row.calls.values())


@pytest.mark.parametrize(("row", "verb"), CASES)
def test_answers_each_person_as_the_table_says(row: Row, verb: str, stage: Stage) -> None:
    call = row.calls[verb]
    wanted = {who: _filled(answer, stage) for who, answer in call.answers.items()}

    got = {who: _asked(stage, who, verb, row, call, like=wanted[who]) for who in EVERYBODY}

    assert [f"{who}: {got[who]}, not {wanted[who]}" for who in EVERYBODY if got[who] != wanted[who]] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.route or "/") for row in ROWS])
def test_refuses_every_other_verb_to_everybody(row: Row, stage: Stage) -> None:
    others = [verb for verb in VERBS if verb not in row.calls and not (verb == "HEAD" and "GET" in row.calls)]
    for verb in others:
        for who in ("admin", "anonymous"):
            cache.clear()
            with undone():
                browser = stage.browser(who)
                answer = browser.generic(
                    verb, _filled(row.path, stage), headers={"accept": "application/json"}
                )
            assert _said(answer) in (NOT_THIS_WAY, SIGN_IN, "405", "401"), f"{verb} {row.path} by {who}"


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row.route or "/") for row in ROWS if "POST" in row.calls and row.route not in OPEN],
)
def test_takes_no_post_without_the_forms_token(row: Row, stage: Stage) -> None:
    with undone():
        browser = stage.browser("admin", checks_csrf=True)
        answer = browser.post(_filled(row.path, stage), headers={"accept": "application/json"})
    assert _said(answer) == "403 CSRF_FAILED"


def _asked(stage: Stage, who: str, verb: str, row: Row, call: Call, *, like: str) -> str:
    cache.clear()
    stage.store.buckets[BUCKET] = sorted(FILES)
    with undone():
        send = getattr(stage.browser(who), verb.lower())
        fields: Any = call.fields
        options: dict[str, Any] = {}
        if row.route.startswith("api/") and verb != "GET":
            fields, options = _filled(json.dumps(fields), stage), {"content_type": "application/json"}
        answer = send(_filled(row.path, stage), fields, headers={"accept": "application/json"}, **options)
    said = _said(answer)
    return said if " " in like else said.partition(" ")[0]


def _filled(text: object, stage: Stage) -> str:
    filled = str(text)
    for word, value in stage.words.items():
        filled = filled.replace(f"{{{word}}}", value)
    return filled


def _said(answer: HttpResponse) -> str:
    """The status, with where a redirect leads or what an error is called."""
    if answer.has_header("Location"):
        return f"{answer.status_code} {answer['Location'].partition('?')[0]}"
    if (
        answer.status_code >= 400
        and answer.content
        and answer.headers.get("Content-Type", "").startswith("application/json")
    ):
        told = json.loads(answer.content)
        return f"{answer.status_code} {told.get('error', told).get('code', '')}".strip()
    return str(answer.status_code)
