"""Calls to copy into a shell: what differs from one program to the next stands in variables."""

import json
import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any
from urllib.parse import urlencode

SENT = {
    "accessToken": '-H "Authorization: Bearer $TOKEN"',
    "evictSecret": '-H "X-Evict-Secret: $SECRET"',
    "restoreSecret": '-H "X-Restore-Secret: $SECRET"',
    "refreshCookie": "-b cookies.txt",
}
"""What proves who calls, by the scheme that asks for it. A signature is not made in one line, so no call shows it."""


def curl(verb: str, address: str, operation: Mapping[str, Any]) -> str:
    """The example of this operation as a command. Ids in `address` become variables of the shell."""
    asked = {each["name"]: each["example"] for each in operation.get("parameters", []) if "example" in each}
    whole = re.sub(r"\{(\w+)\}", lambda found: f"${found[1].upper()}", address)
    if asked:
        whole += f"?{urlencode(asked)}"
    return " \\\n  ".join([f'curl{_said_verb(verb, operation)} "{whole}"', *_options(operation)])


def _said_verb(verb: str, operation: Mapping[str, Any]) -> str:
    """curl knows by itself that it gets, and that it posts what it is given."""
    by_itself = "POST" if "requestBody" in operation else "GET"
    return "" if verb == by_itself else f" -X {verb}"


def _options(operation: Mapping[str, Any]) -> Iterator[str]:
    way: Mapping[str, Any] = next((way for way in operation["security"] if way), {})
    yield from (SENT[name] for name in way if name in SENT)
    if "Set-Cookie" in operation["responses"]["200"].get("headers", {}):
        yield "-c cookies.txt"
    if body := operation.get("requestBody"):
        yield "-H 'Content-Type: application/json'"
        sent = json.dumps(body["content"]["application/json"]["example"], indent=2, ensure_ascii=False)
        yield f"-d {quote(sent)}"
