"""Old entries may go: from the beginning, sealed, through one door, and the rest can be checked as before."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import pruning, sealing
from accounts.models import AuditEntry, AuditSeal
from accounts.tasks import prune_audit_log
from accounts.verification import Fault, verify
from tests.accounts.chains import another_connection, days_ago, entries, tamper


def check():
    return verify(now=timezone.now())


def prune_now(days=30, **options):
    return pruning.prune(before=days_ago(days), **options)


def call(upto):
    run(f"SELECT accounts_prune_audit_log({upto})")


def run(*statements):
    """Runs `statements` in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_removes_what_is_older_and_leaves_a_log_that_verifies(db):
    entries(3, at=days_ago(90))
    young = entries(2)

    assert prune_now() == pruning.Pruned(3, 3)

    assert set(AuditEntry.objects.exclude(operation="audit_pruned")) == set(young)
    report = check()
    assert (report.is_whole, report.anchor, report.sealed) == (True, 3, 3)


def test_says_in_the_log_what_it_did(db):
    entries(3, at=days_ago(90))
    entries(1)

    prune_now()

    said = AuditEntry.objects.get(operation="audit_pruned")
    assert (said.detail["entries"], said.detail["position"]) == (3, 3)
    sealing.seal_new(now=timezone.now())
    assert check().is_whole


def test_prunes_again_from_where_it_stopped(db):
    entries(2, at=days_ago(90))
    entries(2, at=days_ago(60))
    entries(1)

    assert prune_now(days=70).entries == 2
    assert prune_now(days=30).entries == 2

    report = check()
    assert (report.is_whole, report.anchor) == (True, 4)


def test_goes_in_batches_each_of_which_verifies(db, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    entries(5, at=days_ago(90))
    entries(1)

    assert prune_now().entries == 5

    assert AuditEntry.objects.filter(operation="audit_pruned").count() >= 2
    assert check().is_whole


def test_only_counts_when_asked_to(db, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)
    entries(5, at=days_ago(90))
    entries(1)

    assert prune_now(dry_run=True) == pruning.Pruned(5, 5)
    assert AuditEntry.objects.count() == 6


def test_leaves_what_is_not_sealed(db):
    entries(1, at=days_ago(90), seal=False)

    assert prune_now().entries == 0
    assert AuditEntry.objects.count() == 1


def test_never_removes_the_last_link(db):
    entries(3, at=days_ago(90))

    assert prune_now().entries == 2
    assert AuditSeal.objects.filter(position=3).exists()


def test_stops_at_the_first_entry_that_is_young_enough(db):
    entries(1, at=days_ago(90))
    entries(1)
    entries(1, at=days_ago(90))
    entries(1)

    assert prune_now().entries == 1


def test_finds_nothing_to_do_in_a_young_or_empty_log(db):
    assert prune_now() == pruning.Pruned(0, 0)
    entries(3)

    assert prune_now() == pruning.Pruned(0, 0)
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("upto", [0, 3, 4, -1])
def test_refuses_in_the_database_what_is_not_sealed_or_last(db, upto):
    entries(3)
    entries(1, seal=False)

    with pytest.raises(IntegrityError, match="Only sealed entries"):
        call(upto)
    assert AuditEntry.objects.count() == 4


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM accounts_auditentry",
        "DELETE FROM accounts_auditseal",
        "UPDATE accounts_auditentry SET path = ''",
        "TRUNCATE accounts_auditentry",
    ],
)
def test_opens_no_way_for_anything_else_in_its_transaction(db, statement):
    entries(3)

    with pytest.raises(IntegrityError, match="never changed or removed"):
        run("SELECT accounts_prune_audit_log(1)", statement)
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("value", ["on", "1", ""])
def test_lets_nobody_in_by_a_setting_left_behind(db, value):
    entries(2)

    with pytest.raises(IntegrityError):
        run(
            f"SELECT set_config('mediabridge.audit_pruning', '{value}', false)",
            "DELETE FROM accounts_auditentry",
        )
    assert AuditEntry.objects.count() == 2


class TestAPruningThatWasNone:
    def test_is_found_when_the_function_is_called_by_hand(self, db):
        entries(3)
        call(2)

        assert check().first.fault == Fault.CUT_OFF

    def test_is_found_when_its_entry_is_made_up(self, db):
        entries(3)
        call(2)
        digest = bytes(AuditSeal.objects.get(position=2).hash).hex()
        tamper(
            "INSERT INTO accounts_auditentry (at, operation, outcome, actor_name, actor_email, bucket_code, path, detail)"
            " VALUES (now(), 'audit_pruned', 'done', '', '', '', '', jsonb_build_object('position', 2, 'hash', %s::text,"
            " 'proof', %s::text))",
            [digest, "0" * 64],
        )

        assert check().first.fault == Fault.CUT_OFF

    def test_is_found_when_its_proof_is_of_another(self, db):
        entries(2, at=days_ago(90))
        entries(4)
        prune_now()
        proof = AuditEntry.objects.get(operation="audit_pruned").detail["proof"]
        sealing.seal_new(now=timezone.now())
        call(4)
        tamper(
            "INSERT INTO accounts_auditentry (at, operation, outcome, actor_name, actor_email, bucket_code, path, detail)"
            " VALUES (now(), 'audit_pruned', 'done', '', '', '', '', jsonb_build_object('position', 4, 'proof', %s::text))",
            [proof],
        )

        assert check().first.fault == Fault.CUT_OFF


@pytest.mark.django_db(transaction=True)
def test_waits_while_somebody_checks_the_log():
    entries(2, at=days_ago(90))
    with another_connection() as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [pruning._PRUNE_LOCK])

        with pytest.raises(pruning.Busy):
            prune_now()
    assert AuditEntry.objects.count() == 2


class TestEveryDay:
    def test_keeps_everything_unless_told_otherwise(self, db, settings):
        settings.AUDIT_KEEP_DAYS = 0
        entries(3, at=days_ago(9_000))

        prune_audit_log()

        assert AuditEntry.objects.count() == 3

    def test_lets_go_of_what_is_older_than_the_setting(self, db, settings):
        settings.AUDIT_KEEP_DAYS = 30
        entries(3, at=days_ago(31))
        entries(1, at=days_ago(29))

        prune_audit_log()

        assert AuditEntry.objects.exclude(operation="audit_pruned").count() == 1
