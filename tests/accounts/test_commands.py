"""What an operator can do without a browser."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import backoff
from accounts.models import AuditEntry, PasswordLink, User
from tests.people import PASSWORD


def run(*args, **options):
    said = StringIO()
    call_command(*args, stdout=said, **options)
    return said.getvalue().strip()


class TestCreateAdmin:
    def test_prints_the_link_by_which_they_set_a_password(self, client, db):
        url = run("create_admin", "Ada@Example.com", name="Ada", base_url="https://files.example.com")

        ada = User.objects.get()
        assert (ada.email, ada.is_admin, ada.has_usable_password()) == ("ada@example.com", True, False)
        assert url.startswith("https://files.example.com/account/password/")
        assert (
            client.post(url.removeprefix("https://files.example.com"), {"new_password": PASSWORD}).status_code
            == 302
        )
        assert AuditEntry.objects.filter(operation="admin_added").exists()

    @pytest.mark.parametrize(
        ("email", "name"), [("nonsense", "Ada"), ("mark@example.com", "Ada"), ("a@b.example", " ")]
    )
    def test_refuses_a_bad_or_taken_value(self, mark, email, name):
        with pytest.raises(CommandError) as problem:
            run("create_admin", email, name=name)

        assert problem.value.returncode == 2
        assert User.objects.get() == mark

    def test_tells_machines(self, client, db):
        told = json.loads(
            run("create_admin", "ada@example.com", "--json", name="Ada", base_url="http://testserver/")
        )

        assert (told["id"], told["email"]) == (str(User.objects.get().pk), "ada@example.com")
        assert client.get(told["link"]).context["owner"] == User.objects.get()


class TestPasswordLink:
    def test_prints_a_link_that_works(self, client, mark):
        url = run("password_link", "MARK@example.com", base_url="http://testserver/")

        assert client.get(url).context["owner"] == mark

    def test_prints_it_as_people_type_the_address(self, mark, settings):
        settings.LINKS_BEGIN = "https://files.example.com/"

        assert run("password_link", mark.email).startswith("https://files.example.com/account/password/")

    def test_is_noted_in_the_log_without_the_link(self, mark):
        url = run("password_link", mark.email)

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.detail["changes"]) == (
            "admin_changed",
            [{"changed": {"fields": ["Password link"]}}],
        )
        assert url.rpartition("/")[2] not in str(entry.detail)

    def test_refuses_somebody_unknown_or_disabled(self, dora):
        for email in ("nobody@example.com", dora.email):
            with pytest.raises(CommandError):
                run("password_link", email)

        assert not PasswordLink.objects.exists()


class TestForceLogout:
    def test_ends_every_session(self, client, mark):
        client.force_login(mark)

        assert "signed out" in run("force_logout", "Mark@example.com")

        assert client.get("/account").status_code == 302
        assert AuditEntry.objects.get().operation == "forced_out"

    def test_tells_machines(self, mark):
        assert json.loads(run("force_logout", mark.email, "--json")) == {
            "email": mark.email,
            "signed_out": True,
        }

    def test_refuses_somebody_unknown(self, db):
        with pytest.raises(CommandError, match="Nobody") as problem:
            run("force_logout", "nobody@example.com")

        assert problem.value.returncode == 2


class TestUnlockUser:
    def test_lets_them_sign_in_again(self, client, mark):
        User.objects.filter(pk=mark.pk).update(locked_at=timezone.now())
        for _ in range(6):
            backoff.claim_try(mark.email, now=timezone.now())

        assert "can sign in" in run("unlock_user", mark.email)

        assert client.post("/login", {"email": mark.email, "password": PASSWORD}).status_code == 302

    def test_is_noted_in_the_log(self, mark):
        User.objects.filter(pk=mark.pk).update(locked_at=timezone.now())

        run("unlock_user", mark.email)

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.subject) == ("admin_changed", str(mark))

    def test_says_when_nothing_was_locked(self, mark):
        assert "was not locked" in run("unlock_user", mark.email)
        assert not AuditEntry.objects.exists()

    def test_refuses_somebody_unknown(self, db):
        with pytest.raises(CommandError, match="Nobody"):
            run("unlock_user", "nobody@example.com")


@pytest.mark.parametrize("command", ["create_admin", "password_link", "force_logout", "unlock_user"])
def test_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        call_command(command, "--help")

    assert left.value.code == 0
    assert "email" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["create_admin", "password_link", "force_logout", "unlock_user"])
def test_wants_to_know_who(command):
    with pytest.raises(CommandError):
        call_command(command)
