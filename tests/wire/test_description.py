"""GET /schema: the description of the wire is whole, is what the repository holds, and is what doors do."""

import json

import pytest
import yaml
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from mediabridge.reference.description import URLS, as_yaml, description
from mediabridge.wire.doors import door
from mediabridge.wire.errors import TABLE
from mediabridge.wire.problems import listed
from tests.boundaries.source import REPO
from tests.permissions.doors import http_routes
from tests.wire.client import told
from tests.wire.described import faults, operations


def test_is_what_the_repository_holds():
    held = (REPO / "docs" / "openapi.yaml").read_bytes()

    assert held == as_yaml(), "docs/openapi.yaml is not what the doors say. Write it anew: script/describe"


def test_warns_of_nothing_and_is_openapi():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        made = SchemaGenerator(urlconf=URLS).get_schema(public=True)
    said = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    GENERATOR_STATS.reset()

    assert said == []
    validate_schema(made)


def test_describes_every_door():
    described = set(description()["paths"])
    doors = {route.removeprefix("api") for route in http_routes() if route.startswith("api/")}
    spoken = {door.replace("<uuid:", "{").replace(">", "}") for door in doors} - {"/docs"}

    assert described == spoken


def test_names_each_operation_once_and_shows_examples():
    found = [operation for _, _, operation in operations()]
    names = [operation["operationId"] for operation in found]

    assert sorted(names) == sorted(set(names))
    assert all(operation["summary"] and len(operation["tags"]) == 1 for operation in found)
    assert {operation["tags"][0] for operation in found} <= {tag["name"] for tag in description()["tags"]}


def test_shows_examples_that_are_what_they_are_examples_of():
    for pattern, verb, operation in operations():
        path = pattern.pattern.replace("[^/]+", "x").replace("\\", "")
        example = operation["responses"]["200"]["content"]["application/json"]["example"]
        assert faults(verb, path, 200, "application/json", json.dumps(example).encode()) == []


def test_says_every_code_of_the_wire():
    codes = {
        code
        for _, _, operation in operations()
        for status, response in operation["responses"].items()
        if status != "200"
        for code in _codes(response)
    }
    # Only pages end in these: a form that is out of date is refused to programs, too.
    pages_alone = {"LINK_GONE", "ARCHIVED", "METHOD_NOT_ALLOWED"}

    assert codes == {answer.code for answer in TABLE.values()} - pages_alone | {"SERVER_ERROR"}


def _codes(response):
    name = response.get("$ref", "").rpartition("/")[2]
    content = (description()["components"]["responses"][name] if name else response)["content"]
    return content["application/json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]


@pytest.mark.parametrize(
    ("operation", "status", "codes"),
    [
        ("getSetupStatus", "401", None),
        ("getSetupStatus", "403", None),
        ("getMe", "403", ["INSUFFICIENT_SCOPE"]),
        ("listUsers", "403", ["INSUFFICIENT_SCOPE", "FORBIDDEN"]),
        ("removeUser", "404", ["NOT_FOUND"]),
        ("listUsers", "404", None),
        ("listUsers", "415", None),
        ("addUser", "415", ["UNSUPPORTED_MEDIA_TYPE"]),
        (
            "deleteFiles",
            "403",
            ["CSRF_FAILED", "INSUFFICIENT_SCOPE", "S3_ACCESS_DENIED", "DELETE_NOT_ALLOWED"],
        ),
        ("refresh", "401", ["REFRESH_TOKEN_USED", "UNAUTHORIZED", "FORCE_LOGGED_OUT"]),
        ("evict", "503", ["UNAVAILABLE"]),
    ],
)
def test_reads_refusals_from_the_door_and_the_table(operation, status, codes):
    (its,) = (its for _, _, its in operations() if its["operationId"] == operation)

    assert (_codes(its["responses"][status]) if status in its["responses"] else None) == codes


def test_takes_no_problem_the_table_has_no_sentence_for():
    with pytest.raises(LookupError, match="ZeroDivisionError"):
        listed(ZeroDivisionError)
    with pytest.raises(LookupError, match="instance"):
        listed(type("Refused", (Exception,), {"__module__": "accounts.signing_in"}))


def test_bites_where_a_door_is_not_described():
    @door("GET", is_open=True)
    def silent(request): ...

    from django.urls import path

    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator(patterns=[path("api/silent", silent)]).get_schema(public=True)
    said = " ".join(GENERATOR_STATS._error_cache)
    GENERATOR_STATS.reset()

    assert "GET /api/silent is not described" in said


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "application/json", b'{"setupRequired": "no"}'),
        (200, "application/json", b"{}"),
        (200, "application/json", b'{"setupRequired": true, "more": 1}'),
        (200, "text/html", b'{"setupRequired": true}'),
        (418, "application/json", b"{}"),
        (429, "application/json", b'{"code": "OTHER", "message": "x"}'),
        (429, "application/json", b'{"code": "RATE_LIMITED"}'),
    ],
)
def test_the_judge_of_all_answers_bites(status, content_type, body):
    assert faults("GET", "/api/auth/setup-status", status, content_type, body)


def test_is_served_in_json_and_in_yaml(wire):
    as_json = wire.get("/schema")

    assert as_json["Content-Type"] == "application/json"
    assert as_json.json() == json.loads(json.dumps(description()))
    for answer in (
        wire.get("/schema?format=yaml"),
        wire.get("/schema", headers={"accept": "application/yaml"}),
    ):
        assert answer["Content-Type"] == "application/yaml"
        assert yaml.load(answer.content, yaml.CSafeLoader) == as_json.json()


def test_says_which_form_it_does_not_have(wire):
    answer = wire.get("/schema?format=xml")

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": "format"}


def test_asks_nobody_who_they_are(wire):
    wire.token = "nonsense"

    assert wire.get("/schema").status_code == 200
    assert wire.get("/docs").status_code == 200


def test_counts_as_a_strangers(wire, settings):
    settings.RATE_LIMIT_ANONYMOUS = "1/m"

    assert wire.get("/docs").status_code == 200
    assert told(wire.get("/schema")) == (429, "RATE_LIMITED")
