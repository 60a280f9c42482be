"""Buckets as they are stored."""

import pytest
from django.db import IntegrityError

from buckets import models
from buckets.models import Bucket
from tests import people


def test_gets_the_next_code_when_somebody_takes_its_own_meanwhile(
    press: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, asked = models.free_code, []

    def a_moment_late(display_name: str) -> str:
        asked.append(display_name)
        return press.system_code if len(asked) == 1 else really(display_name)

    monkeypatch.setattr(models, "free_code", a_moment_late)
    second = people.press_bucket()
    second.refresh_from_db()
    assert second.system_code == "PRESS_KIT_2"
    assert Bucket.objects.count() == 2


def test_is_refused_when_something_else_is_wrong(press: Bucket) -> None:
    with pytest.raises(IntegrityError):
        people.press_bucket(root_path="no slash")
