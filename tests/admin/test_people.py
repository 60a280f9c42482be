"""People in the admin."""

import pytest
from django.contrib.auth.hashers import is_password_usable
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import people as accounts
from accounts.models import AuditEntry, PasswordLink, Session, User
from accounts.rules import Invalid
from buckets.models import Assignment
from tests import people

NOTHING_INLINE = {"assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}


def page(user, name="change"):
    return reverse(f"admin:accounts_user_{name}", args=[user.pk])


def form_of(user, **changes):
    shown = {"name": user.name, "email": user.email, "is_admin": user.is_admin, "is_active": user.is_active}
    return {**{k: v for k, v in {**shown, **changes}.items() if v is not False}, **NOTHING_INLINE}


def other_admin():
    return User.objects.create_user(
        email="eve@example.com", name="Eve", password=people.PASSWORD, is_admin=True
    )


class TestAdding:
    URL = "/admin/accounts/user/add/"

    def test_hands_out_a_link_instead_of_asking_for_a_password(self, admin):
        answer = admin.post(self.URL, {"name": "Nora New", "email": "NORA@example.com", **NOTHING_INLINE})

        nora = User.objects.get(email="nora@example.com")
        assert not is_password_usable(nora.password)
        link = answer.context["url"]
        assert link in answer.content.decode()
        assert Client().post(link, {"new_password": "a fine new password"})["Location"] == "/login"

    def test_mails_the_link_where_mail_exists_and_shows_it_nobody_else(
        self, admin, settings, django_capture_on_commit_callbacks
    ):
        settings.HAS_MAIL = True

        with django_capture_on_commit_callbacks(execute=True):
            answer = admin.post(self.URL, {"name": "Nora", "email": "nora@example.com", **NOTHING_INLINE})
            assert mail.outbox == []

        assert mail.outbox[0].to == ["nora@example.com"]
        assert "/account/password/" not in admin.get(answer["Location"]).content.decode()

    def test_is_audited_with_names_and_without_the_link(self, admin, ada):
        admin.post(self.URL, {"name": "Nora", "email": "nora@example.com", **NOTHING_INLINE})

        entries = AuditEntry.objects.order_by("id")
        assert [entry.operation for entry in entries] == ["admin_added", "admin_changed"]
        assert {entry.actor_email for entry in entries} == {ada.email}
        assert "nora@example.com" in str(entries[0].detail)
        assert PasswordLink.objects.get().token_hash not in str([entry.detail for entry in entries])

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "   "),
            ("name", "x" * 121),
            ("email", ""),
            ("email", "nonsense"),
            ("email", "mark@example.com"),
            ("email", "MARK@EXAMPLE.COM"),
        ],
    )
    def test_refuses_a_bad_or_taken_value(self, admin, mark, field, value):
        form = {"name": "Nora", "email": "nora@example.com", **NOTHING_INLINE, field: value}

        answer = admin.post(self.URL, form)

        assert answer.status_code == 200
        assert field in answer.context["adminform"].form.errors
        assert User.objects.count() == 2

    def test_cannot_set_a_password_an_epoch_or_a_lock(self, admin):
        form = {"name": "Nora", "email": "nora@example.com", "password": "x", "epoch": 99, **NOTHING_INLINE}

        admin.post(self.URL, form)

        nora = User.objects.get(email="nora@example.com")
        assert (nora.epoch, is_password_usable(nora.password)) == (1, False)


class TestChanging:
    def test_ends_every_session_of_somebody_it_disables(self, admin, mark):
        browser = Client()
        browser.force_login(mark)

        assert admin.post(page(mark), form_of(mark, is_active=False)).status_code == 302

        mark.refresh_from_db()
        assert (mark.is_active, mark.epoch) == (False, 2)
        assert Session.objects.get(user=mark).ended_reason == "disabled"
        assert "switched off" in browser.get("/login").content.decode()

    @pytest.mark.parametrize("loss", ["is_active", "is_admin"])
    def test_refuses_to_take_the_last_administrator_away(self, admin, ada, loss):
        answer = admin.post(page(ada), form_of(ada, **{loss: False}))

        assert "last active administrator" in answer.content.decode()
        ada.refresh_from_db()
        assert ada.is_active
        assert ada.is_admin

    @pytest.mark.parametrize(
        "state", [{"is_active": False}, {"locked_at": timezone.now()}, {"password": "!"}]
    )
    def test_counts_only_administrators_who_can_sign_in(self, admin, ada, state):
        User.objects.filter(pk=other_admin().pk).update(**state)

        assert (
            "last active administrator"
            in admin.post(page(ada), form_of(ada, is_admin=False)).content.decode()
        )

    def test_lets_one_of_two_administrators_go(self, admin, ada):
        eve = other_admin()

        assert admin.post(page(eve), form_of(eve, is_admin=False)).status_code == 302

        eve.refresh_from_db()
        assert not eve.is_admin

    def test_says_which_fields_changed_and_no_values(self, admin, mark):
        admin.post(page(mark), form_of(mark, name="Mark Changed"))

        entry = AuditEntry.objects.get()
        assert entry.operation == "admin_changed"
        assert entry.detail["changes"] == [{"changed": {"fields": ["Name"]}}]


