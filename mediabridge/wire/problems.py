"""What can go wrong in a call, as its description says it: read from the one table and from the door's own facts."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from mediabridge.wire.answers import body_of
from mediabridge.wire.described import Described, Problem
from mediabridge.wire.errors import OWN_WORDS, SERVER_ERROR, TABLE, Answer, answer_for

ANYWHERE: Final[tuple[Problem, ...]] = (BadRequest, OperationalError, SERVER_ERROR)
"""An address no name has, our database away, our mistake: whatever the door."""

SCHEMA: Final = {
    "type": "object",
    "description": "What went wrong. Every refusal has this one shape, whatever was asked.",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "description": "Which problem it is: for programs. Never changes."},
        "message": {"type": "string", "description": "A sentence for the person, which may change."},
        "details": {
            "type": "object",
            "description": "What a program can act on; each only where it applies.",
            "properties": {
                "field": {
                    "type": "string",
                    "description": "The input at fault, by the name it was sent under.",
                },
                "retry_after": {"type": "integer", "description": "In so many seconds it may work."},
                "limit": {"type": "integer", "description": "How much would have been taken."},
            },
        },
    },
}


def of_the_door(view: APIView, described: Described, *, has_ids: bool, method: str) -> list[Answer]:
    """What any call with this verb can end in, by what its door asks for."""
    found: list[Problem] = [*ANYWHERE]
    for policy in (*view.get_authenticators(), *view.get_permissions(), *view.get_throttles()):
        found += getattr(policy, "raises", ())
        found += getattr(policy, "raises_at_acts", ()) if method not in ("GET", "HEAD") else ()
    if described.takes is not None:
        found += [ValidationError, *getattr(view.parser_classes[0], "raises", ())]
    if described.asks is not None:
        found.append(ValidationError)
    if has_ids:
        found.append(Http404)
    return [listed(problem) for problem in found]


def listed(problem: Problem) -> Answer:
    """The answer to an exception, its class, or what stands for itself. Raises LookupError for what the table doesn't list."""
    if isinstance(problem, Answer):
        return problem
    if isinstance(problem, type):
        names = (f"{ancestor.__module__}.{ancestor.__qualname__}" for ancestor in problem.__mro__)
        answer = next((TABLE[name] for name in names if name in TABLE), None)
    else:
        answer = answer_for(problem)
    if answer is None or answer.message == OWN_WORDS:
        raise LookupError(f"{problem!r} has no sentence in the table of errors: describe it by an instance.")
    return answer


def responses(answers: Iterable[Answer]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """By status: the codes, joined to a name, and the response as OpenAPI has it."""
    by_status: dict[int, dict[str, Answer]] = {}
    for answer in answers:
        same = by_status.setdefault(answer.status, {})
        number = sum(key.partition(" ")[0] == answer.code for key in same)
        if answer not in same.values():
            same[f"{answer.code} {number + 1}" if number else answer.code] = answer
    for status, several in sorted(by_status.items()):
        codes = list(dict.fromkeys(answer.code for answer in several.values()))
        yield str(status), f"{status}-{'-'.join(codes)}", _response(several, codes)


def _response(answers: dict[str, Answer], codes: list[str]) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if any(answer.status == 401 for answer in answers.values()):
        headers["WWW-Authenticate"] = {"schema": {"const": "Bearer"}}
    if any(answer.retry_after for answer in answers.values()):
        headers["Retry-After"] = {"description": "In seconds.", "schema": {"type": "integer", "minimum": 1}}
    known = {"type": "object", "properties": {"code": {"enum": codes}}}
    return {
        "description": " ".join(dict.fromkeys(answer.title + "." for answer in answers.values())),
        **({"headers": headers} if headers else {}),
        "content": {
            "application/json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Error"}, known]},
                "examples": {
                    name.replace(" ", "_"): {"summary": answer.title, "value": body_of(answer)}
                    for name, answer in answers.items()
                },
            }
        },
    }
