from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import User
from buckets.paths import FolderKey, Reach
from buckets.s3 import lister
from buckets.s3.errors import S3Error
from buckets.s3.listing_xml import ListedObject

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str] | S3Error]:
    """What the storage holds below each root, for whoever looks before somebody is sent there; everywhere else something."""
    kept: dict[str, list[str] | S3Error] = {}

    def keys_below(reach: Reach, folder: FolderKey, *, limit: int) -> lister.Below:
        assert not connection.savepoint_ids, "a transaction is held open while S3 answers"
        held = kept.get(folder.text, ["a.txt"])
        if isinstance(held, S3Error):
            raise held
        return lister.Below([ListedObject(key, 1, NOON, "e", "STANDARD") for key in held[:limit]], whole=True)

    monkeypatch.setattr("buckets.assigning.lister.keys_below", keys_below)
    return kept


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    """A browser in which Ada, who administers, is signed in."""
    client.force_login(ada)
    return client
