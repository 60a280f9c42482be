"""What a browser does with a link, or somebody who means ill."""

import http.client
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from buckets.s3.links import SignedUpload, presign_put
from tests.s3_contract.conftest import Place

BODY = b"%PDF-1.7 some twenty bytes"
TYPE = "application/pdf"
PATH = "press kit/ü #1 100%+.pdf"


def now() -> datetime:
    return datetime.now(UTC)


def send(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Sends exactly these headers, besides host and length; answers status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


def signed(
    place: Place, *, size: int = len(BODY), create_only: bool = False, at: datetime | None = None
) -> SignedUpload:
    return presign_put(
        place.reach,
        place.reach.file(PATH),
        size=size,
        content_type=TYPE,
        create_only=create_only,
        now=at or now(),
    )


def changed(headers: Mapping[str, str], **changes: str | None) -> dict[str, str]:
    """The headers with some replaced, or left out where the value is None (`content_type=` is Content-Type)."""
    wanted = {**headers, **{name.replace("_", "-").title(): value for name, value in changes.items()}}
    return {name: value for name, value in wanted.items() if value is not None}


def assert_refused(place: Place, answer: tuple[int, str], *codes: str) -> None:
    """The store itself said no, with its own word for it, and stored nothing."""
    status, body = answer
    found = re.search("<Code>([A-Za-z]+)</Code>", body)
    assert status == 403, body
    assert found, body
    assert found[1] in (codes or ("SignatureDoesNotMatch", "AccessDenied")), body
    assert place.stored(PATH) is None
