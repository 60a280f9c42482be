"""Programs, and the product they call: over a socket, behind daphne. What judges every answer is in `Wire.judges`."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from pytest_django import DjangoDbBlocker

from buckets.models import Bucket
from tests import people
from tests.files.conftest import Store, registered, s3_client
from tests.watching import Watch
from tests.wire.client import Answer, Wire
from tests.wire.described import faults
from tests.wire.product import Product, connections_can_be_lent


@pytest.fixture(scope="session", autouse=True)
def _product(django_db_setup: None, django_db_blocker: DjangoDbBlocker, _watch: Watch) -> Iterator[None]:
    with django_db_blocker.unblock():
        # Asks whether the encryption key is right before it serves anything.
        from mediabridge.asgi import application
    Wire.product = Product(application)
    Wire.judges.append(lambda wire, answer: _watch.judge_answer(wire, answer.path, answer))
    with connections_can_be_lent():
        Wire.product.start()
        yield
        Wire.product.stop()


@pytest.fixture(scope="session", autouse=True)
def _answers_are_as_described() -> None:
    Wire.judges.append(_judge_by_description)


def _judge_by_description(_: Wire, answer: Answer) -> None:
    found = faults(answer.verb, answer.path, answer.status_code, answer["Content-Type"], answer.content)
    assert not found, found


@pytest.fixture(autouse=True)
def _everybody_hangs_up() -> Iterator[None]:
    yield
    while Wire.lines:
        Wire.lines.pop().close()


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()


@pytest.fixture
def wire(db: None) -> Wire:
    return Wire()


@pytest.fixture
def marks(mark: Any) -> Wire:
    """Mark's program, signed in."""
    return Wire().enter(mark)


@pytest.fixture
def adas(ada: Any) -> Wire:
    """The program of Ada, who administers, signed in."""
    return Wire().enter(ada)


@pytest.fixture(scope="session")
def s3() -> Any:
    return s3_client()


@pytest.fixture(scope="session")
def _kept(s3: Any) -> Iterator[Store]:
    made = Store(s3, f"wire-{uuid4().hex[:12]}")
    s3.create_bucket(Bucket=made.name)
    yield made
    made.destroy()


@pytest.fixture
def store(_kept: Store) -> Store:
    """A bucket in a store that checks signatures, with nothing in it, as somebody with the console sees it."""
    _kept.empty()
    return _kept


@pytest.fixture
def bucket(db: None, store: Store) -> Bucket:
    """The product's own row for it."""
    return registered(store, system_code=people.PRESS_CODE)
