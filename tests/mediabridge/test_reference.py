"""GET /api/docs: the description of the wire, for people."""

import re
import shlex
from html import unescape

import pytest
from django.test import Client

from mediabridge.reference.curl import curl
from mediabridge.reference.description import description
from mediabridge.reference.page import groups, introduction, usual_refusals

BASE = "https://media.example.org/api"
CALLS = [call for group in groups(BASE) for call in group.operations]


@pytest.fixture(scope="module")
def markup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        answer = Client().get("/api/docs")
    assert answer.status_code == 200
    return answer.content.decode()


def test_shows_every_operation_once():
    described = [its["operationId"] for verbs in description()["paths"].values() for its in verbs.values()]

    assert sorted(call.name for call in CALLS) == sorted(described)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_has_a_command_for_each(call):
    said = shlex.split(call.curl.replace("\\\n", " "))

    assert said[0] == "curl"
    assert ("-X" in said) is (call.verb not in ("GET", "POST") or (call.verb == "POST" and "-d" not in said))
    assert f'"{BASE}{call.path.replace("{", "$").replace("}", "").upper()}'.lower() in call.curl.lower()
    assert ("$TOKEN" in call.curl) is (call.ways_in[:1] == ("an access token",))


def test_says_in_a_command_what_was_typed():
    operation = {
        "security": [],
        "responses": {"200": {}},
        "requestBody": {"content": {"application/json": {"example": {"name": "O'Hara ü"}}}},
    }

    assert shlex.split(curl("PATCH", "/x", operation).replace("\\\n", " ")) == [
        "curl", "-X", "PATCH", "/x", "-H", "Content-Type: application/json", "-d", '{\n  "name": "O\'Hara ü"\n}',
    ]  # fmt: skip


def test_leads_to_each_call_and_says_its_codes(markup):
    for call in CALLS:
        assert f'id="{call.name}"' in markup
        assert f'href="#{call.name}"' in markup
        assert all(refusal.code in markup for refusal in call.refusals)
    assert "DELETE_NOT_ALLOWED" in markup


def test_tells_what_any_call_may_answer_but_once():
    usual = {refusal.code for refusal in usual_refusals()}

    assert {"RATE_LIMITED", "SERVER_ERROR", "TOKEN_EXPIRED"} <= usual
    assert not [refusal for call in CALLS for refusal in call.refusals if refusal in usual_refusals()]


def test_shows_fields_with_those_inside_them():
    (shown,) = (call for call in CALLS if call.name == "listFiles")

    assert [(field.name, field.kind, field.depth) for field in shown.gives] == [
        ("items", "list of objects", 0), ("resource_name", "text", 1), ("type", "text", 1), ("uploaded_at", "time or null", 1),
        ("file_size", "number or null", 1), ("total", "number", 0), ("fromCache", "true or false", 0),
        ("nextCursor", "text or null", 0),
    ]  # fmt: skip
    assert "file, folder" in str(shown.gives[2].facts)


def test_escapes_what_it_is_told():
    assert "&quot;code&quot;" in " ".join(introduction())
    assert not [
        call for call in CALLS if re.search(r"<(?!/?span|/?code|/?strong|/?em)", call.answer + call.text)
    ]


def test_needs_nothing_foreign_and_nothing_inline(markup):
    loaded = re.findall(r"<(?:script|link|img)[^>]*?(?:src|href)=\"([^\"]+)\"", markup)

    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", markup)


def test_shows_where_this_product_is(markup):
    assert "http://testserver/api/buckets/$BUCKET_ID/files" in unescape(markup)


def test_answers_a_wrong_verb_as_the_wire_does(db):
    answer = Client().post("/api/docs")

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
