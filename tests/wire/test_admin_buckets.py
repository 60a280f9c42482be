"""GET, POST /admin/buckets; PATCH, DELETE /admin/buckets/:id."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from buckets.credentials import are
from buckets.models import Assignment, Bucket
from files.models import BucketIndex, Folder
from tests import people
from tests.wire.client import Wire, told

KEY_ID = "AKIATESTKEYID"
SECRET = "a/secret+nobody/may/see"
NEW = {
    "displayName": "Press kit 2026",
    "systemCode": "",
    "description": "For the press.",
    "bucketName": "press-kit",
    "region": "eu-central-1",
    "accessKeyId": KEY_ID,
    "secretAccessKey": SECRET,
    "cloudfrontBaseUrl": "",
    "rootPath": "",
}


@pytest.fixture
def bucket(adas):
    return Bucket.objects.get(pk=adas.post("/admin/buckets", NEW).json()["id"])


def change(wire, bucket, **fields):
    return wire.patch(f"/admin/buckets/{bucket.pk}", fields)


def latest():
    return AuditEntry.objects.latest("id")


def listed(bucket, *, count=3, size=2048):
    Folder.objects.create(bucket=bucket, path="", path_folded="", file_count=7, listed_at=timezone.now())
    BucketIndex.objects.create(
        bucket=bucket, listed_at=timezone.now(), file_count=count, folder_count=1, total_size=size
    )


class TestListing:
    def test_shows_every_bucket_by_name(self, adas, bucket):
        shop = people.press_bucket(
            display_name="Archive", cloudfront_base_url="https://cdn.example.org", region="eu-west-1"
        )
        listed(bucket, count=1_503, size=3_048)
        Folder.objects.create(bucket=shop, path="", path_folded="", file_count=3, listed_at=timezone.now())

        assert adas.get("/admin/buckets").json() == [
            {
                "id": str(shop.pk),
                "display_name": "Archive",
                "description": "",
                "system_code": "ARCHIVE",
                "bucket_name": "press-kit",
                "region": "eu-west-1",
                "file_count": None,
                "total_size": None,
                "cloudfront_base_url": "https://cdn.example.org",
            },
            {
                "id": str(bucket.pk),
                "display_name": "Press kit 2026",
                "description": "For the press.",
                "system_code": "PRESS_KIT_2026",
                "bucket_name": "press-kit",
                "region": "eu-central-1",
                "file_count": 1_503,
                "total_size": 3_048,
                "cloudfront_base_url": None,
            },
        ]

    def test_takes_two_queries(self, adas, bucket, press, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert len(adas.get("/admin/buckets").json()) == 2

    def test_tells_nothing_of_the_key(self, adas, bucket):
        said = adas.get("/admin/buckets").content.decode()

        assert not [hidden for hidden in (KEY_ID, SECRET, bucket.access_key_id) if hidden in said]


class TestAdding:
    def test_seals_the_key_and_makes_a_code(self, adas):
        row = adas.post("/admin/buckets", NEW).json()

        bucket = Bucket.objects.get()
        assert (row["id"], row["system_code"], row["file_count"]) == (str(bucket.pk), "PRESS_KIT_2026", None)
        assert SECRET not in bucket.secret_access_key
        assert are(bucket, access_key_id=KEY_ID, secret_access_key=SECRET)

    def test_takes_what_a_client_leaves_out_or_null_for_nothing(self, adas):
        left_out = {
            name: NEW[name]
            for name in ("displayName", "bucketName", "region", "accessKeyId", "secretAccessKey")
        }

        assert adas.post("/admin/buckets", left_out).status_code == 200
        assert (
            adas.post("/admin/buckets", {**NEW, "cloudfrontBaseUrl": None, "rootPath": None}).status_code
            == 200
        )
        assert {(each.cloudfront_base_url, each.root_path) for each in Bucket.objects.all()} == {("", "")}

    def test_takes_a_code_of_ones_own(self, adas):
        assert adas.post("/admin/buckets", {**NEW, "systemCode": "PRESS"}).json()["system_code"] == "PRESS"

    def test_takes_an_endpoint_and_a_root(self, adas):
        fields = {"endpointUrl": "https://127.0.0.1:9000/", "addressingStyle": "path", "rootPath": "share"}
        adas.post("/admin/buckets", {**NEW, **fields})

        bucket = Bucket.objects.get()
        assert (bucket.endpoint_url, bucket.addressing_style, bucket.root_path) == (
            "https://127.0.0.1:9000",
            "path",
            "share/",
        )

    def test_is_audited_without_the_key(self, adas, ada, bucket):
        entry = latest()

        assert (entry.operation, entry.actor_email, entry.bucket_code, entry.ip) == (
            "admin_added",
            ada.email,
            "PRESS_KIT_2026",
            "127.0.0.1",
        )
        assert SECRET not in str(entry.detail)
        assert KEY_ID not in str(entry.detail)

    @pytest.mark.parametrize("code", ["PRESS", "press"])
    def test_refuses_a_code_that_is_taken(self, adas, code):
        adas.post("/admin/buckets", {**NEW, "systemCode": "PRESS"})

        answer = adas.post("/admin/buckets", {**NEW, "systemCode": code})

        assert told(answer) == (409, "ALREADY_EXISTS")
        assert answer.json()["details"] == {"field": "systemCode"}

    @pytest.mark.parametrize(
        "field", ["displayName", "bucketName", "region", "accessKeyId", "secretAccessKey"]
    )
    def test_wants_to_be_told(self, adas, field):
        answer = adas.post("/admin/buckets", {name: value for name, value in NEW.items() if name != field})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": field}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("displayName", 5),
            ("displayName", None),
            ("systemCode", "with space"),
            ("systemCode", "-"),
            ("systemCode", "X" * 65),
            ("systemCode", "a/b"),
            ("region", ["eu-central-1"]),
            ("endpointUrl", "s3.example.com"),
            ("rootPath", "../up"),
            ("secretAccessKey", "with\ttab"),
            ("addressingStyle", None),
        ],
    )
    def test_refuses_a_bad_value_and_names_its_field(self, adas, field, value):
        answer = adas.post("/admin/buckets", {**NEW, field: value})

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": field}
        assert SECRET not in answer.content.decode()
        assert not Bucket.objects.exists()

    def test_refuses_a_loopback_endpoint_where_none_is_allowed(self, adas, settings):
        settings.ALLOW_PRIVATE_ENDPOINTS = False

        answer = adas.post("/admin/buckets", {**NEW, "endpointUrl": "https://127.0.0.1:9000"})

        assert answer.json()["details"] == {"field": "endpointUrl"}


class TestChanging:
    def test_changes_what_is_sent_and_nothing_else(self, adas, bucket):
        row = change(adas, bucket, displayName="Renamed").json()

        assert (row["display_name"], row["description"], row["system_code"]) == (
            "Renamed",
            "For the press.",
            "PRESS_KIT_2026",
        )
        changed = Bucket.objects.get()
        assert changed.credential_version == 1
        assert are(changed, access_key_id=KEY_ID, secret_access_key=SECRET)

    def test_rotates_the_key(self, adas, bucket):
        assert change(adas, bucket, accessKeyId="AKIANEW", secretAccessKey="new").status_code == 200

        changed = Bucket.objects.get()
        assert are(changed, access_key_id="AKIANEW", secret_access_key="new")
        assert (changed.pk, changed.credential_version) == (bucket.pk, 2)

    def test_keeps_the_key_when_it_is_blank(self, adas, bucket):
        assert (
            change(adas, bucket, accessKeyId="", secretAccessKey=None, description="New").status_code == 200
        )

        changed = Bucket.objects.get()
        assert are(changed, access_key_id=KEY_ID, secret_access_key=SECRET)
        assert (changed.description, changed.credential_version) == ("New", 1)

    def test_needs_a_secret_beside_a_new_id(self, adas, bucket):
        answer = change(adas, bucket, accessKeyId="AKIANEW")

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": "secretAccessKey"}

    @pytest.mark.parametrize("place", [{"bucketName": "another"}, {"endpointUrl": "https://127.0.0.1:9443"}])
    def test_goes_to_another_place_only_with_the_secret_again(self, adas, bucket, place):
        listed(bucket)

        refused = change(adas, bucket, **place)
        assert refused.json()["details"] == {"field": "secretAccessKey"}
        assert Folder.objects.exists()

        assert change(adas, bucket, **place, secretAccessKey=SECRET).json()["file_count"] is None
        assert not Folder.objects.exists()
        assert Bucket.objects.get().credential_version == 2

    def test_makes_a_bucket_private_with_a_blank(self, adas, bucket):
        change(adas, bucket, cloudfrontBaseUrl="https://127.0.0.1/cdn")
        assert Bucket.objects.get().is_public

        assert change(adas, bucket, cloudfrontBaseUrl="").json()["cloudfront_base_url"] is None

    def test_keeps_the_code(self, adas, bucket):
        answer = change(adas, bucket, systemCode="ANOTHER")

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": "systemCode"}
        assert change(adas, bucket, systemCode="", displayName="X").json()["system_code"] == "PRESS_KIT_2026"
        assert change(adas, bucket, systemCode="PRESS_KIT_2026").status_code == 200

    def test_names_the_changed_fields_and_quotes_nothing(self, adas, bucket):
        change(adas, bucket, description="New", region=bucket.region, secretAccessKey="the-new-secret")

        entry = latest()
        assert entry.operation == "admin_changed"
        assert entry.detail["changes"] == [{"changed": {"fields": ["Description", "Secret access key"]}}]
        assert "the-new-secret" not in str(entry.detail)

    def test_writes_nothing_down_when_nothing_changes(self, adas, bucket):
        before = AuditEntry.objects.count()

        assert change(adas, bucket, displayName=bucket.display_name).status_code == 200

        assert AuditEntry.objects.count() == before

    def test_refuses_a_null_where_something_must_stand(self, adas, bucket):
        assert change(adas, bucket, displayName=None).json()["details"] == {"field": "displayName"}
        assert change(adas, bucket, displayName=" ").json()["details"] == {"field": "displayName"}

    def test_refuses_a_misspelt_name_instead_of_rotating_nothing(self, adas, bucket):
        answer = change(adas, bucket, accessKeyId="AKIANEWKEYID", secretKey="another/secret")

        assert told(answer) == (400, "VALIDATION_ERROR")
        assert answer.json()["details"] == {"field": "secretKey"}
        assert Bucket.objects.get(pk=bucket.pk).credential_version == bucket.credential_version

    def test_knows_no_bucket_with_another_id(self, adas):
        assert told(adas.patch(f"/admin/buckets/{uuid4()}", {"displayName": "X"})) == (404, "NOT_FOUND")


class TestRemoving:
    def test_takes_the_assignments_and_frees_the_code(self, adas, bucket, mark):
        people.assign(mark, bucket)
        listed(bucket)

        assert adas.delete(f"/admin/buckets/{bucket.pk}").json() == {}

        assert not Assignment.objects.exists()
        assert not Folder.objects.exists()
        assert adas.post("/admin/buckets", {**NEW, "systemCode": bucket.system_code}).status_code == 200

    def test_leaves_the_audit_log_alone(self, adas, bucket):
        adas.delete(f"/admin/buckets/{bucket.pk}")

        theirs = AuditEntry.objects.filter(bucket_id=bucket.pk).order_by("id")
        assert [entry.operation for entry in theirs] == ["admin_added", "admin_removed"]

    def test_knows_no_bucket_with_another_id(self, adas):
        assert told(adas.delete(f"/admin/buckets/{uuid4()}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("verb", "door"), [("get", ""), ("post", ""), ("patch", "/{}"), ("delete", "/{}")])
def test_is_for_administrators_alone(marks, press, verb, door):
    assert told(getattr(marks, verb)("/admin/buckets" + door.format(press.pk))) == (403, "FORBIDDEN")
    assert told(getattr(Wire(), verb)("/admin/buckets" + door.format(press.pk))) == (401, "UNAUTHORIZED")
    assert Bucket.objects.exists()
