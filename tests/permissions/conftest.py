"""One stage for the whole matrix: the people, the bucket and the store are made once and every case is undone."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.fake_s3 import FakeS3
from tests.permissions.cast import BUCKET, FILES, Stage, set_up, undone


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    store = FakeS3({BUCKET: sorted(FILES)})
    with store.running() as endpoint, django_db_blocker.unblock(), undone():
        yield set_up(store, endpoint)
