"""The chain's arithmetic: what a seal covers, and who can make one."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import chain
from accounts.models import AuditEntry

AT = datetime(2026, 3, 1, 12, 0, 0, 120, tzinfo=UTC)
KEY = bytes(range(32))
OTHER = {
    "id": 8,
    "at": AT + timedelta(microseconds=1),
    "operation": "downloaded",
    "outcome": "failed",
    "actor_id": UUID(int=3),
    "actor_name": "Mark Eting ",
    "actor_email": "mark@example.org",
    "bucket_id": None,
    "bucket_code": "PRESS_2",
    "path": "a/b/",
    "ip": None,
    "detail": {"keys": 2},
}


def entry(**changes):
    columns = {
        "id": 7,
        "at": AT,
        "operation": "deleted",
        "outcome": "done",
        "actor_id": UUID(int=1),
        "actor_name": "Mark Eting",
        "actor_email": "mark@example.com",
        "bucket_id": UUID(int=2),
        "bucket_code": "PRESS",
        "path": "a/b",
        "ip": "198.51.100.7",
        "detail": {"keys": 1},
    }
    return AuditEntry(**{**columns, **changes})


def sealed(an_entry, **changes):
    return chain.hash_of(an_entry, **{"position": 1, "before": chain.FIRST, "sealed_at": AT, **changes})


def test_writes_an_entry_down_as_is_documented():
    line = chain.written(entry(), position=3, before=b"\xab" * 32, sealed_at=AT)

    assert line.decode() == (
        '[1,3,"'
        + "ab" * 32
        + '","2026-03-01T12:00:00.000120+00:00",7,"2026-03-01T12:00:00.000120+00:00","deleted",'
        '"done","00000000-0000-0000-0000-000000000001","Mark Eting","mark@example.com",'
        '"00000000-0000-0000-0000-000000000002","PRESS","a/b","198.51.100.7",{"keys":1}]'
    )
    assert hashlib.sha256(line).digest() == sealed(entry(), position=3, before=b"\xab" * 32)


def test_leaves_no_column_out():
    assert {field.attname for field in AuditEntry._meta.concrete_fields} == set(OTHER)


@pytest.mark.parametrize("column", sorted(OTHER))
def test_covers_every_column(column):
    assert sealed(entry(**{column: OTHER[column]})) != sealed(entry())


@pytest.mark.parametrize(
    "link", [{"position": 2}, {"before": b"\x01" * 32}, {"sealed_at": AT + timedelta(seconds=1)}], ids=str
)
def test_covers_its_place_in_the_chain(link):
    assert sealed(entry(), **link) != sealed(entry())


def test_knows_a_moment_whatever_its_zone():
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))

    assert sealed(entry(at=elsewhere)) == sealed(entry())


def test_takes_no_mark_of_the_keys_order():
    assert sealed(entry(detail={"a": 1, "b": {"d": 1, "c": 2}})) == sealed(
        entry(detail={"b": {"c": 2, "d": 1}, "a": 1})
    )


@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_never_takes_one_column_for_the_next(name, email, other_name, other_email):
    """However the text of two columns is cut in two, different rows are written down differently."""
    one = chain.written(entry(actor_name=name, actor_email=email), position=1, before=b"", sealed_at=AT)
    two = chain.written(
        entry(actor_name=other_name, actor_email=other_email), position=1, before=b"", sealed_at=AT
    )

    assert (one == two) == ((name, email) == (other_name, other_email))
    assert json.loads(one)[9:11] == [name, email]


def test_can_be_made_only_with_the_key():
    digest = sealed(entry())

    assert chain.mac_of(digest, key=KEY) != chain.mac_of(digest, key=bytes(32))
    assert chain.anchor_proof(4, digest, key=KEY) != chain.anchor_proof(5, digest, key=KEY)
    assert chain.anchor_proof(4, digest, key=KEY) != chain.mac_of(digest, key=KEY).hex()


def test_names_a_key_without_telling_it():
    assert chain.name_of(KEY) != chain.name_of(bytes(32))
    assert KEY.hex()[:8] != chain.name_of(KEY)
    assert len(chain.name_of(KEY)) == 8
