"""What each page may load: nothing but ours, plus the storage of the buckets it may show; the admin what its theme needs."""

from collections.abc import Callable, Iterable

from csp.constants import NONCE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from accounts.models import User
from buckets.access import reaches_of
from buckets.paths import Reach
from buckets.s3.origins import browser_origins

SHOWS_FILES = frozenset({"home", "bucket", "browse", "preview", "search"})
"""The pages, by the names of their URLs, that load from the storage."""

BUCKET_DIRECTIVES = ("connect-src", "img-src", "media-src", "frame-src")
ADMIN_DIRECTIVES = {
    "script-src": [SELF, NONCE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}


class PageOrigins:
    """Adds to the policy of a page exactly the origins it needs.

    A view that has put its reach on the request (`request.reach`) costs no query here; another page that shows files
    costs one, for all the person's buckets. Fragments swapped into a page live under that page's policy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        if request.path_info.startswith(reverse("admin:index")):
            response._csp_replace = ADMIN_DIRECTIVES  # type: ignore[attr-defined]
            return response
        origins = _origins(_reaches_shown(request, response.status_code))
        if origins:
            response._csp_update = dict.fromkeys(BUCKET_DIRECTIVES, origins)  # type: ignore[attr-defined]
        return response


def _reaches_shown(request: HttpRequest, status: int) -> Iterable[Reach]:
    reach = getattr(request, "reach", None)
    if isinstance(reach, Reach):
        return [reach]
    match = request.resolver_match
    shows_files = match is not None and match.url_name in SHOWS_FILES and status < 400
    if not shows_files or request.headers.get("HX-Request") == "true" or not isinstance(request.user, User):
        return []
    return reaches_of(user=request.user)


def _origins(reaches: Iterable[Reach]) -> list[str]:
    return sorted({origin for reach in reaches for origin in browser_origins(reach)})
