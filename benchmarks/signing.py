"""Processor time of what is done most: signing a URL, reading a page of a listing; ours beside the SDK's."""

from datetime import UTC, datetime
from uuid import uuid4

import boto3
import botocore.session
from botocore.config import Config
from botocore.parsers import create_parser

from benchmarks.fake_s3 import keys_of_a_flat_folder, list_page
from benchmarks.figures import Figure, cpu_seconds_each
from buckets.connection import Connection
from buckets.credentials import seal
from buckets.paths import Reach, Rights
from buckets.s3.links import presign_get, presign_put
from buckets.s3.listing_xml import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def presign_ratio() -> list[Figure]:
    """One signed URL."""
    reach, sdk = _reach(), _sdk()
    key = reach.file("press kit/2026/harbour at dusk.jpg")
    wanted = {"Bucket": "press-kit", "Key": key.text}
    upload = {**wanted, "ContentType": "image/jpeg", "ContentLength": 1234, "ContentDisposition": "inline"}
    named = "attachment; filename*=UTF-8''harbour%20at%20dusk.jpg"
    pairs = {
        "Upload link": (
            lambda: presign_put(reach, key, size=1234, content_type="image/jpeg", create_only=True, now=NOW),
            lambda: sdk.generate_presigned_url("put_object", upload, 300),
        ),
        "Download link": (
            lambda: presign_get(
                reach, key, expires=300, disposition="attachment", content_type="image/jpeg", now=NOW
            ),
            lambda: sdk.generate_presigned_url(
                "get_object",
                {**wanted, "ResponseContentType": "image/jpeg", "ResponseContentDisposition": named},
                300,
            ),
        ),
    }
    return [_beside(name, ours, theirs, times=300, goal="≥ 20x") for name, (ours, theirs) in pairs.items()]


def parsing() -> list[Figure]:
    """One page of 1,000 keys."""
    query = {"encoding-type": "url", "delimiter": "/", "max-keys": "1000"}
    body = list_page(keys_of_a_flat_folder(2000), "press-kit", query, {})
    model = (
        botocore.session.get_session().get_service_model("s3").operation_model("ListObjectsV2").output_shape
    )
    answer = {"body": body, "headers": {}, "status_code": 200}
    parser = create_parser("rest-xml")
    return [
        _beside(
            f"Listing page of 1,000 keys ({len(body) / 1000:.0f} kB)",
            lambda: parse(body),
            lambda: parser.parse(answer, model),
            times=10,
            goal="≤ 2 ms, ≥ 30x",
        )
    ]


def _beside(name: str, ours, theirs, *, times: int, goal: str) -> Figure:  # type: ignore[no-untyped-def]
    mine, sdks = cpu_seconds_each(ours, times=times), cpu_seconds_each(theirs, times=times)
    return Figure(
        f"{name}, processor time", f"{mine * 1e6:,.0f} µs; SDK {sdks * 1e6:,.0f} µs, {sdks / mine:.0f}x", goal
    )


def _reach() -> Reach:
    bucket_id = uuid4()
    connection = Connection(
        bucket_id=bucket_id,
        bucket_name="press-kit",
        region="eu-central-1",
        endpoint_url="",
        public_endpoint_url="",
        addressing_style="virtual",
        access_key_id=seal(KEY_ID, row_id=bucket_id, field="access_key_id"),
        secret_access_key=seal(SECRET, row_id=bucket_id, field="secret_access_key"),
        version=1,
    )
    return Reach(connection, "PRESS_KIT", "Press kit", "", Rights(), 25 * 1024**2)


def _sdk():  # type: ignore[no-untyped-def]
    return boto3.session.Session().client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )
