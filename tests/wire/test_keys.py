"""Keys go in and out byte for byte, whatever they are made of: what one call says is what the next one takes."""

import http.client
from urllib.parse import urlencode, urlsplit

import pytest

from accounts.models import AuditEntry
from tests import people

NAMES = [
    "\u00e9.txt",
    "e\u0301.txt",
    "%41.txt",
    "%25.txt",
    "100%.txt",
    "a+b c&d=e?f#g;h.txt",
    "\"quoted\" 'too'.txt",
    "<b>&amp;.txt",
    "\U0001f600\u200d\u2764\ufe0f.txt",
    "\u202eexe.txt",
    " leading.txt",
    "trailing ",
    "a\u00a0b.txt",
    "UPPER.TXT",
    "\uff0e\uff0e.txt",
]
"""Composed and not, escaped and not, and what is a mark elsewhere: in addresses, in HTML, in JSON, in a shell."""


@pytest.fixture
def at(mark, bucket):
    people.assign(mark, bucket, root="t\u00e9am +%/", allow_delete=True)
    return f"/buckets/{bucket.pk}"


def test_are_the_same_in_every_call(marks, bucket, at, store):
    [row] = marks.get("/buckets").json()
    folder = "f\u00f6lder & %2B"
    asked = [
        {"bucketId": row["id"], "path": folder, "filename": name, "size": 1, "contentType": "text/plain"}
        for name in NAMES
    ]

    signed = marks.post("/upload/presign", asked).json()
    for upload in signed:
        assert put(upload["presignedUrl"]) == 200
    keys = [f"{row['root_path']}{folder}/{name}" for name in NAMES]

    assert [upload["filename"] for upload in signed] == NAMES
    assert store.keys() == set(keys)
    items = marks.get(f"{at}/files?{urlencode({'prefix': folder, 'limit': 100})}").json()["items"]
    assert {item["resource_name"] for item in items} == set(NAMES)
    assert list(marks.post(f"{at}/urls", {"keys": keys}).json()) == keys
    assert marks.delete(f"{at}/files", {"s3Key": keys[0]}).status_code == 200
    told = marks.delete(f"{at}/files", {"s3Keys": keys[1:]}).json()["items"]
    assert [item["s3Key"] for item in told] == keys[1:]
    assert store.keys() == set()
    deleted = AuditEntry.objects.filter(operation="deleted")
    assert set(deleted.values_list("path", flat=True)) == set(keys)


def put(url):
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    line.request(
        "PUT",
        f"{parts.path}?{parts.query}",
        b"x",
        {"Content-Type": "text/plain", "Content-Disposition": "inline"},
    )
    status = line.getresponse().status
    line.close()
    return status
