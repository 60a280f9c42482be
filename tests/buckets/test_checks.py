"""The check at the start: a missing, malformed or wrong key is refused with a sentence an operator can act upon."""

import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from buckets import checks
from buckets.checks import refuse_wrong_key
from tests.buckets.test_credentials import NEW, OLD, bucket_sealed_here
from tests.people import press_bucket

pytestmark = pytest.mark.django_db


def check() -> str:
    said = StringIO()
    call_command("check", databases=["default"], tags=["database", "security"], stdout=said, stderr=said)
    return said.getvalue()


def test_starts_before_there_is_any_bucket(settings: Settings) -> None:
    refuse_wrong_key()
    check()


def test_starts_with_the_right_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    refuse_wrong_key()
    check()


def test_refuses_to_start_with_a_wrong_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS_OLD"):
        refuse_wrong_key()
    with pytest.raises(SystemCheckError, match="rotate_encryption_key"):
        check()


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "zz" * 32]])
def test_refuses_to_start_with_a_malformed_ring(settings: Settings, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        refuse_wrong_key()
    with pytest.raises(SystemCheckError, match=r"64 hexadecimal|is missing"):
        check()


def test_warns_when_only_some_buckets_open(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    press_bucket(display_name="Damaged")
    refuse_wrong_key()
    assert "DAMAGED" in check()


def test_starts_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(checks, "_counted", away)
    refuse_wrong_key()


def test_rotates_by_command(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    said = StringIO()
    call_command("rotate_encryption_key", stdout=said)
    settings.ENCRYPTION_KEYS = [NEW]
    refuse_wrong_key()
    assert "1 bucket" in said.getvalue()


def test_says_what_to_do_when_it_cannot_rotate(settings: Settings) -> None:
    press_bucket()
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS_OLD"):
        call_command("rotate_encryption_key")


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_no_process_serves_with_a_wrong_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    refused, started = (run_with(key, "-c", "import mediabridge.asgi") for key in (NEW, OLD))
    assert refused.returncode != 0
    assert checks.WRONG_KEY in refused.stderr
    assert NEW not in refused.stderr
    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_no_worker_starts_with_a_wrong_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    bucket_sealed_here()
    worker = run_with(NEW, "-m", "celery", "-A", "mediabridge", "worker", "--pool", "threads")
    assert worker.returncode == 1
    assert checks.WRONG_KEY in worker.stderr
    assert "Traceback" not in worker.stdout + worker.stderr
    assert NEW not in worker.stdout + worker.stderr


def run_with(key: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with these arguments on the test database, as in production, until it ends."""
    place = connection.settings_dict
    url = f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "DATABASE_URL": url, "ENCRYPTION_KEY": key, **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "mediabridge.settings.production",
    "DJANGO_SECRET_KEY": "x" * 60,
    "JWT_SECRET": "ab" * 64,
}
