"""Buckets in the admin."""

from contextlib import suppress
from datetime import timedelta
from html import unescape
from threading import Thread

import pytest
from django.db import IntegrityError, connection
from django.db.models.signals import pre_delete
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from buckets.connection import Connection
from buckets.credentials import open_sealed, seal
from buckets.doctor import Check, CorsChange, Outcome, Report
from buckets.models import Assignment, Bucket
from buckets.s3.cors import own_rule
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from files.models import BucketIndex, Folder
from tests import people
from tests.browsing import unpainted
from tests.emptying import empty

KEY_ID = "AKIATESTKEYID"
SECRET = "a/secret+nobody/may/see"
ADD = "/admin/buckets/bucket/add/"
FORM = {
    "display_name": "Press kit 2026",
    "bucket_name": "press-kit",
    "region": "eu-central-1",
    "addressing_style": "virtual",
    "new_access_key_id": KEY_ID,
    "new_secret_access_key": SECRET,
    "has_thumbnails": "on",
    "index_minutes": "360",
    "assignments-TOTAL_FORMS": 0,
    "assignments-INITIAL_FORMS": 0,
}


@pytest.fixture
def bucket(admin):
    admin.post(ADD, FORM)
    empty("accounts_auditentry")
    return Bucket.objects.get()


def page(bucket, name="change"):
    return reverse(f"admin:buckets_bucket_{name}", args=[bucket.pk])


def unchanged(**changes):
    return {**FORM, "new_access_key_id": "", "new_secret_access_key": "", **changes}


def texts(answer):
    return unescape(answer.content.decode()).replace("\xa0", " ")


def errors(answer):
    return dict(answer.context_data["adminform"].form.errors)


class TestAdding:
    def test_seals_the_key_for_its_own_row(self, admin):
        assert admin.post(ADD, FORM).status_code == 302

        bucket = Bucket.objects.get()
        assert SECRET not in bucket.secret_access_key
        assert KEY_ID not in bucket.access_key_id
        assert key_of(bucket.connection) == (KEY_ID, SECRET)

    def test_generates_the_system_code(self, admin):
        admin.post(ADD, {**FORM, "system_code": "CHOSEN"})
        admin.post(ADD, FORM)

        assert set(Bucket.objects.values_list("system_code", flat=True)) == {
            "PRESS_KIT_2026",
            "PRESS_KIT_2026_2",
        }

    def test_starts_at_the_first_credential_version(self, admin):
        admin.post(ADD, {**FORM, "credential_version": 9})

        assert Bucket.objects.get().credential_version == 1

    def test_takes_a_list_of_media_types(self, admin):
        admin.post(ADD, {**FORM, "media_types": "image/*, Application/PDF\nimage/*"})

        assert Bucket.objects.get().allowed_types == ["image/*", "application/pdf"]

    def test_is_audited_without_the_key(self, admin, ada):
        admin.post(ADD, FORM)

        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.actor_email, entry.bucket_code) == (
            "admin_added",
            ada.email,
            "PRESS_KIT_2026",
        )
        assert SECRET not in str(entry.detail)
        assert KEY_ID not in str(entry.detail)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("display_name", ""),
            ("display_name", "x" * 121),
            ("bucket_name", ""),
            ("bucket_name", "ab"),
            ("bucket_name", "with space"),
            ("bucket_name", "with/slash"),
            ("bucket_name", "-hyphen"),
            ("bucket_name", "häuser"),
            ("region", "not a region"),
            ("region", "eu_central"),
            ("endpoint_url", "s3.example.com"),
            ("endpoint_url", "ftp://s3.example.com"),
            ("endpoint_url", "https://user:pass@s3.example.com"),
            ("endpoint_url", "https://127.0.0.1/?x=1"),
            ("cloudfront_base_url", "javascript:alert(1)"),
            ("cloudfront_base_url", "https://cdn.example.com/#x"),
            ("root_path", "../up"),
            ("root_path", "a//b"),
            ("root_path", "a/%2e%2e/b"),
            ("media_types", "image"),
            ("media_types", "*/*"),
            ("media_types", "text/html; charset=utf-8"),
            ("new_access_key_id", ""),
            ("new_access_key_id", "with space"),
            ("new_secret_access_key", ""),
            ("new_secret_access_key", "with\ttab"),
            ("addressing_style", "sideways"),
        ],
    )
    def test_refuses_a_bad_value_and_names_its_field(self, admin, field, value):
        with unpainted():
            answer = admin.post(ADD, {**FORM, field: value})

        assert answer.status_code == 200
        assert list(errors(answer)) == [field]
        assert not Bucket.objects.exists()

    def test_refuses_a_private_endpoint_where_none_is_allowed(self, admin, settings):
        settings.ALLOW_PRIVATE_ENDPOINTS = False

        answer = admin.post(ADD, {**FORM, "endpoint_url": "https://127.0.0.1:9000"})

        assert list(errors(answer)) == ["endpoint_url"]

    def test_says_all_that_is_wrong_at_once(self, admin):
        answer = admin.post(
            ADD,
            {
                **FORM,
                "display_name": " ",
                "bucket_name": "no spaces",
                "region": "Mars!",
                "endpoint_url": "ftp://x",
                "cloudfront_base_url": "nowhere",
                "root_path": "..",
                "media_types": "images",
                "new_access_key_id": "",
                "new_secret_access_key": "two words",
            },
        )
        assert set(errors(answer)) == {
            "display_name", "bucket_name", "region", "endpoint_url", "cloudfront_base_url", "root_path", "media_types",
            "new_access_key_id", "new_secret_access_key",
        }  # fmt: skip
        assert not Bucket.objects.exists()

    def test_leads_to_the_test_of_its_connection(self, admin):
        answer = admin.post(ADD, {**FORM, "_continue": "1"}, follow=True)

        assert "Test its connection next" in answer.content.decode()
        assert reverse("admin:buckets_bucket_test", args=[Bucket.objects.get().pk]) in answer.content.decode()


