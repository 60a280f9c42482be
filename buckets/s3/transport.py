"""The one way bytes travel to a store and back: pooled, never redirected, and never longer than a deadline allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from buckets.s3 import sockets
from buckets.s3.deadline import Deadline, reading_until
from buckets.s3.errors import S3Unavailable
from buckets.s3.sockets import EncryptedPool, PlainPool
from buckets.s3.translation import failure, refusal

_CHUNK = 64 * 1024
_LONGEST_ANSWER = 16 * 1024 * 1024
_LONGEST_REFUSAL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store answered. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    action: str,
    deadline: Deadline,
    longest: int = _LONGEST_ANSWER,
    refuse: bool = True,
) -> Answer:
    """The whole answer to one request. `action` is the IAM action it needs, for errors; `longest` is in bytes.

    With `refuse=False` an answer of 300 or more comes back like any other. Raises S3Error.
    """
    if deadline.left <= 0:
        raise S3Unavailable(action=action, code="deadline")
    reading_until.set(deadline)
    timeout = urllib3.Timeout(
        connect=min(sockets.CONNECT_SECONDS, deadline.left), read=min(sockets.READ_SECONDS, deadline.left)
    )
    try:
        response = _pools().request(
            method,
            url,
            headers=dict(headers),
            body=body or None,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            read = _read(response, longest if response.status < 300 else _LONGEST_REFUSAL)
        except BaseException:  # whatever ended it, a half-read connection must not be used again
            response.close()
            raise
        response.release_conn()
    except HTTPError as error:
        raise failure(error, action=action) from None
    answer = Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, read)
    if refuse and answer.status >= 300:
        raise refusal(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            action=action,
            now=datetime.now(UTC),
            has_body=method != "HEAD",
        )
    return answer


def _read(response: urllib3.BaseHTTPResponse, longest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > longest and response.status >= 300:
            response.close()  # a web page: its beginning says that it is no refusal of S3's
            return b"".join(pieces)
        if size > longest:
            raise ProtocolError("The answer is longer than any honest one.")
    if response.length_remaining:
        raise ProtocolError("The answer was cut short.")
    return b"".join(pieces)


@cache
def _pools() -> urllib3.PoolManager:
    pools = urllib3.PoolManager(num_pools=64, maxsize=16)
    pools.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
    return pools
