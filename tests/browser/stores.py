"""Buckets on the S3 server the tests run against, seeded in one go and registered with sealed credentials."""

import io
import os
import struct
import uuid
import wave
import zlib
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from accounts.models import User
from buckets.credentials import seal
from buckets.models import Assignment, Bucket
from tests import people

REGION = "us-east-1"
ALLOWED_HEADERS = ["content-type", "content-disposition", "if-none-match", "range"]
EXPOSED_HEADERS = ["ETag", "Content-Range", "Accept-Ranges"]


def picture(width: int = 320, height: int = 200, *, hue: int = 90) -> bytes:
    """A PNG: a soft gradient, a few hundred bytes."""
    row = bytes(value for x in range(width) for value in (hue, x * 255 // width, 180))
    raw = b"".join(b"\x00" + row for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


def sound(seconds: float = 0.5) -> bytes:
    """A WAV of silence."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(8000)
        out.writeframes(b"\x80" * int(8000 * seconds))
    return stream.getvalue()


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
EVERYTHING: dict[str, bytes] = {
    "Brochure.pdf": PDF,
    "Interview.wav": sound(),
    "Notes.md": b"# Notes\n\nA *short* text with a [link](https://example.com/).\n\n- one\n- two\n",
    "People.csv": b'name,city\nAda,London\n"Mark, Jr.",Berlin\n',
    "settings.json": b'{"colour": "blue", "size": 3}\n',
    "script.py": b"def hello() -> None:\n    print('hello')\n",
    "page.html": b"<!doctype html><title>Hi</title><script>document.title = 'ran'</script><p>Hello</p>\n",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="20" cx="20" cy="20"/></svg>',
    "broken.png": b"this is no picture",
    "unknown.xyz": bytes(range(256)),
    "empty.txt": b"",
    "Photos/harbour.png": picture(),
    "Photos/street at night.png": picture(hue=20),
    "Photos/100% café #1.png": picture(hue=200),
    "Photos/2026/spring.png": picture(hue=140),
    "Press kit/Logos/logo.png": picture(120, 120, hue=10),
    "Press kit/Press release.txt": b"For immediate release.\n",
}
"""A small bucket with a file of every kind the preview knows, odd names, and folders in folders."""


@dataclass
class StoredBucket:
    """A bucket on the S3 server and its row in the product."""

    row: Bucket
    s3: Any = field(repr=False)

    @property
    def code(self) -> str:
        """The system code, which stands in the product's URLs."""
        return self.row.system_code

    def put(self, key: str, body: bytes = b"x", **more: Any) -> None:
        """Stores an object as somebody else would, behind the product's back."""
        self.s3.put_object(Bucket=self.row.bucket_name, Key=key, Body=body, **more)

    def keys(self, prefix: str = "") -> list[str]:
        """What is really in the bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.row.bucket_name, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def body(self, key: str) -> bytes:
        """An object's bytes."""
        data: bytes = self.s3.get_object(Bucket=self.row.bucket_name, Key=key)["Body"].read()
        return data

    def head(self, key: str) -> dict[str, Any]:
        """An object's headers, as HeadObject tells them."""
        facts: dict[str, Any] = self.s3.head_object(Bucket=self.row.bucket_name, Key=key)
        return facts

    def empty(self) -> None:
        """Deletes every object."""
        for key in self.keys():
            self.s3.delete_object(Bucket=self.row.bucket_name, Key=key)

    def assign(self, person: User, *, root: str = "", **rights: bool) -> Assignment:
        """Assigns the bucket; an empty root means all of it."""
        return people.assign(person, self.row, root=root, **rights)

    def forget(self) -> None:
        """Deletes the bucket itself, as an administrator of the store would; the row stays."""
        self.empty()
        self.s3.delete_bucket(Bucket=self.row.bucket_name)


def client(endpoint: str = "") -> Any:
    """A boto3 client with the app's key of the environment; script/test sets it."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or os.environ["S3_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            retries={"max_attempts": 2},
        ),
    )


def store(
    *,
    origin: str,
    files: dict[str, bytes] | None = None,
    title: str = "Press kit",
    endpoint: str = "",
    **fields: object,
) -> StoredBucket:
    """Makes a bucket with `files` (default EVERYTHING) that browsers on `origin` may use, and registers it.

    `endpoint` is what the product is told, where it differs from where the server is; `fields` go to the row.
    """
    s3 = client()
    name = f"mb-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    rule = {
        "AllowedOrigins": [origin],
        "AllowedMethods": ["PUT", "GET", "HEAD"],
        "AllowedHeaders": ALLOWED_HEADERS,
        "ExposeHeaders": EXPOSED_HEADERS,
    }
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    stored = StoredBucket(register(title=title, name=name, endpoint=endpoint, **fields), s3)
    for key, body in (EVERYTHING if files is None else files).items():
        stored.put(key, body)
    return stored


def register(
    *,
    title: str,
    name: str,
    endpoint: str = "",
    key_id: str | None = None,
    secret: str | None = None,
    **fields: object,
) -> Bucket:
    """The row of a bucket with this key, or the app's, sealed."""
    bucket_id = uuid.uuid4()
    key_id = os.environ["AWS_ACCESS_KEY_ID"] if key_id is None else key_id
    secret = os.environ["AWS_SECRET_ACCESS_KEY"] if secret is None else secret
    values: dict[str, object] = {
        "id": bucket_id,
        "display_name": title,
        "bucket_name": name,
        "region": REGION,
        "endpoint_url": endpoint or os.environ["S3_ENDPOINT_URL"],
        "addressing_style": Bucket.Addressing.PATH,
        "access_key_id": seal(key_id, row_id=bucket_id, field="access_key_id"),
        "secret_access_key": seal(secret, row_id=bucket_id, field="secret_access_key"),
    }
    return Bucket.objects.create(**{**values, **fields})