class TestTheKey:
    def test_is_never_shown(self, admin, bucket):
        pages = [page(bucket), "/admin/buckets/bucket/", "/admin/", "/admin/accounts/auditentry/"]
        texts = [admin.get(url).content.decode() for url in pages]

        for text in texts:
            assert not [
                hidden
                for hidden in (SECRET, KEY_ID, bucket.secret_access_key, bucket.access_key_id)
                if hidden in text
            ]

    def test_is_not_shown_when_a_form_is_refused(self, admin):
        text = admin.post(ADD, {**FORM, "region": "no region"}).content.decode()

        assert SECRET not in text

    def test_is_kept_when_left_blank(self, admin, bucket):
        assert admin.post(page(bucket), unchanged(display_name="Renamed")).status_code == 302

        changed = Bucket.objects.get()
        assert (changed.display_name, changed.credential_version) == ("Renamed", 1)
        assert key_of(changed.connection) == (KEY_ID, SECRET)

    def test_is_replaced_under_a_new_version(self, admin, bucket):
        admin.post(page(bucket), unchanged(new_access_key_id="AKIANEW", new_secret_access_key="new"))

        changed = Bucket.objects.get()
        assert (key_of(changed.connection), changed.credential_version) == (("AKIANEW", "new"), 2)

    def test_keeps_its_id_with_a_new_secret(self, admin, bucket):
        admin.post(page(bucket), unchanged(new_secret_access_key="new"))

        assert key_of(Bucket.objects.get().connection) == (KEY_ID, "new")

    def test_needs_a_secret_beside_a_new_id(self, admin, bucket):
        answer = admin.post(page(bucket), unchanged(new_access_key_id="AKIANEW"))

        assert list(errors(answer)) == ["new_secret_access_key"]

    @pytest.mark.parametrize(
        "change", [{"bucket_name": "another"}, {"endpoint_url": "https://127.0.0.1:9443"}]
    )
    def test_goes_to_another_place_only_with_its_secret_again(self, admin, bucket, change):
        refused = admin.post(page(bucket), unchanged(**change))
        assert list(errors(refused)) == ["new_secret_access_key"]
        assert Bucket.objects.get().credential_version == 1

        assert admin.post(page(bucket), unchanged(**change, new_secret_access_key=SECRET)).status_code == 302
        assert Bucket.objects.get().credential_version == 2

    def test_grows_a_version_with_another_region(self, admin, bucket):
        admin.post(page(bucket), unchanged(region="eu-west-1"))

        assert Bucket.objects.get().credential_version == 2

    def test_is_named_in_the_audit_log_and_never_quoted(self, admin, bucket):
        admin.post(
            page(bucket), unchanged(new_access_key_id="AKIANEW", new_secret_access_key="the-new-secret")
        )

        text = str(AuditEntry.objects.get().detail)
        assert "Secret access key" in text
        assert "the-new-secret" not in text
        assert "AKIANEW" not in text


