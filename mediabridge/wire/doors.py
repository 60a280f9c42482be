"""What every door of the wire has: its verbs, who may call, how often, and what it reads."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from rest_framework.decorators import api_view
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from mediabridge.wire.cors import is_ours
from mediabridge.wire.described import Descriptions
from mediabridge.wire.json_body import StrictJSON
from mediabridge.wire.policies import Administrators, Limit, Need

View = Callable[..., HttpResponseBase]


class ForeignOrigin(Exception):
    """A page of another site made somebody's browser call."""


def door(
    *verbs: str,
    limit: Limit | None = None,
    is_open: bool = False,
    for_admins: bool = False,
    scope: Need | Mapping[str, Need] | None = None,
    body: type[BaseParser] = StrictJSON,
    described: Descriptions | None = None,
) -> Callable[[View], Callable[..., Any]]:
    """Makes a view of a function that takes a Request and gives a Response.

    Without `limit` its calls count as the person's, or as a stranger's. `is_open`: anybody may call, and nothing they
    say about who they are is looked at. `for_admins`: nobody else may. `scope`: what a personal token must be made for, by
    verb where they differ; without it none opens this door. `described` is what the description of the wire says of each
    verb; a door without is a mistake there. Like a page's, the function puts its reach on `request.reach` before it
    resolves a path.
    """

    def decorate(view: View) -> Callable[..., Any]:
        @wraps(view)
        def remembering(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            finally:
                # Whoever answers for what went wrong sees Django's request only.
                if reach := vars(request).get("reach"):
                    request._request.reach = reach  # type: ignore[attr-defined]

        policies: dict[str, Any] = {"throttle_scope": limit, "parser_classes": [body]}
        if is_open:
            policies |= {"authentication_classes": [], "permission_classes": []}
        elif for_admins:
            policies["permission_classes"] = [Administrators]
        for name, value in policies.items():
            setattr(remembering, name, value)
        known = [*verbs, *(["HEAD"] if "GET" in verbs else [])]
        made = api_view(known)(remembering)
        # REST framework keeps them as a set; what is said of them is to be the same in every process.
        made.cls.http_method_names = [verb.lower() for verb in (*known, "OPTIONS")]
        needs = dict.fromkeys(verbs, scope) if isinstance(scope, str) else dict(scope or {})
        made.cls.token_needs = needs  # type: ignore[attr-defined]
        made.cls.described = described  # type: ignore[attr-defined]
        return made

    return decorate


def refuse_foreign_pages(request: Request) -> None:
    """Raises ForeignOrigin when a page that is neither ours nor that of `FRONTEND_URL` makes this call."""
    if not is_ours(request._request):
        raise ForeignOrigin
