"""What somebody with the console does to a bucket, again and again: over one kept line, signed by the SDK's own signer.
The SDK's client takes three times as long for each request."""

import hashlib
import threading
from base64 import b64encode
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

_XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Console:
    """Asks the store that the SDK's `client` is for, with its key, one request at a time."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._endpoint: str = client.meta.endpoint_url
        self._bucket = bucket
        self._signer = S3SigV4Auth(client._request_signer._credentials, "s3", client.meta.region_name)
        self._line = HTTPConnection(urlsplit(self._endpoint).netloc, timeout=30)
        self._turn = threading.Lock()

    def close(self) -> None:
        self._line.close()

    def put(self, key: str, body: bytes) -> None:
        assert self._ask("PUT", key, body=body)[0] == 200

    def remove(self, key: str) -> None:
        assert self._ask("DELETE", key)[0] == 204

    def remove_many(self, keys: list[str]) -> None:
        """A thousand at most, of names that XML has words for."""
        objects = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>true</Quiet>{objects}</Delete>".encode()
        status, said = self._ask("POST", query="?delete=", body=body)
        assert status == 200, said
        assert b"<Error>" not in said, said

    def has(self, key: str) -> bool:
        status, _ = self._ask("HEAD", key)
        assert status in (200, 404)
        return status == 200

    def keys(self) -> set[str]:
        return set(self.listed())

    def listed(self) -> dict[str, tuple[str, ...]]:
        """What a listing says of each key: when it came, its ETag, size and storage class."""
        found: dict[str, tuple[str, ...]] = {}
        behind = ""
        while True:
            status, body = self._ask("GET", query=f"?list-type=2&encoding-type=url{behind}")
            assert status == 200, body
            page = ElementTree.fromstring(body)
            for entry in page.iterfind(f"{_XML}Contents"):
                key, *told = (part.text or "" for part in entry if not len(part))
                found[unquote_plus(key)] = tuple(told)
            token = page.findtext(f"{_XML}NextContinuationToken")
            if not token:
                return found
            behind = f"&continuation-token={quote(token, safe='')}"

    def _ask(self, verb: str, key: str = "", *, query: str = "", body: bytes = b"") -> tuple[int, bytes]:
        """Raises OSError when the store hung up twice: it may have done so once while nobody asked."""
        path = f"/{self._bucket}{'/' if key else ''}{quote(key, safe='/~')}{query}"
        request = AWSRequest(verb, f"{self._endpoint}{path}", data=body)
        if verb == "POST":
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            request.headers["Content-MD5"] = b64encode(digest).decode()
        self._signer.add_auth(request)
        asked = (verb, path, body, dict(request.headers))
        with self._turn:
            try:
                self._line.request(*asked)
                answer = self._line.getresponse()
            except OSError:
                self._line.close()
                self._line.request(*asked)
                answer = self._line.getresponse()
            return answer.status, answer.read()
