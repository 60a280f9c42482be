"""The key that seals the buckets' credentials is changed while people go on working."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from accounts.models import User
from buckets.credentials import opens
from buckets.models import Bucket
from tests.browser import live
from tests.files.conftest import Store
from tests.promises.conftest import NO_LIMIT, SETTINGS, cookie_of
from tests.promises.crowd import Caller, Crowd

NEW_KEY = "7e" * 32
CALLERS = 4
CALLS = 40
"""Answers before the rotation begins, and again after it ended."""


@pytest.fixture
def web(place: Path, transactional_db: None) -> Iterator[live.Live]:
    """A web process that seals with the new key and still opens what the old one sealed."""
    directory = place / "rotation"
    directory.mkdir()
    ring = {"ENCRYPTION_KEY": NEW_KEY, "ENCRYPTION_KEYS_OLD": settings.ENCRYPTION_KEYS[0]}
    running = live.start(
        directory,
        overrides={"DJANGO_SETTINGS_MODULE": SETTINGS, "RATE_LIMIT_USER": NO_LIMIT, **ring},
        only_web=True,
    )
    yield running
    running.stop()


def test_fails_nobody(
    web: live.Live, mark: User, bucket: Bucket, store: Store, figure: Callable[[str], None]
) -> None:
    store.put("team/a.txt")
    headers = {"Cookie": cookie_of(mark)}
    paths = [f"/b/{bucket.system_code}/", f"/b/{bucket.system_code}/a.txt"]
    callers = [Caller(web.url, paths[number % 2], headers) for number in range(CALLERS)]
    with Crowd(callers) as crowd:
        crowd.await_calls(CALLS, after=0.0)
        before = len(crowd.calls)
        said = web.manage("rotate_encryption_key")
        during = len(crowd.calls) - before
        crowd.await_calls(before + during + CALLS, after=0.0)

    assert "1 buckets are sealed" in said
    assert {call.status for call in crowd.calls} == {200}
    with override_settings(ENCRYPTION_KEYS=[NEW_KEY]):
        assert opens(Bucket.objects.get(pk=bucket.pk))
    figure(
        f"rotating the encryption key: 0 of {len(crowd.calls):,} requests failed, {during:,} of them while it ran"
    )
