"""`manage.py flush_listings`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from files.models import Folder
from tests import people


def run(*args):
    said = StringIO()
    call_command("flush_listings", *args, stdout=said)
    return said.getvalue().strip()


@pytest.fixture
def buckets(press):
    """Two, each with a folder that is known."""
    both = [press, people.press_bucket(display_name="Shop")]
    for bucket in both:
        Folder.objects.create(bucket=bucket, path="", path_folded="")
    return both


def test_forgets_every_bucket(buckets):
    assert run() == "2 folders, 0 entries and 0 links are forgotten."

    assert not Folder.objects.exists()
    assert (AuditEntry.objects.get().operation, AuditEntry.objects.get().bucket_code) == (
        "listings_flushed",
        "",
    )


def test_forgets_one_bucket_and_no_other(buckets):
    assert json.loads(run("--bucket", "SHOP", "--json")) == {"folders": 1, "entries": 0, "links": 0}

    assert Folder.objects.get().bucket == buckets[0]
    assert AuditEntry.objects.get().bucket_code == "SHOP"


def test_forgets_nothing_of_a_bucket_nobody_knows(buckets):
    with pytest.raises(CommandError) as problem:
        run("--bucket", "SHOPS")

    assert problem.value.returncode == 2
    assert Folder.objects.count() == 2


def test_explains_itself_and_its_exit_codes(capsys):
    with pytest.raises(SystemExit) as left:
        call_command("flush_listings", "--help")

    assert left.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--json" in said
    assert "Ends with 0" in said
