"""DELETE /admin/cache."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AuditEntry
from files.models import Entry, Folder, StoredUrl
from tests.wire.client import Wire, told


def test_forgets_everything_and_counts_it(adas, press):
    now = timezone.now()
    folders = [Folder.objects.create(bucket=press, path=path, path_folded=path) for path in ("", "a/", "b/")]
    for name in ("x.txt", "y.txt"):
        Entry.objects.create(
            folder=folders[0], bucket=press, kind=1, name=name, name_folded=name, size=1, modified_at=now
        )
    StoredUrl.objects.create(
        bucket=press,
        key="x.txt",
        url="https://x",
        thumbnail_url="https://t",
        expires_at=now + timedelta(days=7),
        credential_version=1,
    )

    answer = adas.delete("/admin/cache")

    assert answer.json() == {"deleted": {"resource_cache": 2, "url_cache": 1, "folder_index": 3}}
    assert not any(model.objects.exists() for model in (Folder, Entry, StoredUrl))
    assert adas.delete("/admin/cache").json()["deleted"] == {
        "resource_cache": 0,
        "url_cache": 0,
        "folder_index": 0,
    }


def test_is_audited(adas, ada):
    adas.delete("/admin/cache")

    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.actor_email, entry.bucket_code) == ("listings_flushed", ada.email, "")


def test_is_for_administrators_alone(marks, press):
    Folder.objects.create(bucket=press, path="", path_folded="")

    assert told(marks.delete("/admin/cache")) == (403, "FORBIDDEN")
    assert told(Wire().delete("/admin/cache")) == (401, "UNAUTHORIZED")
    assert Folder.objects.exists()