def test_keeps_the_system_code_when_the_name_changes(admin, bucket):
    admin.post(page(bucket), unchanged(display_name="Something else"))

    assert Bucket.objects.get().system_code == "PRESS_KIT_2026"


class TestContents:
    def test_says_what_was_listed(self, admin, bucket):
        BucketIndex.objects.create(
            bucket=bucket, listed_at=timezone.now(), file_count=1_503, folder_count=1, total_size=1_503 * 1024
        )

        text = admin.get("/admin/buckets/bucket/").content.decode()

        assert "1,503" in text
        assert "1.5" in text

    def test_says_when_it_was_listed_and_why_not_since(self, admin, bucket):
        assert "not listed yet" in admin.get(page(bucket)).content.decode()
        BucketIndex.objects.create(
            bucket=bucket, listed_at=timezone.now() - timedelta(hours=3), file_count=1_503, folder_count=1,
            total_size=2048, problem="The bucket's key lacks s3:ListBucket.",
        )  # fmt: skip

        text = texts(admin.get(page(bucket)))

        assert "1,503 files, 2.0 KB, listed 3 hours ago. The last try: The bucket's key lacks" in text

    @pytest.mark.parametrize("chosen", ["7", "-1", "often"])
    def test_are_listed_only_as_often_as_is_offered(self, admin, bucket, chosen):
        assert "index_minutes" in errors(admin.post(page(bucket), unchanged(index_minutes=chosen)))

    @pytest.mark.parametrize(("chosen", "kept"), [("0", 0), ("1440", 1440), ("", 360)])
    def test_are_listed_as_often_as_was_chosen(self, admin, bucket, chosen, kept):
        admin.post(page(bucket), unchanged(index_minutes=chosen))

        assert Bucket.objects.get().index_minutes == kept

    def test_says_that_nothing_was_listed_yet(self, admin, bucket):
        assert "not listed yet" in admin.get("/admin/buckets/bucket/").content.decode()

    def test_says_in_the_list_that_it_cannot_be_listed(self, admin, bucket):
        BucketIndex.objects.create(bucket=bucket, problem="The bucket's key lacks s3:ListBucket.")
        text = texts(admin.get("/admin/buckets/bucket/"))
        assert "can't be listed" in text
        assert "not listed yet" not in text

    def test_flushes_one_bucket_and_no_other(self, admin, bucket, press):
        for each in (bucket, press):
            Folder.objects.create(bucket=each, path="", path_folded="")

        admin.post(page(bucket, "flush"))

        assert Folder.objects.get().bucket == press
        assert AuditEntry.objects.get().operation == "listings_flushed"

    def test_flushes_all(self, admin, bucket, press):
        for each in (bucket, press):
            Folder.objects.create(bucket=each, path="", path_folded="")

        assert admin.post("/admin/buckets/bucket/flush/")["Location"] == "/admin/"

        assert not Folder.objects.exists()

    def test_are_forgotten_when_the_bucket_means_another_place(self, admin, bucket):
        Folder.objects.create(bucket=bucket, path="", path_folded="")

        admin.post(page(bucket), unchanged(display_name="Renamed"))
        assert Folder.objects.exists()
        admin.post(page(bucket), unchanged(bucket_name="another", new_secret_access_key=SECRET))

        assert not Folder.objects.exists()


