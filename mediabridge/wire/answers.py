"""How the wire answers: always JSON, in one shape, whatever the client says it would accept and whatever went wrong."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from mediabridge.wire.errors import BAD_REQUEST, Answer, answer_for, with_fault

ROOT = "/api"


def is_wire(request: HttpRequest) -> bool:
    """Whether this request came over the wire, so that its answer must be JSON."""
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def wire_answer(answer: Answer) -> JsonResponse:
    """`answer` as every client of the wire reads it."""
    return JsonResponse(body_of(answer), status=answer.status, headers=headers_of(answer))


def body_of(answer: Answer) -> dict[str, object]:
    """`{"code", "message"}`, and `details` where a client can act on them."""
    details = {
        name: value
        for name, value in (
            ("field", answer.field),
            ("retry_after", answer.retry_after),
            ("limit", answer.limit),
        )
        if value
    }
    told: dict[str, object] = {"code": answer.code, "message": answer.message}
    return {**told, "details": details} if details else told


def headers_of(answer: Answer) -> dict[str, str]:
    """The headers that go with it."""
    challenge = {"WWW-Authenticate": "Bearer"} if answer.status == 401 else {}
    return {**answer.headers, **challenge, "Cache-Control": "no-store"}


class AlwaysJSON(DefaultContentNegotiation):
    """Answers in JSON whatever `Accept` says: a client that asks for something else can still read why not."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], str(renderers[0].media_type)


def told_by_the_framework(problem: Exception, context: dict[str, Any]) -> Response | None:
    """What REST framework itself refused, by our table. All else goes on to the middleware, which answers for the pages too."""
    if not isinstance(problem, APIException):
        return None
    answer = answer_for(problem) or BAD_REQUEST
    if isinstance(problem, ValidationError):
        field, reason = _first_fault(problem.detail)
        answer = with_fault(answer, field=field, reason=reason)
    return Response(body_of(answer), status=answer.status, headers=headers_of(answer))


def _first_fault(detail: Any, field: str = "") -> tuple[str, str]:
    """The field and the reason of the first thing a serializer found wrong."""
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        return _first_fault(inner, field if name == "non_field_errors" else str(name))
    if isinstance(detail, list) and detail:
        return _first_fault(next((each for each in detail if each), ""), field)
    return field, str(detail)
