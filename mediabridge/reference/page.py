"""The description of the wire as its page shows it: in groups, with a call to copy for each operation."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from django.utils.safestring import SafeString

from mediabridge.reference.curl import curl
from mediabridge.reference.description import description
from mediabridge.reference.markup import coloured, marked_up

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a query or a body. `depth` is how many others it is in, `kind` a word or two."""

    name: str
    kind: str
    text: SafeString
    is_required: bool
    facts: tuple[str, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code that a call may be answered with, and what it says."""

    status: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation. `curl` is a call to copy, `answer` what comes back; `words` is what the filter looks through."""

    name: str
    verb: str
    path: str
    summary: str
    text: SafeString
    ways_in: tuple[SafeString, ...]
    query: tuple[Field, ...]
    body: tuple[Field, ...]
    body_note: str
    gives: tuple[Field, ...]
    answer_note: str
    refusals: tuple[Refusal, ...]
    curl: str
    answer: SafeString
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    anchor: str
    text: SafeString
    operations: tuple[Shown, ...]


def introduction() -> tuple[SafeString, ...]:
    """What is said before the first call, by paragraphs."""
    return tuple(marked_up(part) for part in description()["info"]["description"].strip().split("\n\n"))


@lru_cache(maxsize=4)
def groups(base: str) -> tuple[Group, ...]:
    """Every operation, in the order of the tags. `base` is where calls to copy go, such as `https://media.example.org/api`."""
    shown: dict[str, list[Shown]] = {}
    for path, verbs in description()["paths"].items():
        for verb, operation in verbs.items():
            shown.setdefault(operation["tags"][0], []).append(_shown(base, path, verb.upper(), operation))
    return tuple(
        Group(tag["name"], _anchor(tag["name"]), marked_up(tag["description"]), tuple(shown[tag["name"]]))
        for tag in description()["tags"]
        if tag["name"] in shown
    )


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower()).strip("-")


def _shown(base: str, path: str, verb: str, operation: Mapping[str, Any]) -> Shown:
    content = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    answered = operation["responses"]["200"]["content"][JSON]
    query = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    refusals = tuple(each for each in _refusals(operation["responses"]) if each not in usual_refusals())
    codes = " ".join(refusal.code for refusal in refusals)
    return Shown(
        name=operation["operationId"],
        verb=verb,
        path=path,
        summary=operation["summary"],
        text=marked_up(operation.get("description", "")),
        ways_in=tuple(_ways_in(operation["security"])),
        query=tuple(_field(each["name"], each["schema"], each.get("required", False), 0, each.get("description")) for each in query),
        body=tuple(_fields(content.get("schema", {}))),
        body_note=_note(content.get("schema", {})),
        gives=tuple(_fields(answered["schema"])),
        answer_note=_note(answered["schema"]),
        refusals=refusals,
        curl=curl(verb, base + path, operation),
        answer=coloured(json.dumps(answered["example"], indent=2, ensure_ascii=False)),
        words=f"{verb} {path} {operation['operationId']} {operation['summary']} {codes}".lower(),
    )  # fmt: skip


def _ways_in(security: list[Mapping[str, list[str]]]) -> Iterator[SafeString]:
    words = {
        "accessToken": "an access token",
        "personalToken": "a personal token",
        "pageSession": "the session of a page",
        "refreshCookie": "the refresh cookie",
        "evictSecret": "the secret in `X-Evict-Secret`",
        "restoreSecret": "the secret in `X-Restore-Secret`",
        "webhookTimestamp": "a signature in `X-MediaBridge-Signature`",
    }
    for way in security:
        name = next(iter(way), None)
        need = next(iter(way.get(name or "", [])), "")
        if name is not None:
            yield marked_up(
                words.get(name, name) + (f" for `{need}`" if need not in ("", "anything") else "")
            )


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference; of several that hold at once, the first that has fields."""
    if "$ref" in schema:
        found: Mapping[str, Any] = description()
        for part in schema["$ref"].split("/")[1:]:
            found = found[part]
        return found
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return {
            **_resolved(schema["allOf"][0]),
            **{key: its for key, its in schema.items() if key != "allOf"},
        }
    return schema


def _note(schema: Mapping[str, Any]) -> str:
    """Whether the fields are those of the body itself, or of each of several things in it."""
    if schema.get("type") == "array":
        return ": a list, and in each"
    return ": by key" if schema.get("additionalProperties") else ""


def _fields(schema: Mapping[str, Any], depth: int = 0) -> Iterator[Field]:
    """Every field of a body, each followed by those in it."""
    schema = _resolved(schema)
    inner = schema.get("items") or schema.get("additionalProperties")
    if isinstance(inner, dict) and inner:
        yield from _fields(inner, depth)
    required = schema.get("required", [])
    for name, its in schema.get("properties", {}).items():
        resolved = _resolved(its)
        yield _field(name, resolved, name in required, depth)
        yield from _fields(resolved, depth + 1)


def _field(
    name: str, schema: Mapping[str, Any], is_required: bool, depth: int, text: str | None = None
) -> Field:
    return Field(
        name=name,
        kind=_kind(schema),
        text=marked_up(text or ("" if "properties" in schema else schema.get("description", ""))),
        is_required=is_required,
        facts=tuple(_facts(schema)),
        depth=depth,
    )


def _kind(schema: Mapping[str, Any]) -> str:
    schema = _resolved(schema)
    types = schema.get("type", "anything")
    names = [name for name in (types if isinstance(types, list) else [types]) if name != "null"]
    kind = " or ".join(
        {"string": "text", "integer": "number", "boolean": "true or false"}.get(name, name) for name in names
    )
    if kind == "array":
        kind = f"list of {_kind(schema['items'])}s"
    formats = {"uuid": "id", "date-time": "time", "email": "e-mail"}
    kind = formats.get(schema.get("format", ""), kind)
    return f"{kind} or null" if isinstance(types, list) and "null" in types else kind


def _facts(schema: Mapping[str, Any]) -> Iterator[str]:
    """What else holds of a value: which there are, how many at most, which one by itself."""
    if values := [str(value) for value in schema.get("enum", []) if value is not None]:
        yield "one of " + ", ".join(values)
    if "maxLength" in schema:
        yield f"{schema['maxLength']:,} characters at most"
    if "maximum" in schema and schema["maximum"] < 2**31:
        yield f"{schema.get('minimum', 0):,} to {schema['maximum']:,}"
    if schema.get("default") not in (None, "", False):
        yield f"{schema['default']} unless you say otherwise"


def _refusals(responses: Mapping[str, Any]) -> Iterator[Refusal]:
    for name, response in responses.items():
        for each in _resolved(response)["content"][JSON].get("examples", {}).values():
            yield Refusal(name[:3], each["value"]["code"], each["value"]["message"])


@cache
def usual_refusals() -> tuple[Refusal, ...]:
    """What calls are refused with whatever they are for, each once."""
    return tuple(dict.fromkeys(_refusals(description()["components"]["responses"])))
