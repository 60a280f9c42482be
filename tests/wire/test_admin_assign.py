"""GET /admin/assignments; POST, PATCH, DELETE /admin/assign."""

from uuid import uuid4

import pytest

from accounts.models import AuditEntry
from buckets.models import Assignment
from tests import people
from tests.wire.client import Wire, told


def whom(user, bucket, **more):
    return {"userId": str(user.pk), "bucketId": str(bucket.pk), **more}


def place(assignment=None):
    given = assignment or Assignment.objects.get()
    return (
        given.whole_bucket,
        given.root_path,
        given.allow_upload,
        given.allow_overwrite,
        given.allow_delete,
    )


class TestListing:
    def test_shows_who_may_use_what_by_name(self, adas, mark, rita, press):
        shop = people.press_bucket(display_name="Another", bucket_name="shop-files")
        people.assign(rita, press)
        given = people.assign(mark, press, allow_delete=True)
        people.assign(mark, shop)

        rows = adas.get("/admin/assignments").json()

        assert [(row["user_name"], row["bucket_name"]) for row in rows] == [
            ("Mark Eting", "shop-files"),
            ("Mark Eting", "press-kit"),
            ("Rita Reader", "press-kit"),
        ]
        assert rows[1] == {
            "user_id": str(mark.pk),
            "user_name": "Mark Eting",
            "user_email": "mark@example.com",
            "bucket_id": str(press.pk),
            "bucket_name": "press-kit",
            "system_code": "PRESS_KIT",
            "assigned_at": given.assigned_at.isoformat().replace("+00:00", "Z"),
            "allow_delete": True,
        }

    def test_takes_two_queries(self, adas, mark, rita, press, django_assert_num_queries):
        for user in (mark, rita):
            people.assign(user, press)

        with django_assert_num_queries(2):
            assert len(adas.get("/admin/assignments").json()) == 2


class TestAssigning:
    def test_means_the_whole_bucket_when_no_root_is_named(self, adas, marks, mark, press):
        row = adas.post("/admin/assign", whom(mark, press, allowDelete=False)).json()

        assert (row["user_id"], row["bucket_id"], row["allow_delete"]) == (str(mark.pk), str(press.pk), False)
        assert place() == (True, "", True, True, False)
        assert [bucket["root_path"] for bucket in marks.get("/buckets").json()] == [""]

    def test_takes_a_root_and_rights(self, adas, mark, press):
        fields = {
            "rootPath": "/projects/marketing",
            "allowUpload": True,
            "allowOverwrite": False,
            "allowDelete": True,
        }

        assert adas.post("/admin/assign", whom(mark, press, **fields)).json()["allow_delete"] is True

        assert place() == (False, "projects/marketing/", True, False, True)

    def test_takes_null_for_no_root_named(self, adas, mark, press):
        adas.post("/admin/assign", whom(mark, press, rootPath=None))

        assert place()[0] is True

    def test_is_audited_with_the_person_and_the_bucket(self, adas, ada, mark, press):
        adas.post("/admin/assign", whom(mark, press))

        entry = AuditEntry.objects.latest("id")
        assert (entry.operation, entry.actor_email, entry.bucket_code) == (
            "admin_added",
            ada.email,
            "PRESS_KIT",
        )
        assert (entry.detail["kind"], entry.subject) == ("assignment", f"{mark} in {press}")

    def test_refuses_a_second_place_in_one_bucket(self, adas, mark, press):
        people.assign(mark, press)

        assert told(adas.post("/admin/assign", whom(mark, press))) == (409, "ALREADY_EXISTS")
        assert place()[1] == "projects/marketing/"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("rootPath", ""),
            ("rootPath", " / "),
            ("rootPath", "../up"),
            ("rootPath", "a//b"),
            ("rootPath", 7),
            ("rootPath", "x" * 1025),
            ("allowDelete", "perhaps"),
            ("allowDelete", None),
            ("userId", "mark"),
            ("userId", None),
            ("bucketId", 5.5),
        ],
    )
    def test_refuses_a_bad_value_and_names_its_field(self, adas, mark, press, field, value):
        answer = adas.post("/admin/assign", whom(mark, press, **{field: value}))

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": field}
        assert not Assignment.objects.exists()

    @pytest.mark.parametrize("fields", [{"wholeBucket": True, "rootPath": "a/"}, {"wholeBucket": False}])
    def test_refuses_the_whole_bucket_and_a_root_or_neither(self, adas, mark, press, fields):
        answer = adas.post("/admin/assign", whom(mark, press, **fields))

        assert answer.json()["details"] == {"field": "rootPath"}

    def test_knows_nobody_and_no_bucket_with_another_id(self, adas, mark, press):
        for fields in ({"userId": str(uuid4())}, {"bucketId": str(uuid4())}):
            assert told(adas.post("/admin/assign", whom(mark, press, **fields))) == (404, "NOT_FOUND")


