"""GET, POST /admin/users; PATCH, DELETE /admin/users/:id."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import AuditEntry, Session, User
from tests import people
from tests.wire.client import Wire, told

NORA = {
    "name": "Nora New",
    "email": "Nora@Example.com",
    "password": "a fine new password",
    "isAdmin": False,
}


def latest():
    return AuditEntry.objects.latest("id")


def other_admin():
    return User.objects.create_user(
        email="eve@example.com", name="Eve", password=people.PASSWORD, is_admin=True
    )


class TestListing:
    def test_shows_everybody_by_name(self, adas, ada, mark):
        assert adas.get("/admin/users").json() == [
            {
                "id": str(user.pk),
                "name": user.name,
                "email": user.email,
                "is_admin": user.is_admin,
                "created_at": user.created_at.isoformat().replace("+00:00", "Z"),
            }
            for user in (ada, mark)
        ]

    def test_takes_two_queries(self, adas, mark, rita, uma, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert len(adas.get("/admin/users").json()) == 4


class TestAdding:
    def test_lets_them_sign_in_at_once(self, adas):
        answer = adas.post("/admin/users", NORA)

        nora = User.objects.get(email="nora@example.com")
        assert answer.status_code == 200
        assert answer.json()["id"] == str(nora.pk)
        assert (nora.name, nora.is_admin) == ("Nora New", False)
        assert Wire().sign_in("nora@example.com", NORA["password"]).status_code == 200

    def test_makes_administrators(self, adas):
        assert adas.post("/admin/users", {**NORA, "isAdmin": True}).json()["is_admin"] is True

    def test_is_audited_without_the_password(self, adas, ada):
        adas.post("/admin/users", NORA)

        entry = latest()
        assert (entry.operation, entry.actor_email, entry.ip) == ("admin_added", ada.email, "127.0.0.1")
        assert "nora@example.com" in entry.subject
        assert NORA["password"] not in str(entry.detail)

    @pytest.mark.parametrize("field", ["email", "name", "password"])
    def test_wants_to_be_told(self, adas, field):
        answer = adas.post("/admin/users", {name: value for name, value in NORA.items() if name != field})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": field}
        assert User.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", " "),
            ("name", "x" * 121),
            ("name", "line\nbreak"),
            ("name", 5),
            ("name", None),
            ("email", ""),
            ("email", "nonsense"),
            ("email", ["nora@example.com"]),
            ("password", ""),
            ("password", "short"),
            ("password", "password12"),
            ("password", "Nora New Nora"),
            ("password", 12345678901234),
            ("isAdmin", "perhaps"),
            ("isAdmin", "true"),
            ("isAdmin", 1),
            ("isAdmin", None),
        ],
    )
    def test_refuses_a_bad_value_and_names_its_field(self, adas, field, value):
        answer = adas.post("/admin/users", {**NORA, field: value})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": field}
        assert User.objects.count() == 1

    @pytest.mark.parametrize("email", ["mark@example.com", "MARK@EXAMPLE.COM"])
    def test_refuses_an_email_that_is_taken(self, adas, mark, email):
        answer = adas.post("/admin/users", {**NORA, "email": email})

        assert told(answer) == (409, "ALREADY_EXISTS")
        assert answer.json()["details"] == {"field": "email"}

    def test_refuses_a_list(self, adas):
        assert told(adas.post("/admin/users", [NORA])) == (400, "VALIDATION_ERROR")


class TestChanging:
    def test_changes_what_is_sent_and_nothing_else(self, adas, mark):
        answer = adas.patch(f"/admin/users/{mark.pk}", {"name": "Mark Changed"})

        assert answer.json()["name"] == "Mark Changed"
        mark.refresh_from_db()
        assert (mark.name, mark.email, mark.is_admin, mark.check_password(people.PASSWORD)) == (
            "Mark Changed",
            "mark@example.com",
            False,
            True,
        )

    def test_refuses_a_misspelt_name_instead_of_changing_nothing(self, adas, mark):
        answer = adas.patch(f"/admin/users/{mark.pk}", {"name": "Mark Changed", "is_admin": True})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": "is_admin"}
        mark.refresh_from_db()
        assert mark.name != "Mark Changed"

    def test_says_which_fields_changed_and_no_values(self, adas, mark):
        adas.patch(f"/admin/users/{mark.pk}", {"name": "Mark Changed", "email": mark.email, "isAdmin": True})

        assert latest().detail["changes"] == [{"changed": {"fields": ["Name", "Administrator"]}}]

    def test_writes_nothing_down_when_nothing_changes(self, adas, mark):
        before = AuditEntry.objects.count()

        assert adas.patch(f"/admin/users/{mark.pk}", {"name": mark.name}).status_code == 200

        assert AuditEntry.objects.count() == before

    def test_ends_their_sessions_with_a_new_password(self, adas, marks, mark):
        page = Client()
        page.force_login(mark)

        assert adas.patch(f"/admin/users/{mark.pk}", {"password": "another fine one"}).status_code == 200

        assert told(marks.get("/auth/me")) == (401, "UNAUTHORIZED")
        assert page.get("/account").status_code == 302
        assert Wire().sign_in(mark.email, "another fine one").status_code == 200
        entry = AuditEntry.objects.get(operation="password_set")
        assert (entry.actor_email, entry.subject) == ("ada@example.com", mark.email)

    def test_lets_administrators_stay_who_change_their_own_password(self, adas, ada):
        other = Wire()
        other.sign_in(ada.email)

        assert adas.patch(f"/admin/users/{ada.pk}", {"password": "another fine one"}).status_code == 200

        assert adas.get("/auth/me").status_code == 200
        assert told(other.get("/auth/me")) == (401, "UNAUTHORIZED")

    def test_changes_all_or_nothing(self, adas, mark):
        answer = adas.patch(f"/admin/users/{mark.pk}", {"name": "Mark Changed", "password": "short"})

        assert answer.json()["details"] == {"field": "password"}
        mark.refresh_from_db()
        assert mark.name == "Mark Eting"

    def test_refuses_an_email_that_is_taken(self, adas, mark, rita):
        assert told(adas.patch(f"/admin/users/{mark.pk}", {"email": "RITA@example.com"})) == (
            409,
            "ALREADY_EXISTS",
        )

    def test_refuses_to_make_the_last_administrator_a_member(self, adas, ada):
        answer = adas.patch(f"/admin/users/{ada.pk}", {"isAdmin": False})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": "isAdmin"}
        ada.refresh_from_db()
        assert ada.is_admin

    def test_lets_one_of_two_administrators_go(self, adas):
        eve = other_admin()

        assert adas.patch(f"/admin/users/{eve.pk}", {"isAdmin": False}).json()["is_admin"] is False

    def test_knows_nobody_with_another_id(self, adas):
        assert told(adas.patch(f"/admin/users/{uuid4()}", {"name": "X"})) == (404, "NOT_FOUND")
        assert told(adas.patch("/admin/users/7", {"name": "X"})) == (404, "NOT_FOUND")


class TestRemoving:
    def test_takes_what_hangs_on_them_and_frees_their_email(self, adas, marks, mark, press):
        people.assign(mark, press)

        assert adas.delete(f"/admin/users/{mark.pk}").json() == {}

        assert not Session.objects.filter(user=mark.pk).exists()
        assert told(marks.get("/auth/me")) == (401, "FORCE_LOGGED_OUT")
        assert adas.post("/admin/users", {**NORA, "email": mark.email}).status_code == 200

    def test_leaves_the_audit_log_alone(self, adas, wire, mark):
        wire.sign_in(mark.email)
        theirs = AuditEntry.objects.filter(actor_id=mark.pk).count()
        assert theirs

        adas.delete(f"/admin/users/{mark.pk}")

        assert AuditEntry.objects.filter(actor_id=mark.pk, actor_email=mark.email).count() == theirs
        assert (latest().operation, latest().subject) == ("admin_removed", str(mark))

    def test_keeps_the_last_administrator(self, adas, ada, mark):
        answer = adas.delete(f"/admin/users/{ada.pk}")

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert "last active administrator" in answer.json()["message"]
        assert User.objects.filter(pk=ada.pk).exists()

    def test_knows_nobody_with_another_id(self, adas):
        assert told(adas.delete(f"/admin/users/{uuid4()}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("verb", "door"), [("get", ""), ("post", ""), ("patch", "/{}"), ("delete", "/{}")])
def test_is_for_administrators_alone(marks, mark, verb, door):
    before = AuditEntry.objects.count()

    assert told(getattr(marks, verb)("/admin/users" + door.format(mark.pk))) == (403, "FORBIDDEN")
    assert told(getattr(Wire(), verb)("/admin/users" + door.format(mark.pk))) == (401, "UNAUTHORIZED")
    assert AuditEntry.objects.count() == before


def test_counts_who_may_not(marks, settings):
    settings.RATE_LIMIT_USER = "3/m"

    assert [marks.get("/admin/users").status_code for _ in range(4)] == [403, 403, 403, 429]
