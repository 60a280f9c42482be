import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()
