"""What an operator can do with buckets without a browser."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from buckets.credentials import are
from buckets.doctor import Check, Outcome, Report
from buckets.models import Assignment, Bucket
from tests import people
from tests.buckets.working_store import bucket_at

KEY_ID = "AKIATESTKEYID"
SECRET = "a/secret+nobody/may/see"
NEW = [
    "add_bucket",
    "Press kit",
    "--bucket",
    "press-kit",
    "--region",
    "eu-central-1",
    "--access-key-id",
    KEY_ID,
]


class Terminal(StringIO):
    def isatty(self):
        return True


def run(*args):
    said = StringIO()
    call_command(*args, stdout=said)
    return said.getvalue().strip()


def refused(*args):
    """The exit code and the sentence."""
    with pytest.raises(CommandError) as problem:
        call_command(*args, stdout=StringIO())
    return problem.value.returncode, str(problem.value)


@pytest.fixture
def secret(monkeypatch):
    """Standard input hands the secret over."""
    monkeypatch.setattr("sys.stdin", StringIO(f"{SECRET}\n"))


@pytest.mark.usefixtures("db", "secret")
class TestAddBucket:
    def test_reads_the_secret_from_standard_input(self):
        assert run(*NEW) == "Press kit is registered as PRESS_KIT."

        assert are(Bucket.objects.get(), access_key_id=KEY_ID, secret_access_key=SECRET)

    def test_asks_for_the_secret_on_a_terminal(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("buckets.management.commands.add_bucket.getpass", lambda _: f"{SECRET} ")

        run(*NEW)

        assert are(Bucket.objects.get(), access_key_id=KEY_ID, secret_access_key=SECRET)

    def test_takes_everything_the_page_takes(self):
        said = run(
            *NEW, "--code", "PRESS", "--endpoint", "https://127.0.0.1:9000/", "--addressing", "path", "--root", "share",
            "--description", "For all.", "--json",
        )  # fmt: skip

        bucket = Bucket.objects.get()
        assert json.loads(said) == {"id": str(bucket.pk), "system_code": "PRESS", "display_name": "Press kit"}
        assert (bucket.endpoint_url, bucket.addressing_style, bucket.root_path, bucket.description) == (
            "https://127.0.0.1:9000",
            "path",
            "share/",
            "For all.",
        )

    def test_is_noted_in_the_log_without_the_key(self):
        run(*NEW)

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.actor_id, entry.bucket_code) == ("admin_added", None, "PRESS_KIT")
        assert not [hidden for hidden in (SECRET, KEY_ID) if hidden in str(entry.detail)]

    @pytest.mark.parametrize(
        ("option", "value", "field"),
        [
            ("--bucket", "with space", "bucket_name"),
            ("--region", "no region", "region"),
            ("--endpoint", "s3.example.com", "endpoint_url"),
            ("--root", "../up", "root_path"),
            ("--code", "with space", "system_code"),
            ("--access-key-id", "", "access_key_id"),
        ],
    )
    def test_refuses_what_the_page_refuses(self, option, value, field):
        code, sentence = refused(*NEW, option, value)

        assert (code, sentence.partition(":")[0]) == (2, field)
        assert not Bucket.objects.exists()

    def test_refuses_no_secret_at_all(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", StringIO(""))

        assert refused(*NEW) == (2, "secret_access_key: Give the secret access key.")

    def test_refuses_a_code_that_is_taken(self, press):
        assert refused(*NEW, "--code", press.system_code)[0] == 2

    def test_takes_no_secret_on_the_command_line(self):
        with pytest.raises(CommandError, match="unrecognized"):
            call_command(*NEW, "--secret-access-key", SECRET)


def place():
    given = Assignment.objects.get()
    return (
        given.whole_bucket,
        given.root_path,
        given.allow_upload,
        given.allow_overwrite,
        given.allow_delete,
    )


class TestAssign:
    def test_gives_a_folder_with_the_rights_of_a_new_form(self, mark, press):
        said = run("assign", "Mark@example.com", "PRESS_KIT", "--root", "projects/marketing")

        assert said == "The place of mark@example.com in PRESS_KIT is added."
        assert place() == (False, "projects/marketing/", True, True, False)

    def test_gives_the_whole_bucket_when_that_is_said(self, mark, press):
        run("assign", mark.email, "PRESS_KIT", "--whole-bucket", "--delete", "--no-overwrite")

        assert place() == (True, "", True, False, True)

    def test_changes_what_is_named_and_nothing_else(self, mark, press):
        people.assign(mark, press, allow_overwrite=False)

        told = json.loads(run("assign", mark.email, "PRESS_KIT", "--delete", "--json"))

        assert told == {
            "outcome": "changed",
            "user_email": mark.email,
            "system_code": "PRESS_KIT",
            "whole_bucket": False,
            "root_path": "projects/marketing/",
            "allow_upload": True,
            "allow_overwrite": False,
            "allow_delete": True,
        }
        assert place()[4] is True

    def test_takes_a_place_away(self, mark, press):
        people.assign(mark, press)

        assert (
            json.loads(run("assign", mark.email, "PRESS_KIT", "--withdraw", "--json"))["outcome"]
            == "withdrawn"
        )

        assert not Assignment.objects.exists()

    def test_is_noted_in_the_log(self, mark, press):
        run("assign", mark.email, "PRESS_KIT", "--whole-bucket")
        run("assign", mark.email, "PRESS_KIT", "--withdraw")

        entries = AuditEntry.objects.order_by("id")
        assert [(entry.operation, entry.subject) for entry in entries] == [
            ("admin_added", f"{mark} in {press}"),
            ("admin_removed", f"{mark} in {press}"),
        ]

    @pytest.mark.parametrize(
        "args",
        [
            ["nobody@example.com", "PRESS_KIT", "--whole-bucket"],
            ["mark@example.com", "NO_SUCH", "--whole-bucket"],
            ["mark@example.com", "PRESS_KIT"],
            ["mark@example.com", "PRESS_KIT", "--root", ""],
            ["mark@example.com", "PRESS_KIT", "--root", "../up"],
            ["mark@example.com", "PRESS_KIT", "--withdraw"],
        ],
    )
    def test_refuses_what_does_not_exist_or_can_not_be(self, mark, press, args):
        assert refused("assign", *args)[0] == 2
        assert not Assignment.objects.exists()


class TestTestBucket:
    @pytest.fixture
    def report(self, monkeypatch):
        """What the doctor finds, and where it was told that pages are."""
        found = Report([Check("list", Outcome.OK, "s3:ListBucket", "Folders can be shown.")])
        found.checks.append(Check("delete", Outcome.MISSING, "s3:DeleteObject", "Allow it."))
        asked = []
        monkeypatch.setattr("buckets.doctor.examine", lambda _, origins: asked.append(origins) or found)
        return found, asked

    def test_says_call_by_call_what_works_and_fails(self, press, report, settings, capsys):
        settings.FRONTEND_URL = "https://app.example.com"

        with pytest.raises(SystemExit) as left:
            call_command("test_bucket", "PRESS_KIT", "--origin", "https://Media.example.com/b/PRESS/")

        said = capsys.readouterr().out
        assert left.value.code == 1
        assert "ok         list     Folders can be shown." in said
        assert "missing    delete   Allow it." in said
        assert report[1] == [["https://media.example.com", "https://app.example.com"]]

    def test_tells_machines(self, press, report, capsys):
        report[0].checks.pop()

        call_command("test_bucket", "PRESS_KIT", "--json")

        assert json.loads(capsys.readouterr().out) == {
            "system_code": "PRESS_KIT",
            "fine": True,
            "checks": [
                {
                    "name": "list",
                    "outcome": "ok",
                    "action": "s3:ListBucket",
                    "explanation": "Folders can be shown.",
                }
            ],
        }

    def test_is_noted_in_the_log(self, press, report):
        with pytest.raises(SystemExit):
            run("test_bucket", "PRESS_KIT")

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.outcome, entry.detail) == (
            "bucket_tested",
            "failed",
            {"failed": ["delete"]},
        )

    def test_really_asks_a_store(self, db, capsys):
        bucket_at("http://127.0.0.1:9").save()

        with pytest.raises(SystemExit) as left:
            call_command("test_bucket", "PRESS_KIT", "--json")

        told = json.loads(capsys.readouterr().out)
        assert (left.value.code, told["fine"], told["checks"][0]["outcome"]) == (1, False, "failed")

    @pytest.mark.parametrize(
        "origin", ["media.example.com", "ftp://media.example.com", "https://", "https://a:b@c"]
    )
    def test_refuses_what_is_no_place_for_a_page(self, press, report, origin):
        with pytest.raises(CommandError, match="such as https"):
            call_command("test_bucket", "PRESS_KIT", "--origin", origin)

        assert not report[1]

    def test_knows_no_bucket_with_another_code(self, db):
        assert refused("test_bucket", "NO_SUCH") == (2, "No bucket has this code.")


@pytest.mark.parametrize("command", ["add_bucket", "assign", "test_bucket"])
def test_explains_itself_and_its_exit_codes(command, capsys):
    with pytest.raises(SystemExit) as left:
        call_command(command, "--help")

    assert left.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--json" in said
    assert "Ends with 0" in said
