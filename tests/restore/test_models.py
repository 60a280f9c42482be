"""What can't be stored."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from restore.models import AwsKey, RestoreRequest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ASKED = {"s3_bucket": "press-kit", "s3_key": "a/b.mov", "access_key_id": "AKIASOMEBODY"}

pytestmark = pytest.mark.django_db


def refuses(model, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**fields)
    return True


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "restored"},
        {"status": "pending", "restored_at": NOW},
        {"status": "ignored", "restored_at": NOW},
        {"status": "lost"},
        {"pre_notified_at": NOW},
        {"status": "restored", "restored_at": NOW, "post_notified_at": NOW},
        {"email": "a@example.com", "post_notified_at": NOW},
        {"email": "a@example.com", "status": "pending", "post_notified_at": NOW},
    ],
)
def test_refuses_a_request_that_could_not_have_come_about(fields):
    assert refuses(RestoreRequest, **ASKED, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "pending"},
        {"email": "a@example.com", "pre_notified_at": NOW},
        {"status": "restored", "restored_at": NOW},
        {"email": "a@example.com", "status": "restored", "restored_at": NOW, "post_notified_at": NOW},
        {"email": "a@example.com", "pre_notified_at": NOW, "status": "ignored"},
    ],
)
def test_takes_every_step_on_the_way(fields):
    request = RestoreRequest.objects.create(**ASKED, **fields)

    assert request.user_resolved == ("email" in fields)


@pytest.mark.parametrize("status", ["not_started", "pending"])
def test_refuses_a_second_open_request_of_one_person_for_one_file(status):
    RestoreRequest.objects.create(**ASKED, status=status)

    assert refuses(RestoreRequest, **ASKED)
    RestoreRequest.objects.create(**{**ASKED, "access_key_id": "AKIASOMEBODYELSE"})


@pytest.mark.parametrize("fields", [{"status": "restored", "restored_at": NOW}, {"status": "ignored"}])
def test_lets_somebody_ask_again_later(fields):
    RestoreRequest.objects.create(**ASKED, **fields)

    assert RestoreRequest.objects.create(**ASKED).status == "not_started"


def test_refuses_a_key_without_an_owner_or_with_two():
    assert refuses(AwsKey, access_key_id="AKIAONE", email="")
    assert refuses(AwsKey, access_key_id="", email="a@example.com")
    AwsKey.objects.create(access_key_id="AKIAONE", email="a@example.com")
    assert refuses(AwsKey, access_key_id="AKIAONE", email="b@example.com")
