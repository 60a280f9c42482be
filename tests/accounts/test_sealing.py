"""What is written into the audit log is soon a link of its chain, whenever its transaction ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import chain, sealing, tasks
from accounts.audit import Operation, record, record_all
from accounts.models import AuditEntry, AuditSeal, UnsealedEntry
from accounts.tasks import seal_audit_log
from accounts.verification import verify
from mediabridge.celery import app
from tests.accounts.chains import TABLES, another_connection, entries, write_elsewhere


def seal_now():
    return sealing.seal_new(now=timezone.now())


def test_links_every_entry_to_the_one_before(db, settings):
    made = entries(3)

    before = chain.FIRST
    seals = list(AuditSeal.objects.all())
    assert [seal.entry_id for seal in seals] == [entry.id for entry in made]
    for position, seal in enumerate(seals, start=1):
        entry = AuditEntry.objects.get(id=seal.entry_id)
        assert seal.position == position
        assert bytes(seal.hash) == chain.hash_of(
            entry, position=position, before=before, sealed_at=seal.sealed_at
        )
        assert bytes(seal.mac) == chain.mac_of(bytes(seal.hash), key=settings.AUDIT_KEYS[0])
        before = bytes(seal.hash)


def test_seals_an_entry_once(db):
    entries(2)

    assert seal_now() == 0
    assert AuditSeal.objects.count() == 2
    assert not UnsealedEntry.objects.exists()


def test_goes_on_where_it_stopped(db):
    entries(2)
    entries(2)

    assert [seal.position for seal in AuditSeal.objects.all()] == [1, 2, 3, 4]
    assert verify(now=timezone.now()).is_whole


def test_seals_more_than_one_batch(db, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    record_all([(f"a/{number}", {}) for number in range(8)], by=None, operation=Operation.LINK_COPIED)

    assert seal_now() == 8
    assert verify(now=timezone.now()).sealed == 8


def test_never_goes_back_in_time(db):
    entries(1)
    entries(1, seal=False)
    sealing.seal_new(now=timezone.now() - timedelta(days=1))

    first, second = AuditSeal.objects.all()
    assert first.sealed_at == second.sealed_at


@pytest.mark.parametrize(
    "detail",
    [{"ü": '🐟 " \\'}, {"n": [1, 1.5, None, True, -0.0, 1e22]}, [], {"deep": {"b": 1, "a": {}}}],
    ids=str,
)
def test_reads_an_entry_back_as_it_was_sealed(db, detail):
    record(by=None, operation=Operation.VIOLATION, path="nul\x00\ud800 ü 🐟", ip="2001:db8::1", detail=detail)
    seal_now()

    assert verify(now=timezone.now()).is_whole


def test_is_not_stopped_by_a_second_note_of_a_sealed_entry(db):
    made = entries(1)
    UnsealedEntry.objects.create(entry_id=made[0].id)
    entries(1, seal=False)

    seal_now()

    assert AuditSeal.objects.count() == 2
    assert verify(now=timezone.now()).is_whole


def test_is_done_by_the_worker_every_few_seconds(db):
    entries(1, seal=False)

    seal_audit_log()

    assert AuditSeal.objects.count() == 1
    [entry] = [its for its in app.conf.beat_schedule.values() if its["task"] == seal_audit_log.name]
    assert entry["schedule"] <= 5


@pytest.mark.django_db(transaction=True)
class TestWithOpenTransactions:
    @pytest.fixture(autouse=True)
    def _nobody_else_seals(self, monkeypatch):
        monkeypatch.setattr(tasks, "_next_nudge", float("inf"))

    def test_seals_a_late_entry_with_a_lower_id_after_the_others(self):
        with another_connection() as slow:
            slow.set_autocommit(False)
            write_elsewhere(slow, "written first, committed last")
            record(by=None, operation=Operation.DELETED, path="written last, committed first")

            assert seal_now() == 1
            slow.commit()
            assert seal_now() == 1

        early, late = (AuditEntry.objects.get(id=seal.entry_id) for seal in AuditSeal.objects.all())
        assert (early.path, late.path) == ("written last, committed first", "written first, committed last")
        assert late.id < early.id
        assert verify(now=timezone.now()).is_whole

    def test_waits_for_nobody_elses_transaction(self):
        with another_connection() as slow:
            slow.set_autocommit(False)
            with slow.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
            entries(1, seal=False)

            assert seal_now() == 1

    def test_seals_nothing_that_was_rolled_back(self):
        with another_connection() as other:
            other.set_autocommit(False)
            write_elsewhere(other, "never happened")
            other.rollback()
        record(by=None, operation=Operation.DELETED, path="happened")

        assert seal_now() == 1
        assert AuditEntry.objects.get(id=AuditSeal.objects.get().entry_id).path == "happened"

    def test_leaves_the_work_to_who_is_sealing_already(self):
        entries(1, seal=False)
        with another_connection() as other:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing._SEAL_LOCK])

            assert seal_now() == 0
            other.rollback()

        assert seal_now() == 1


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda: AuditSeal.objects.update(mac=b""),
        lambda: AuditSeal.objects.all().delete(),
        lambda: AuditSeal.objects.get().delete(),
        lambda: AuditSeal.objects.get().save(),
    ],
    ids=["update", "delete", "delete one", "save again"],
)
def test_makes_seals_that_nobody_rewrites(db, rewrite):
    entries(1)

    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        rewrite()
    assert verify(now=timezone.now()).is_whole


@pytest.mark.parametrize("table", TABLES)
def test_makes_a_log_that_nobody_empties(db, table):
    entries(1)

    with (
        pytest.raises(IntegrityError, match="never changed or removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table}")
    assert (AuditEntry.objects.count(), AuditSeal.objects.count()) == (1, 1)


class TestTheNudge:
    @pytest.fixture
    def nudges(self, monkeypatch):
        sent = []
        monkeypatch.setattr(tasks, "_next_nudge", 0.0)
        monkeypatch.setattr(tasks.seal_audit_log, "apply_async", lambda **_: sent.append("nudge"))
        return sent

    def test_comes_when_the_entry_is_committed(self, db, nudges, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            record(by=None, operation=Operation.DELETED)
            assert nudges == []

        assert nudges == ["nudge"]

    def test_comes_once_for_many_entries(self, db, nudges, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            record_all([("a", {}), ("b", {})], by=None, operation=Operation.DELETED)
            record(by=None, operation=Operation.DELETED)

        assert nudges == ["nudge"]

    def test_is_left_out_while_there_is_no_broker(self, db, monkeypatch, django_capture_on_commit_callbacks):
        tries = []

        def away(**_):
            tries.append(1)
            raise OperationalError

        monkeypatch.setattr(tasks, "_next_nudge", 0.0)
        monkeypatch.setattr(tasks.seal_audit_log, "apply_async", away)

        for _ in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                record(by=None, operation=Operation.DELETED)

        assert len(tries) == 1
        assert AuditEntry.objects.count() == 3
