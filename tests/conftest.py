"""Fixtures every test may use: the cast, by name."""

import pytest

from accounts.models import User
from buckets.models import Bucket
from tests import people


@pytest.fixture
def ada(db: None) -> User:
    return people.ada()


@pytest.fixture
def mark(db: None) -> User:
    return people.mark()


@pytest.fixture
def rita(db: None) -> User:
    return people.rita()


@pytest.fixture
def uma(db: None) -> User:
    return people.uma()


@pytest.fixture
def dora(db: None) -> User:
    return people.dora()


@pytest.fixture
def press(db: None) -> Bucket:
    return people.press_bucket()
