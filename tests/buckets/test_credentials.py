"""Sealing: what opens, what doesn't, and that nothing secret is ever said."""

import logging
import traceback
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from buckets.credentials import BadSeal, check_ring, open_sealed, opens, rotate, seal
from buckets.models import Bucket
from tests import people

ROW = UUID("0b4e7f2e-6a0e-4c53-9d8e-0d3a4b1f9f10")
SECRET = "wJalrXUtnFEMI/K7MDENG"
OLD, NEW = "11" * 32, "22" * 32


@given(st.text())
def test_opens_what_it_sealed(plain: str) -> None:
    assert open_sealed(seal(plain, row_id=ROW, field="f"), row_id=ROW, field="f") == plain


def test_never_seals_the_same_text_alike() -> None:
    assert len({seal(SECRET, row_id=ROW, field="f") for _ in range(50)}) == 50


def test_hides_what_it_sealed() -> None:
    assert SECRET not in seal(SECRET, row_id=ROW, field="f")


def test_refuses_a_value_moved_to_another_row() -> None:
    with pytest.raises(BadSeal):
        open_sealed(seal(SECRET, row_id=ROW, field="f"), row_id=uuid4(), field="f")


def test_refuses_a_value_moved_to_another_field() -> None:
    with pytest.raises(BadSeal):
        open_sealed(seal(SECRET, row_id=ROW, field="access_key_id"), row_id=ROW, field="secret_access_key")


@given(st.data())
def test_refuses_a_value_changed_anywhere(data: st.DataObject) -> None:
    sealed = seal(SECRET, row_id=ROW, field="f")
    # The last character of the text holds bits that base64 ignores, so it may change without changing the bytes.
    place = data.draw(st.integers(0, len(sealed) - 4))
    other = data.draw(st.sampled_from("ABCDEFGHabcdefgh01234567-_.").filter(lambda new: new != sealed[place]))
    with pytest.raises(BadSeal):
        open_sealed(sealed[:place] + other + sealed[place + 1 :], row_id=ROW, field="f")


@pytest.mark.parametrize(
    "text", ["", "sealed", "v1", "v1.", "v1..", "v1.abc.def", "v2.x.y", "v1.\x00.é", SECRET]
)
def test_refuses_what_is_no_sealed_value(text: str) -> None:
    with pytest.raises(BadSeal):
        open_sealed(text, row_id=ROW, field="f")


def test_refuses_a_value_cut_short() -> None:
    sealed = seal(SECRET, row_id=ROW, field="f")
    for length in range(len(sealed) - 1):
        with pytest.raises(BadSeal):
            open_sealed(sealed[:length], row_id=ROW, field="f")


def test_opens_with_an_older_key_and_seals_with_the_newest(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    former = seal(SECRET, row_id=ROW, field="f")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert open_sealed(former, row_id=ROW, field="f") == SECRET
    newer = seal(SECRET, row_id=ROW, field="f")
    settings.ENCRYPTION_KEYS = [NEW]
    assert open_sealed(newer, row_id=ROW, field="f") == SECRET
    with pytest.raises(BadSeal):
        open_sealed(former, row_id=ROW, field="f")


def test_tells_nothing_when_it_refuses(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = seal(SECRET, row_id=ROW, field="f")
    settings.ENCRYPTION_KEYS = [NEW]
    with caplog.at_level(logging.DEBUG), pytest.raises(BadSeal) as refused:
        open_sealed(sealed, row_id=ROW, field="f")
    told = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert not [secret for secret in (SECRET, OLD, NEW, sealed) if secret in told]
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "keys", [[], ["zz" * 32], ["11" * 31], ["11" * 33], [""], [" " + "1" * 63], [NEW, "short"]]
)
def test_refuses_a_malformed_ring_without_quoting_it(settings: Settings, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as refused:
        check_ring()
    assert "ENCRYPTION_KEY" in str(refused.value)
    assert not [key for key in keys if key.strip() and key in str(refused.value)]


def bucket_sealed_here() -> Bucket:
    bucket = people.press_bucket()
    bucket.access_key_id = seal("AKID", row_id=bucket.id, field="access_key_id")
    bucket.secret_access_key = seal(SECRET, row_id=bucket.id, field="secret_access_key")
    bucket.save()
    return bucket


@pytest.mark.django_db
def test_rotates_every_bucket_to_the_newest_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket = bucket_sealed_here()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert rotate() == 1
    settings.ENCRYPTION_KEYS = [NEW]
    bucket.refresh_from_db()
    assert opens(bucket)
    assert bucket.credential_version == 1


@pytest.mark.django_db
def test_rotates_nothing_when_one_bucket_cannot_be_opened(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket = bucket_sealed_here()
    people.press_bucket(display_name="Damaged")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(BadSeal):
        rotate()
    settings.ENCRYPTION_KEYS = [OLD]
    bucket.refresh_from_db()
    assert opens(bucket)
