"""Searches store what they listed behind whoever asked; that is over before the next test."""

from collections.abc import Iterator

import pytest

from files.remembering import settle


@pytest.fixture(autouse=True)
def _nothing_is_stored_any_more(_django_db_marker: None) -> Iterator[None]:
    yield
    settle(patience=10)
