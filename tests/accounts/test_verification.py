"""Whoever reaches past the triggers is found out: what was changed, taken away, put in or made anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import chain, sealing
from accounts.models import AuditEntry, AuditSeal
from accounts.verification import Fault, verify
from tests.accounts.chains import entries, tamper

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32


def check(**options):
    return verify(now=timezone.now(), **options)


def first(report):
    return report.first and (report.first.position, report.first.fault)


def test_finds_nothing_wrong_with_a_log_nobody_touched(db):
    entries(5)

    report = check()

    assert (report.is_whole, report.sealed, report.unsealed, report.anchor) == (True, 5, 0, 0)
    last = AuditSeal.objects.get(position=5)
    assert report.head == f"5:{bytes(last.hash).hex()}"


def test_finds_nothing_wrong_with_an_empty_log(db):
    report = check()

    assert (report.is_whole, report.sealed, report.head) == (True, 0, "")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01T00:00:00Z"),
        ("operation", "downloaded"),
        ("outcome", "refused"),
        ("actor_id", "00000000-0000-0000-0000-000000000009"),
        ("actor_name", "Somebody else"),
        ("actor_email", "else@example.com"),
        ("bucket_id", "00000000-0000-0000-0000-000000000009"),
        ("bucket_code", "OTHER"),
        ("path", "other"),
        ("ip", "192.0.2.1"),
        ("detail", '{"forged": true}'),
    ],
)
def test_finds_a_changed_entry(db, column, value):
    made = entries(3)
    tamper(f"UPDATE accounts_auditentry SET {column} = %s WHERE id = %s", [value, made[1].id])

    report = check()

    assert first(report) == (2, Fault.CHANGED)
    assert report.first.entry_id == made[1].id
    assert report.faults == {Fault.CHANGED: 1}


def test_finds_a_removed_entry(db):
    made = entries(3)
    tamper("DELETE FROM accounts_auditentry WHERE id = %s", [made[1].id])

    assert first(check()) == (2, Fault.MISSING)


def test_finds_an_entry_removed_with_its_seal(db):
    made = entries(3)
    tamper("DELETE FROM accounts_auditentry WHERE id = %s", [made[1].id])
    tamper("DELETE FROM accounts_auditseal WHERE position = 2")

    report = check()

    assert first(report) == (3, Fault.SEAL_MISSING)
    assert report.faults[Fault.CHANGED] == 1


def test_finds_two_entries_that_changed_places(db):
    made = entries(2)
    tamper(
        "UPDATE accounts_auditseal SET entry_id = -entry_id;"
        "UPDATE accounts_auditseal SET entry_id = CASE position WHEN 1 THEN %s ELSE %s END",
        [made[1].id, made[0].id],
    )

    assert check().faults == {Fault.CHANGED: 2}


def test_finds_a_chain_made_anew_without_the_key(db):
    """Somebody who can write to the database, and knows how the chain is made, makes all of it again."""
    made = entries(3)
    tamper("UPDATE accounts_auditentry SET path = 'innocent' WHERE id = %s", [made[0].id])
    before = chain.FIRST
    for seal in AuditSeal.objects.all():
        entry = AuditEntry.objects.get(id=seal.entry_id)
        forged = chain.seal(
            entry, position=seal.position, before=before, sealed_at=seal.sealed_at, key=b"guess"
        )
        tamper(
            "UPDATE accounts_auditseal SET hash = %s, mac = %s WHERE position = %s",
            [forged.hash, forged.mac, seal.position],
        )
        before = forged.hash

    report = check()

    assert first(report) == (1, Fault.FORGED)
    assert report.faults == {Fault.FORGED: 3}


def test_takes_nobodys_word_for_the_key_after_one_of_ours(db):
    entries(3)
    tamper("UPDATE accounts_auditseal SET key_id = 'unknown' WHERE position = 2")

    assert first(check()) == (2, Fault.FORGED)


@pytest.mark.parametrize("upto", [1, 2])
def test_finds_a_beginning_that_was_cut_off(db, upto):
    entries(3)
    tamper(
        "DELETE FROM accounts_auditentry WHERE id IN (SELECT entry_id FROM accounts_auditseal WHERE position <= %s)",
        [upto],
    )
    tamper("DELETE FROM accounts_auditseal WHERE position < %s", [upto])

    assert first(check()) == (upto, Fault.MISSING if upto == 1 else Fault.CUT_OFF)


def test_finds_an_end_that_was_cut_off_by_a_head_noted_before(db):
    entries(3)
    head = check().head
    tamper("DELETE FROM accounts_auditentry")
    tamper("DELETE FROM accounts_auditseal WHERE position > 1")
    tamper("DELETE FROM accounts_auditseal")
    entries(4)

    assert check().is_whole
    assert first(check(expected=head)) == (3, Fault.NOT_THE_HEAD)


def test_finds_a_log_shorter_than_a_head_noted_before(db):
    entries(3)
    head = check().head
    tamper("DELETE FROM accounts_auditentry")
    tamper("DELETE FROM accounts_auditseal")
    entries(2)

    assert first(check(expected=head)) == (3, Fault.NOT_THE_HEAD)


def test_leads_through_every_head_there_ever_was(db):
    heads = []
    for _ in range(3):
        entries(2)
        heads.append(check().head)

    assert all(check(expected=head).is_whole for head in heads)


def test_counts_what_waits_for_its_seal(db):
    entries(2)
    entries(3, seal=False)

    report = check()

    assert (report.is_whole, report.sealed, report.unsealed, report.sealing_stopped) == (True, 2, 3, False)
    assert verify(now=timezone.now() + timedelta(minutes=5)).sealing_stopped


def test_finds_an_entry_that_was_kept_from_its_seal(db):
    entries(1, seal=False)
    tamper("DELETE FROM accounts_unsealedentry")
    sealing.seal_new(now=timezone.now())

    report = verify(now=timezone.now() + timedelta(minutes=5))

    assert (report.unsealed, report.sealing_stopped) == (1, True)


class TestKeys:
    def test_come_and_go(self, db, settings):
        """A new key seals; the old one is kept for a while, then put away; the new links vouch for the old."""
        settings.AUDIT_KEYS = [OLD_KEY]
        entries(2)
        settings.AUDIT_KEYS = [NEW_KEY, OLD_KEY]
        entries(2)
        assert (check().is_whole, check().older_keys) == (True, 0)

        settings.AUDIT_KEYS = [NEW_KEY]
        assert (check().is_whole, check().older_keys) == (True, 2)

    def test_vouch_for_older_links_and_their_entries(self, db, settings):
        settings.AUDIT_KEYS = [OLD_KEY]
        made = entries(2)
        settings.AUDIT_KEYS = [NEW_KEY]
        entries(2)
        tamper("UPDATE accounts_auditentry SET path = 'innocent' WHERE id = %s", [made[0].id])

        assert first(check()) == (1, Fault.CHANGED)


def test_looks_at_some_entries_at_a_time(db, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("accounts.verification._AT_ONCE", 4)
    entries(10)
    seen = []

    with django_assert_max_num_queries(10):
        assert check(progress=seen.append).is_whole
    assert seen == [4, 8, 10]
