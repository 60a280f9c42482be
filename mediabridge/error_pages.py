"""What went wrong, as a page, as a toast for htmx, or as JSON: never a secret, never a trace."""

import json
import logging
import sys
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from mediabridge.wire.answers import is_wire, wire_answer
from mediabridge.wire.errors import (
    BAD_REQUEST,
    DATABASE_AWAY,
    FORBIDDEN,
    NOT_FOUND,
    SERVER_ERROR,
    STALE_FORM,
    Answer,
    answer_for,
)

log = logging.getLogger(__name__)
TEMPLATE = "errors/error.html"
OUR_OWN = (SERVER_ERROR.code, DATABASE_AWAY.code)


def respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    """`answer` in the form this request can use."""
    if is_wire(request):
        return wire_answer(answer)
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        response = _toast(request, answer)
    elif _wants_json(request):
        response = JsonResponse(_as_json(answer), status=answer.status)
    else:
        response = _page(request, answer)
    for name, value in answer.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def to_login(request: HttpRequest, *, page: str) -> str:
    """The login page's URL that leads back to `page`, a path on this site."""
    return f"{reverse('login')}?{urlencode({'next': page})}" if page not in ("", "/") else reverse("login")


def page_behind(request: HttpRequest) -> str:
    """The path of the page from which htmx asks; of the request itself without htmx."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if current.path and current.netloc == request.get_host():
        return current.path + (f"?{current.query}" if current.query else "")
    return request.get_full_path() if request.method == "GET" else "/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, answer_for(exception) or BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, answer_for(exception) or FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Also what middleware raised, which no view's error handling sees."""
    problem = sys.exc_info()[1]
    return respond(request, (answer_for(problem) if problem else None) or SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(request, STALE_FORM)


def _toast(request: HttpRequest, answer: Answer) -> HttpResponse:
    """No content to swap in: the page stays, a toast says what happened. Without a session it leads to the login page."""
    response = HttpResponse(answer.message, status=answer.status, content_type="text/plain; charset=utf-8")
    if answer.status == 401:
        response["HX-Redirect"] = to_login(request, page=page_behind(request))
        return response
    level = "warning" if answer.status in (409, 429) else "error"
    text = " ".join(part for part in (answer.message, answer.hint) if part)
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({"toast": {"level": level, "title": answer.title, "text": text}})
    return response


def _page(request: HttpRequest, answer: Answer) -> HttpResponse:
    context: dict[str, object] = {
        "status": answer.status,
        "code": answer.code,
        "title": answer.title,
        "message": answer.message,
        "hint": answer.hint,
        "retry_after": answer.retry_after,
        "login_url": to_login(request, page=page_behind(request)) if answer.status == 401 else "",
    }
    # Who is signed in may be just what can't be found out, so a page about our own failure does not ask.
    asks_nobody = answer.code in OUR_OWN or not hasattr(request, "user")
    return HttpResponse(_drawn(request, context, asks_nobody=asks_nobody), status=answer.status)


def _drawn(request: HttpRequest, context: dict[str, object], *, asks_nobody: bool) -> str:
    """The page in its frame; without one if that fails; in plain words if that fails too."""
    bare = {**context, "bare": True, "request": {"csp_nonce": getattr(request, "csp_nonce", "")}}
    try:
        if not asks_nobody:
            return render_to_string(TEMPLATE, context, request=request)
    except Exception:  # Whatever is broken may be what the frame needs; the answer must still come.
        log.exception("An error page could not be drawn in its frame.")
    try:
        return render_to_string(TEMPLATE, bare)
    except Exception:  # As above.
        log.exception("An error page could not be drawn.")
    title, message = escape(str(context["title"])), escape(str(context["message"]))
    return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{message}</p>"


def _wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _as_json(answer: Answer) -> dict[str, object]:
    told: dict[str, object] = {"code": answer.code, "message": answer.message}
    if answer.field:
        told["field"] = answer.field
    if answer.retry_after:
        told["retry_after"] = answer.retry_after
    return {"error": told}