class TestChanging:
    def test_leaves_alone_what_is_absent(self, adas, mark, press):
        people.assign(mark, press, allow_overwrite=False)

        assert adas.patch("/admin/assign", whom(mark, press, allowDelete=True)).json()["allow_delete"] is True

        assert place() == (False, "projects/marketing/", True, False, True)

    def test_moves_somebody_and_holds_at_once(self, adas, marks, mark, press):
        people.assign(mark, press)

        adas.patch("/admin/assign", whom(mark, press, rootPath="elsewhere"))

        assert [bucket["root_path"] for bucket in marks.get("/buckets").json()] == ["elsewhere/"]

    def test_gives_the_whole_bucket_only_when_that_is_said(self, adas, mark, press):
        people.assign(mark, press)

        assert adas.patch("/admin/assign", whom(mark, press, rootPath="")).status_code == 400
        assert adas.patch("/admin/assign", whom(mark, press, rootPath=None)).status_code == 200
        assert place()[1] == "projects/marketing/"
        assert adas.patch("/admin/assign", whom(mark, press, wholeBucket=True)).status_code == 200
        assert place()[:2] == (True, "")
        assert adas.patch("/admin/assign", whom(mark, press, wholeBucket=False)).status_code == 400

    def test_says_which_fields_changed(self, adas, mark, press):
        people.assign(mark, press)

        adas.patch("/admin/assign", whom(mark, press, allowDelete=True, allowUpload=True))

        entry = AuditEntry.objects.latest("id")
        assert (entry.operation, entry.detail["changes"]) == (
            "admin_changed",
            [{"changed": {"fields": ["May delete"]}}],
        )

    def test_knows_no_place_that_was_never_given(self, adas, mark, press):
        assert told(adas.patch("/admin/assign", whom(mark, press, allowDelete=True))) == (404, "NOT_FOUND")


@pytest.mark.parametrize("field", ["allowDelete", "allowUpload", "allowOverwrite", "wholeBucket"])
@pytest.mark.parametrize("word", ["true", "on", 1, None])
def test_takes_no_word_for_true(adas, mark, press, field, word):
    answer = adas.post("/admin/assign", whom(mark, press, **{field: word}))

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": field}
    assert not Assignment.objects.exists()


class TestWithdrawing:
    def test_takes_effect_at_once(self, adas, marks, mark, press):
        people.assign(mark, press)

        assert adas.delete("/admin/assign", whom(mark, press)).json() == {}

        assert marks.get("/buckets").json() == []
        assert AuditEntry.objects.latest("id").operation == "admin_removed"

    def test_knows_no_place_that_was_never_given(self, adas, mark, press):
        assert told(adas.delete("/admin/assign", whom(mark, press))) == (404, "NOT_FOUND")

    def test_wants_to_know_whose(self, adas, press):
        answer = adas.delete("/admin/assign", {"bucketId": str(press.pk)})

        assert answer.json()["details"] == {"field": "userId"}
        assert told(adas.delete("/admin/assign")) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(("verb", "door"), [("get", "ments"), ("post", ""), ("patch", ""), ("delete", "")])
def test_is_for_administrators_alone(marks, mark, press, verb, door):
    people.assign(mark, press)
    body = [] if verb == "get" else [whom(mark, press, allowDelete=True)]

    assert told(getattr(marks, verb)(f"/admin/assign{door}", *body)) == (403, "FORBIDDEN")
    assert told(getattr(Wire(), verb)(f"/admin/assign{door}", *body)) == (401, "UNAUTHORIZED")
    assert place()[4] is False
