"""What every request passes: whose it is, who may come in, and what is answered when something goes wrong."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.contrib.auth import aget_user
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import sessions, setup
from accounts.audit import Operation, Outcome, record
from accounts.models import User
from accounts.tokens import Identity
from buckets.paths import OutOfBounds, Reach
from buckets.violations import throw_out
from files.refusals import NotAllowed, Right
from mediabridge.error_pages import page_behind, respond, to_login
from mediabridge.wire.answers import is_wire
from mediabridge.wire.client_ip import client_ip, comes_from_a_proxy
from mediabridge.wire.errors import (
    BAD_REQUEST,
    FORCED_OUT,
    METHOD_NOT_ALLOWED,
    SIGN_IN,
    STALE_FORM,
    Answer,
    answer_for,
)
from mediabridge.wire.policies import BeyondToken

Handler = Callable[[HttpRequest], HttpResponseBase]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PAGE_METHODS = frozenset({"GET", "HEAD", "POST"})
"""What a page, or a form on it, is asked with. Everything else is the wire's."""
_REFUSED: dict[Right, Operation] = {
    "read": Operation.TOKEN_REFUSED,
    "upload": Operation.UPLOAD_SIGNED,
    "overwrite": Operation.OVERWRITE_SIGNED,
    "delete": Operation.DELETED,
}
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class ProxyHeaders:
    """Forgets what a client says of its own scheme: only a trusted proxy may say it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not comes_from_a_proxy(request):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


class WhoIsThis(AuthenticationMiddleware):
    """`request.user`, from the one query that loads the session; asked only when somebody looks."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: sessions.user_of(request.session) or AnonymousUser())  # type: ignore
        request.auser = lambda: aget_user(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        row = getattr(request.session, "row", None)
        if row is not None and response.status_code < 500:
            sessions.touch(row, now=timezone.now())
        return response


class SignInFirst(LoginRequiredMiddleware):
    """Every page asks for a session unless it says otherwise. Before the first account exists all lead to setup."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Asks nothing about somebody whom the view lets in anyway."""
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, args, kwargs)  # type: ignore[arg-type]

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: object
    ) -> HttpResponse:
        if request.headers.get("HX-Request") == "true" or request.method not in SAFE_METHODS:
            return respond(request, SIGN_IN)
        if setup.is_needed():
            return HttpResponseRedirect(reverse("setup"))
        return HttpResponseRedirect(to_login(request, page=page_behind(request)))


class ErrorAnswers:
    """What a view raised, answered by the table. A violation first throws its author out, everywhere and for good."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_unreadable(request):
            return respond(request, BAD_REQUEST)
        if request.method not in PAGE_METHODS and not is_wire(request):
            return _told_what_is_allowed(request, ", ".join(sorted(PAGE_METHODS)))
        response = self.get_response(request)
        if is_wire(request):
            response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == METHOD_NOT_ALLOWED.status and not getattr(response, "content", b"x"):
            return _told_what_is_allowed(request, response.headers.get("Allow", ""))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """A NUL in a form is in no name, no sentence and no password, and PostgreSQL keeps none.

        A page that was opened by one person acts for no other: what it shows is not where it would land.
        """
        if request.method in SAFE_METHODS or getattr(view, "csrf_exempt", False):
            return None
        if _is_somebody_elses_page(request):
            return respond(request, STALE_FORM)
        for field, values in request.POST.lists():
            if any("\x00" in value for value in [field, *values]):
                return respond(request, _malformed(field.replace("\x00", "")))
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, OutOfBounds) and _is_signed_act(request) and _throw_out(request, problem):
            return respond(request, FORCED_OUT)
        if isinstance(problem, NotAllowed):
            _note_refusal(request, problem)
        if isinstance(problem, BeyondToken) and isinstance(request.user, User):
            _note_token_used_for_more(request, request.user)
        answer = answer_for(problem)
        return respond(request, answer) if answer else None


def _is_unreadable(request: HttpRequest) -> bool:
    """Whether the address holds what no name has: NUL, broken percent-escapes, or escapes that are no UTF-8."""
    raw = getattr(request, "scope", {}).get("raw_path") or b""
    query = request.META.get("QUERY_STRING", "")
    if "\x00" in request.path_info or "%00" in query or "\x00" in query or _BROKEN_ESCAPE.search(raw):
        return True
    try:
        request.path_info.encode()
        unquote_to_bytes(raw).decode()
    except UnicodeError:
        return True
    return False


def _told_what_is_allowed(request: HttpRequest, methods: str) -> HttpResponse:
    told = respond(request, METHOD_NOT_ALLOWED)
    told["Allow"] = methods
    return told


def _is_somebody_elses_page(request: HttpRequest) -> bool:
    opened_by = request.headers.get("X-Page-Of", "")
    return bool(opened_by) and request.user.is_authenticated and opened_by != str(request.user.pk)


def _malformed(field: str) -> Answer:
    return Answer(
        BAD_REQUEST.status,
        BAD_REQUEST.code,
        "This can't be used",
        "It contains a NUL character.",
        field=field[:100],
    )


def _is_signed_act(request: HttpRequest) -> bool:
    """Whether somebody signed in did this on purpose: no link and no foreign page can make them do it."""
    if isinstance(identity := getattr(request, "auth", None), Identity):
        return identity.is_signed
    view = request.resolver_match.func if request.resolver_match else None
    return (
        request.method not in SAFE_METHODS
        and not getattr(view, "csrf_exempt", False)
        and request.user.is_authenticated
    )


def _throw_out(request: HttpRequest, problem: OutOfBounds) -> bool:
    """Throws out whoever asked; not if this key lay inside their root once: then it is only not found."""
    user, reach = request.user, getattr(request, "reach", None)
    if not isinstance(user, User):
        return True
    return throw_out(
        user=user,
        reach=reach if isinstance(reach, Reach) else None,
        path=problem.path,
        ip=client_ip(request),
        now=timezone.now(),
    )


def _note_refusal(request: HttpRequest, problem: NotAllowed) -> None:
    """Somebody tried what their assignment doesn't allow: an administrator may want to know, or to allow it."""
    user, reach = request.user, problem.reach or getattr(request, "reach", None)
    if not isinstance(user, User) or not isinstance(reach, Reach):
        return
    asked = [*request.POST.getlist("paths"), request.POST.get("folder", "")]
    record(
        by=user,
        operation=_REFUSED[problem.right],
        outcome=Outcome.REFUSED,
        bucket_id=reach.bucket_id,
        bucket_code=reach.bucket_code,
        path=(problem.key or reach.root + asked[0])[:2000],
        ip=client_ip(request),
    )


def _note_token_used_for_more(request: HttpRequest, owner: User) -> None:
    """Somebody may have a token that is not theirs, or a program too small a one: its owner may want to know."""
    record(
        by=owner,
        operation=Operation.TOKEN_REFUSED,
        outcome=Outcome.REFUSED,
        ip=client_ip(request),
        detail={"call": f"{request.method} {request.path_info}"[:500]},
    )
