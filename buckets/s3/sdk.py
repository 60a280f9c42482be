"""The SDK's client of one bucket. Loading this takes 0.2 s and 9 MB, which processes that only list and sign never need.

The SDK only builds requests and reads answers here. Its HTTP is replaced by our transport, so timeouts, errors and the
check of addresses are the same for its calls and for our own; its retries and its region redirects never happen.
"""

import io
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from buckets.connection import Connection
from buckets.s3 import transport
from buckets.s3.address import address_of, style_of
from buckets.s3.deadline import Deadline
from buckets.s3.errors import NotAStore, S3Error, S3Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

under_way: ContextVar[tuple[str, Deadline]] = ContextVar("under_way")
"""The IAM action and the deadline of the request that this thread makes at the moment."""
Unreadable = ClientError
"""What the SDK raises for an answer that it can't take."""
_SDK = Config(  # type: ignore[call-arg]  # the stubs don't know ignore_configured_endpoint_urls yet
    signature_version="s3v4",
    retries={"total_max_attempts": 1, "mode": "standard"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    disable_request_compression=True,
    # The bucket's row alone says where to go; nothing in the machine's environment does.
    ignore_configured_endpoint_urls=True,
    use_fips_endpoint=False,
    use_dualstack_endpoint=False,
)
_session = boto3.Session()


def make_client(connection: Connection, *, access_key_id: str, secret_access_key: str) -> "S3Client":
    """A client that asks this bucket's store by our transport; `under_way` must be set around its calls."""
    address_of(connection)  # refuses a region that can't stand in a host
    client = _session.client(
        "s3",
        region_name=connection.region,
        endpoint_url=connection.endpoint_url or None,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=_SDK.merge(
            Config(
                s3={
                    "addressing_style": style_of(connection),
                    "us_east_1_regional_endpoint": "regional",
                }
            )
        ),
    )
    client.meta.events.register("before-send.s3", cast(Any, _send))
    return client


def unread(error: Unreadable, *, action: str) -> S3Error:
    """What an answer below 300 means that the SDK won't take; our transport has refused all others before.

    S3 itself may say there that it failed after all; what is no XML at all is none of its answers.
    """
    code = error.response["Error"].get("Code", "")
    return (
        NotAStore(action=action, code="200")
        if code in ("", "500")
        else S3Unavailable(action=action, code=code)
    )


def _send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """The SDK asks this before it would send; with an answer in hand it doesn't."""
    action, deadline = under_way.get()
    headers = {name: _text(value) for name, value in request.headers.items() if name.lower() != "expect"}
    answer = transport.send(
        request.method,
        request.url,
        headers=headers,
        body=_bytes(request.body),
        action=action,
        deadline=deadline,
    )
    return AWSResponse(request.url, answer.status, cast(Any, answer.headers), _Raw(answer.body))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _bytes(body: Any) -> bytes:
    """What the SDK hands over: nothing, bytes, or a file that an earlier try may have read."""
    if hasattr(body, "read"):
        body.seek(0)
        body = body.read()
    return body or b""


class _Raw(io.BytesIO):
    """A body that was already read, as the SDK expects one."""

    def stream(self, size: int = 65536) -> Any:
        yield self.read()
