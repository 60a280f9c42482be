"""What an operator does with the audit log from a shell."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import pruning, sealing
from accounts.models import AuditEntry, AuditSeal
from tests.accounts.chains import days_ago, entries, tamper


class Terminal(StringIO):
    def isatty(self):
        return True


def run(*args, **options):
    """What the command said and the code it ended with."""
    said = StringIO()
    try:
        call_command(*args, stdout=said, **options)
    except SystemExit as left:
        return said.getvalue(), left.code
    return said.getvalue(), 0


class TestVerify:
    def test_says_that_the_chain_is_whole(self, db):
        entries(2)

        said, code = run("verify_audit_log")

        assert code == 0
        assert "2 sealed entries were checked" in said
        assert "The chain is whole." in said
        assert f"Head: 2:{bytes(AuditSeal.objects.get(position=2).hash).hex()}" in said

    def test_names_the_first_broken_link(self, db):
        made = entries(3)
        tamper("UPDATE accounts_auditentry SET path = 'x' WHERE id = ANY(%s)", [[made[1].id, made[2].id]])

        said, code = run("verify_audit_log")

        assert code == 1
        assert f"BROKEN at position 2 (entry {made[1].id})" in said
        assert "2 × changed" in said

    def test_says_when_sealing_has_stopped(self, db):
        entries(1, at=days_ago(1), seal=False)

        said, code = run("verify_audit_log")

        assert code == 3
        assert "Sealing has stopped" in said

    def test_tells_machines_the_same(self, db):
        made = entries(2)
        entries(1, seal=False)
        told = json.loads(run("verify_audit_log", "--json")[0])
        assert (told["whole"], told["sealed"], told["unsealed"], told["first_broken"]) == (True, 2, 1, None)

        tamper("DELETE FROM accounts_auditentry WHERE id = %s", [made[0].id])
        said, code = run("verify_audit_log", "--json")
        assert code == 1
        assert json.loads(said)["first_broken"] == {"position": 1, "entry": made[0].id, "fault": "missing"}

    def test_holds_the_chain_against_a_head_noted_earlier(self, db):
        entries(2)
        head = json.loads(run("verify_audit_log", "--json")[0])["head"]

        assert run("verify_audit_log", "--expect", head)[1] == 0
        assert run("verify_audit_log", "--expect", "2:" + "0" * 64)[1] == 1

    @pytest.mark.parametrize("head", ["2", "0:" + "0" * 64, "2:xyz", "-1:" + "0" * 64])
    def test_refuses_what_is_no_head(self, db, head):
        with pytest.raises(CommandError) as refused:
            run("verify_audit_log", expect=head)

        assert refused.value.returncode == 2

    def test_counts_on_a_terminal_only(self, db):
        entries(2)
        on_terminal, in_file = Terminal(), StringIO()

        run("verify_audit_log", stderr=on_terminal)
        run("verify_audit_log", stderr=in_file)

        assert "2 entries checked" in on_terminal.getvalue()
        assert in_file.getvalue() == ""


class TestPrune:
    @pytest.mark.parametrize("until", [["--keep-days", "30"], ["--before", f"{days_ago(30):%Y-%m-%d}"]])
    def test_removes_old_entries(self, db, until):
        entries(2, at=days_ago(90))
        entries(1)

        said, code = run("prune_audit_log", *until)

        assert (code, said[:24]) == (0, "2 entries from before 20"[:24])
        assert AuditEntry.objects.exclude(operation="audit_pruned").count() == 1
        sealing.seal_new(now=timezone.now())
        assert run("verify_audit_log")[1] == 0

    def test_only_counts_in_a_dry_run(self, db):
        entries(2, at=days_ago(90))
        entries(1)

        assert "2 entries" in run("prune_audit_log", "--keep-days", "30", "--dry-run")[0]
        told = json.loads(run("prune_audit_log", "--keep-days", "30", "--dry-run", "--json")[0])
        assert (told["entries"], told["upto"], told["dry_run"]) == (2, 2, True)
        assert AuditEntry.objects.count() == 3

    @pytest.mark.parametrize(
        "until",
        [
            [],
            ["--keep-days", "0"],
            ["--keep-days", "-1"],
            ["--keep-days", "x"],
            ["--before", "yesterday"],
            ["--before", "2026-02-30"],
            ["--before", "2999-01-01"],
            ["--before", "2026-01-01", "--keep-days", "1"],
        ],
        ids=str,
    )
    def test_refuses_what_is_no_limit(self, db, until):
        entries(2, at=days_ago(90))

        with pytest.raises(CommandError):
            run("prune_audit_log", *until)
        assert AuditEntry.objects.count() == 2

    def test_says_when_it_has_to_wait(self, db, monkeypatch):
        def busy(**_):
            raise pruning.Busy

        monkeypatch.setattr("accounts.management.commands.prune_audit_log.prune", busy)

        with pytest.raises(CommandError, match="Try again later") as refused:
            run("prune_audit_log", "--keep-days", "30")
        assert refused.value.returncode == 3
