"""What a body may be."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediabridge.wire.json_body import Malformed, read
from tests.wire.client import chunks, told

pytestmark = pytest.mark.urls("tests.wire.odd_urls")
NUL, HALF = "\\u0000", "\\ud800"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(exclude_characters="\x00",
                                                                                    exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_characters="\x00",
                                                                exclude_categories=["Cs"])), inner, max_size=4),
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"text"',
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'[{"a": 1, "a": 1}]',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\x00"}',
        b'{"a": "' + NUL.encode() + b'"}',
        b'{"' + NUL.encode() + b'": 1}',
        b'{"a": "' + HALF.encode() + b'"}',
        b'{"a": ["\\udc00\\ud800"]}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
    ids=lambda body: body[:24].decode("latin-1") or "nothing",
)
def test_is_refused_when_readers_could_differ_about_it(body):
    with pytest.raises(Malformed):
        read(body)


@given(JSON.filter(lambda value: isinstance(value, list | dict)), st.booleans())
def test_is_read_as_it_was_written(value, ascii_only):
    assert read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_is_refused_or_read_and_nothing_else(body):
    try:
        assert isinstance(read(body), dict | list)
    except Malformed:
        return


def test_reads_a_character_of_two_escapes():
    assert read(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def steps_to_read(body: bytes) -> int:
    """How many functions are called for it, or go on."""
    steps = []
    sys.setprofile(lambda *step: steps.append(step[1]))
    try:
        read(body)
    finally:
        sys.setprofile(None)
    return len(steps)


def test_costs_no_more_for_being_nested_deeply():
    texts = b'"\\u0061",' * 500 + b'"\\u0061"'
    flat, deep = b"[" + texts + b"]", b"[" * 100 + texts + b"]" * 100

    assert steps_to_read(deep) < 2 * steps_to_read(flat)


def test_is_refused_with_the_field_that_is_wrong(marks):
    answer = marks.post("/echo", b'{"list": [{"name": "a\\u0000b"}]}')

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": "name"}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "text/json",
        "",
    ],
)
def test_is_refused_in_another_form(marks, content_type):
    answer = marks.post("/echo", b'{"a": 1}', content_type=content_type)

    assert told(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_is_refused_as_the_form_of_a_page(marks):
    # One with parts, as it should be: daphne itself hangs up on whoever sends another.
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'

    answer = marks.post("/echo", form, content_type="multipart/form-data; boundary=x")

    assert told(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_may_name_its_charset(marks, content_type):
    assert marks.post("/echo", b'{"a": 1}', content_type=content_type).json() == {"a": 1}


def test_is_refused_when_it_is_too_long(marks, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert marks.post("/echo", {"a": "x" * 91}).status_code == 200
    answer = marks.post("/echo", {"a": "x" * 92})

    assert told(answer) == (413, "TOO_LARGE")
    assert answer.json()["details"] == {"limit": 100}
    assert "100 bytes" in answer.json()["message"]


def test_is_short_where_a_stranger_sends_it(wire):
    answer = wire.post("/auth/login", {"email": "a@example.com", "password": "x" * 1_000_000})

    assert told(answer) == (413, "TOO_LARGE")


def test_may_be_long_where_somebody_is_signed_in(marks):
    keys = {"keys": ["k" * 100] * 20_000}

    assert len(marks.post("/echo", keys).json()["keys"]) == 20_000


def test_may_come_in_pieces(marks):
    assert marks.post("/echo", chunks(b'{"a"', b": 1}")).json() == {"a": 1}


def test_is_refused_in_pieces_when_it_is_too_long(marks, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = marks.post("/echo", chunks(b'{"a": "', b"x" * 92, b'"}'))

    assert told(answer) == (413, "TOO_LARGE")


@pytest.mark.parametrize("pieces", [(b'{"a"',), (b"{}", b"{}")], ids=["half", "twice"])
def test_is_refused_in_pieces_as_in_one(marks, pieces):
    assert told(marks.post("/echo", chunks(*pieces))) == (400, "VALIDATION_ERROR")
