"""Whether what the wire answers is what its description says: the status, the code, the type and every field."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs

from mediabridge.reference.description import description


def faults(verb: str, path: str, status: int, content_type: str, body: bytes) -> list[str]:
    """What of this answer the description doesn't say; nothing for addresses outside it. `path` may have a query."""
    found = _operation(verb, path.partition("?")[0])
    if found is None:
        return []
    operation = found
    name = operation["operationId"]
    if str(status) not in operation["responses"]:
        return [f"{name}: {status} is not described: {body[:200]!r}"]
    content = _resolved(operation["responses"][str(status)])["content"]
    media_type = content_type.partition(";")[0]
    if media_type not in content:
        return [f"{name}: {status} comes as {content_type!r}, described as {', '.join(content)}"]
    if media_type != "application/json":
        return []
    validator = _validator(name, str(status))
    return [f"{name}: {status}: {error.message} at {error.instance_path}" for error in validator.iter_errors(json.loads(body))]  # fmt: skip


@cache
def operations() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    """Every operation: what its addresses match, its verb, and what is said of it."""
    return [
        (_pattern(path), verb.upper(), operation)
        for path, verbs in description()["paths"].items()
        for verb, operation in verbs.items()
    ]


def _pattern(path: str) -> re.Pattern[str]:
    pieces = (r"[^/]+" if piece.startswith("{") else re.escape(piece) for piece in path.split("/"))
    return re.compile("/api" + "/".join(pieces))


def _operation(verb: str, path: str) -> dict[str, Any] | None:
    return next(
        (its for pattern, known, its in operations() if known == verb and pattern.fullmatch(path)), None
    )


def _resolved(response: dict[str, Any]) -> dict[str, Any]:
    ref = response.get("$ref")
    return description()["components"]["responses"][ref.rpartition("/")[2]] if ref else response


@cache
def _validator(name: str, status: str) -> Any:
    operation = next(its for _, _, its in operations() if its["operationId"] == name)
    schema = _resolved(operation["responses"][status])["content"]["application/json"]["schema"]
    schemas = {each: _closed(its) for each, its in description()["components"]["schemas"].items()}
    return jsonschema_rs.Draft202012Validator(
        {**_closed(schema), "components": {"schemas": schemas}}, validate_formats=True
    )


def _closed(schema: Any) -> Any:
    """`schema`, allowing no field that it doesn't name: clients must bear more, tests need not."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict) or "allOf" in schema:
        return schema
    inner = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        inner.setdefault("additionalProperties", False)
    return inner
