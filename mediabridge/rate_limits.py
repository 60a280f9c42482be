"""How often one may ask for pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.models import User
from mediabridge.error_pages import respond
from mediabridge.wire.answers import is_wire
from mediabridge.wire.errors import RATE_LIMITED, answer_for
from mediabridge.wire.throttles import Kind, TooFast, spend_as_person, spend_as_stranger

DOORS_OF_PAGES = frozenset({"revalidate", "upload-confirm"})
QUESTIONS_OF_PAGES = frozenset({"after", "waiting"})
"""What a page asks by itself: doors by the names of their URLs, and parameters of fragments (the rows that scrolling brings
in, whether a listing is whole by now). Opening a folder or a preview is a fragment, too, but somebody's act."""


class RateLimits:
    """Counts every page and fragment for the person signed in, or for a stranger's address. The wire counts for itself.

    Who is signed in is looked up only where the view does so anyway.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        if is_wire(request) or (match is not None and match.url_name == "healthz"):
            return None
        try:
            if getattr(view, "login_required", True) and isinstance(request.user, User):
                spend_as_person(request.user.pk, _kind(request))
            else:
                spend_as_stranger(request)
        except TooFast as problem:
            return respond(request, answer_for(problem) or RATE_LIMITED)
        return None


def _kind(request: HttpRequest) -> Kind:
    """Whether a person asked for this, or the page they look at."""
    match = request.resolver_match
    if match is not None and match.url_name in DOORS_OF_PAGES:
        return "background"
    is_fragment = request.headers.get("HX-Request") == "true"
    return "background" if is_fragment and QUESTIONS_OF_PAGES & request.GET.keys() else "pages"
