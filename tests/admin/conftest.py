import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    """A browser in which Ada, who administers, is signed in."""
    client.force_login(ada)
    return client