class TestAssigning:
    def assign(self, admin, bucket, user, **fields):
        form = unchanged(**{"assignments-TOTAL_FORMS": 1, "assignments-0-user": user.pk})
        return admin.post(
            page(bucket), form | {f"assignments-0-{name}": value for name, value in fields.items()}
        )

    def test_works_from_the_bucket_too(self, admin, bucket, mark):
        self.assign(admin, bucket, mark, root_path="a/b", allow_upload="on")

        given = Assignment.objects.get()
        assert (given.root_path, given.allow_upload, given.allow_overwrite, given.allow_delete) == (
            "a/b/",
            True,
            False,
            False,
        )

    @pytest.mark.parametrize(
        "fields", [{}, {"root_path": " / "}, {"root_path": "a", "whole_bucket": "on"}, {"root_path": ".."}]
    )
    def test_refuses_a_root_by_accident(self, admin, bucket, mark, fields):
        assert self.assign(admin, bucket, mark, **fields).status_code == 200
        assert not Assignment.objects.exists()

    def test_says_that_a_new_root_leads_to_nothing(self, admin, bucket, mark, kept):
        kept["projcets/"] = []
        self.assign(admin, bucket, mark, root_path="projcets")

        said = texts(admin.get(page(bucket)))
        assert (
            "Nothing is stored in “projcets/” of Press kit 2026 yet. Check the spelling, unless Mark Eting"
            in said
        )
        assert Assignment.objects.get().root_path == "projcets/"

    def test_says_nothing_of_a_root_that_leads_somewhere(self, admin, bucket, mark, kept):
        self.assign(admin, bucket, mark, root_path="projects")
        assert "Nothing is stored" not in texts(admin.get(page(bucket)))

    def test_saves_though_the_storage_is_away(self, admin, bucket, mark, kept):
        kept["projects/"] = S3Unavailable("The storage doesn't answer.", action="s3:ListBucket")
        assert self.assign(admin, bucket, mark, root_path="projects").status_code == 302
        assert Assignment.objects.get().root_path == "projects/"


class TestTheConnection:
    def test_is_reported_call_by_call(self, admin, bucket, monkeypatch, ada):
        report = Report([Check("list", Outcome.OK, "s3:ListBucket", "Folders can be shown."),
                         Check("delete", Outcome.MISSING, "s3:DeleteObject", "Allow it.")])  # fmt: skip
        asked = []
        monkeypatch.setattr(
            "buckets.admin.examine", lambda one, origins: asked.append((one, origins)) or report
        )

        text = admin.post(page(bucket, "test")).content.decode()

        assert asked == [(bucket, ("http://testserver",))]
        assert all(
            said in text
            for said in ("s3:ListBucket", "Folders can be shown.", "s3:DeleteObject", "Allow it.")
        )
        entry = AuditEntry.objects.get()
        assert (entry.operation, entry.outcome, entry.detail) == (
            "bucket_tested",
            "failed",
            {"failed": ["delete"]},
        )

    def test_that_fails_is_a_page_and_no_error(self, admin, bucket):
        Bucket.objects.update(endpoint_url="http://127.0.0.1:9")

        answer = admin.post(page(bucket, "test"))

        assert answer.status_code == 200
        assert "failed" in answer.content.decode()
        assert SECRET not in answer.content.decode()

    def test_asks_for_the_origin_of_the_frontend_too(self, admin, bucket, monkeypatch, settings):
        settings.FRONTEND_URL = "https://app.example.com"
        asked = []
        monkeypatch.setattr("buckets.admin.examine", lambda _, origins: asked.append(origins) or Report([]))

        admin.post(page(bucket, "test"))

        assert asked == [("http://testserver", "https://app.example.com")]