class TestAssigning:
    def assign(self, admin, user, bucket, **fields):
        form = {**form_of(user), "assignments-TOTAL_FORMS": 1, "assignments-0-bucket": bucket.pk}
        form |= {f"assignments-0-{name}": value for name, value in fields.items()}
        return admin.post(page(user), form)

    def test_gives_a_root_path_in_canonical_form(self, admin, mark, press):
        assert self.assign(admin, mark, press, root_path="/projects/marketing").status_code == 302

        assert Assignment.objects.get().root_path == "projects/marketing/"

    def test_says_that_a_new_root_leads_to_nothing(self, admin, mark, press, kept):
        kept["projcets/"] = []
        self.assign(admin, mark, press, root_path="projcets")

        assert "Nothing is stored in “projcets/” of Press kit yet." in admin.get(page(mark)).content.decode()

    def test_gives_the_whole_bucket_only_when_it_is_chosen(self, admin, mark, press):
        assert self.assign(admin, mark, press, whole_bucket="on").status_code == 302

        assert Assignment.objects.get().whole_bucket

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"root_path": ""},
            {"root_path": "  "},
            {"root_path": "/"},
            {"root_path": "a/", "whole_bucket": "on"},
            {"root_path": "../up"},
            {"root_path": "a/../../b"},
            {"root_path": "a//b"},
            {"root_path": "%2e%2e/x"},
            {"root_path": "x" * 1025},
        ],
    )
    def test_refuses_a_root_that_is_missing_doubled_or_malformed(self, admin, mark, press, fields):
        assert self.assign(admin, mark, press, **fields).status_code == 200
        assert not Assignment.objects.exists()

    def test_refuses_a_second_assignment_of_one_bucket(self, admin, mark, press):
        people.assign(mark, press)
        form = {**form_of(mark), "assignments-TOTAL_FORMS": 2}
        form |= {f"assignments-{n}-bucket": press.pk for n in (0, 1)}
        form |= {f"assignments-{n}-root_path": f"r{n}/" for n in (0, 1)}

        assert admin.post(page(mark), form).status_code == 200
        assert Assignment.objects.count() == 1

    def test_starts_with_deleting_off(self, admin, press):
        field = Assignment._meta.get_field
        assert (
            field("allow_upload").default,
            field("allow_overwrite").default,
            field("allow_delete").default,
        ) == (
            True,
            True,
            False,
        )


class TestActs:
    def test_signs_somebody_out_everywhere(self, admin, ada, mark):
        browser = Client()
        browser.force_login(mark)

        admin.post(page(mark, "force-out"))

        assert browser.get("/account").status_code == 302
        assert AuditEntry.objects.get().actor_email == ada.email

    def test_unlocks(self, admin, mark):
        User.objects.filter(pk=mark.pk).update(locked_at=timezone.now())

        admin.post(page(mark, "unlock"))

        mark.refresh_from_db()
        assert mark.locked_at is None
        assert AuditEntry.objects.get().operation == "admin_changed"

    def test_disables(self, admin, mark):
        admin.post(page(mark, "disable"))

        mark.refresh_from_db()
        assert not mark.is_active

    def test_refuses_to_disable_the_last_administrator(self, admin, ada):
        answer = admin.post(page(ada, "disable"), follow=True)

        assert "last active administrator" in answer.content.decode()
        ada.refresh_from_db()
        assert ada.is_active

    def test_makes_a_new_link(self, admin, mark):
        link = admin.post(page(mark, "link")).context["url"]

        assert Client().get(link).status_code == 200

    def test_makes_no_link_for_somebody_disabled(self, admin, dora):
        admin.post(page(dora, "link"))

        assert not PasswordLink.objects.exists()

    @pytest.mark.parametrize("act", ["force-out", "unlock", "disable", "link"])
    def test_acts_on_a_post_alone(self, admin, mark, act):
        assert admin.get(page(mark, act)).status_code == 405
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("act", ["force-out", "unlock", "disable", "link"])
    def test_acts_for_nobody_who_is_no_administrator(self, client, mark, rita, act):
        client.force_login(mark)

        assert client.post(page(rita, act), follow=True).status_code == 403
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("act", ["force_out", "unlock", "disable"])
    def test_acts_on_a_selection(self, admin, mark, rita, act):
        User.objects.filter(pk=rita.pk).update(locked_at=timezone.now())
        form = {"action": act, "_selected_action": [mark.pk, rita.pk]}

        assert admin.post("/admin/accounts/user/", form).status_code == 302
        assert AuditEntry.objects.filter(detail__icontains="rita").exists()


class TestRemoving:
    def test_leaves_the_audit_log_alone(self, admin, mark):
        browser = Client()
        browser.force_login(mark)
        browser.post("/logout")

        assert admin.post(page(mark, "delete"), {"post": "yes"}).status_code == 302

        assert not User.objects.filter(pk=mark.pk).exists()
        signed_out, removed = AuditEntry.objects.order_by("id")
        assert (signed_out.actor_id, signed_out.actor_email) == (mark.pk, "mark@example.com")
        assert (removed.operation, removed.detail["id"]) == ("admin_removed", str(mark.pk))

    def test_refuses_the_last_administrator(self, admin, ada):
        assert admin.post(page(ada, "delete"), {"post": "yes"}).status_code == 403
        assert User.objects.filter(pk=ada.pk).exists()

    def test_refuses_a_selection_with_the_last_administrator_in_it(self, admin, ada, mark):
        form = {"action": "delete_selected", "_selected_action": [ada.pk, mark.pk], "post": "yes"}

        admin.post("/admin/accounts/user/", form)

        assert User.objects.filter(pk=ada.pk).exists()

    def test_refuses_both_of_the_last_two_at_once(self, admin, ada):
        eve = other_admin()
        form = {"action": "delete_selected", "_selected_action": [ada.pk, eve.pk], "post": "yes"}

        admin.post("/admin/accounts/user/", form)

        assert User.objects.filter(is_admin=True).exists()


def test_never_loses_both_administrators_who_remove_each_other(db, ada):
    eve = other_admin()
    accounts.disable(user=eve, now=timezone.now())

    with pytest.raises(Invalid):
        accounts.disable(user=ada, now=timezone.now())
