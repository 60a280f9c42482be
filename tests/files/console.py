"""What somebody with the console does to a bucket, again and again: over one kept line, signed by the SDK's own signer.
The SDK's client takes three times as long for each request."""

import threading
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit
from xml.etree import ElementTree

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

    def has(self, key: str) -> bool:
        status, _ = self._ask("HEAD", key)
        assert status in (200, 404)
        return status == 200

    def keys(self) -> set[str]:
        found: set[str] = set()
        behind = ""
        while True:
            status, body = self._ask("GET", query=f"?list-type=2&encoding-type=url{behind}")
            assert status == 200, body
            page = ElementTree.fromstring(body)
            found |= {unquote_plus(key.text or "") for key in page.iterfind(f"{_XML}Contents/{_XML}Key")}
            token = page.findtext(f"{_XML}NextContinuationToken")
            if not token:
                return found
            behind = f"&continuation-token={quote(token, safe='')}"

    def _ask(self, verb: str, key: str = "", *, query: str = "", body: bytes = b"") -> tuple[int, bytes]:
        """Raises OSError when the store hung up twice: it may have done so once while nobody asked."""
        path = f"/{self._bucket}{'/' if key else ''}{quote(key, safe='/~')}{query}"
        request = AWSRequest(verb, f"{self._endpoint}{path}", data=body)
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