class TestCors:
    @pytest.fixture
    def store(self, monkeypatch):
        """The rules a bucket has: none of ours yet."""
        written = []

        def add(bucket, *, origins, dry_run=False):
            if not dry_run:
                written.append(own_rule(origins))
            return CorsChange([], [own_rule(origins)])

        monkeypatch.setattr("buckets.admin.add_cors_rule", add)
        return written

    def test_shows_the_difference_first_and_changes_nothing(self, admin, bucket, store):
        text = admin.post(page(bucket, "cors")).content.decode()

        assert "if-none-match" in text
        assert "Set these rules" in text
        assert store == []
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("said", ["", "no", "YES", "1"])
    def test_changes_nothing_without_a_clear_yes(self, admin, bucket, store, said):
        admin.post(page(bucket, "cors"), {"confirmed": said})

        assert store == []

    def test_applies_it_when_confirmed(self, admin, bucket, store):
        assert admin.post(page(bucket, "cors"), {"confirmed": "yes"})["Location"] == page(bucket)

        assert len(store) == 1
        assert AuditEntry.objects.get().operation == "cors_changed"

    def test_says_what_the_store_refused(self, admin, bucket, monkeypatch):
        def refuse(*_, **__):
            raise S3AccessDenied(action="s3:GetBucketCORS")

        monkeypatch.setattr("buckets.admin.add_cors_rule", refuse)

        assert "s3:GetBucketCORS" in admin.post(page(bucket, "cors"), follow=True).content.decode()


@pytest.mark.parametrize("act", ["test", "cors", "flush"])
def test_acts_on_a_post_alone(admin, bucket, act):
    assert admin.get(page(bucket, act)).status_code == 405


@pytest.mark.parametrize("act", ["test", "cors", "flush", "change", "delete"])
def test_does_nothing_for_anybody_else(client, mark, press, act):
    client.force_login(mark)

    assert client.post(page(press, act), follow=True).status_code == 403
    assert Bucket.objects.exists()
    assert not AuditEntry.objects.exists()


def test_removes_a_bucket_with_its_assignments_and_leaves_the_audit_log(admin, bucket, mark):
    people.assign(mark, bucket)
    admin.post(page(bucket, "flush"))

    admin.post(page(bucket, "delete"), {"post": "yes"})

    assert not Bucket.objects.exists()
    assert not Assignment.objects.exists()
    assert set(AuditEntry.objects.values_list("bucket_code", flat=True)) == {"PRESS_KIT_2026"}


def test_shows_a_key_sealed_by_another_key_as_no_error(admin, press):
    Bucket.objects.update(secret_access_key=seal("x", row_id=press.id, field="access_key_id"))

    assert admin.get(page(press)).status_code == 200


def key_of(connection: Connection) -> tuple[str, str]:
    """The key as the S3 room opens it."""
    row = connection.bucket_id
    return (
        open_sealed(connection.access_key_id, row_id=row, field="access_key_id"),
        open_sealed(connection.secret_access_key, row_id=row, field="secret_access_key"),
    )


def test_deleting_says_that_the_files_stay(admin, press):
    asked = admin.get(page(press, "delete")).content.decode()
    assert "taken out of MediaBridge. Its files stay in the storage." in asked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("from_the_list", [False, True])
def test_goes_though_its_contents_are_being_stored(admin, bucket, from_the_list):
    storing = []

    def store():
        try:
            with suppress(IntegrityError):
                Folder.objects.create(bucket=bucket, path="new/", path_folded="new/")
        finally:
            connection.close()

    def begin(**_):
        storing.append(Thread(target=store))
        storing[0].start()
        storing[0].join(0.5)

    pre_delete.connect(begin, sender=Bucket)
    try:
        if from_the_list:
            form = {"action": "delete_selected", "_selected_action": [bucket.pk], "post": "yes"}
            answer = admin.post("/admin/buckets/bucket/", form)
        else:
            answer = admin.post(page(bucket, "delete"), {"post": "yes"})
    finally:
        pre_delete.disconnect(begin, sender=Bucket)
        storing[0].join()
    assert answer.status_code == 302
    assert not Bucket.objects.exists()
    assert not Folder.objects.exists()
