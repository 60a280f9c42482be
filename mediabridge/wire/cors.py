"""The one foreign origin that may call the wire."""

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from mediabridge.wire.answers import wire_answer
from mediabridge.wire.errors import answer_for
from mediabridge.wire.throttles import TooFast, spend_at_door


class Cors(CorsMiddleware):
    """django-cors-headers, whose preflights count against a generous limit of their own."""

    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        answer = super().check_preflight(request)
        if answer is None:
            return None
        try:
            spend_at_door(request, "preflight")
        except TooFast as problem:
            refusal = answer_for(problem)
            assert refusal is not None, "the table lists it"
            return wire_answer(refusal)
        return answer


def is_ours(request: HttpRequest) -> bool:
    """Whether this call comes from a page of ours or of `FRONTEND_URL`, or from no page at all.

    Browsers say where a POST comes from and scripts can't change it; what is no browser has no cookie to be abused.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
    own = f"{'https' if request.is_secure() else 'http'}://{request.get_host()}"
    return origin == own or origin in settings.CORS_ALLOWED_ORIGINS
