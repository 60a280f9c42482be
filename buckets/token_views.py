"""One's personal tokens, on a page: to make one, see what is in use, and revoke."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import personal_tokens
from accounts.models import User
from accounts.personal_tokens import Made
from accounts.rules import Invalid
from buckets import tokens
from buckets.access import reaches_of
from buckets.paths import Reach
from buckets.token_forms import TokenForm
from mediabridge.wire.client_ip import client_ip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_page(request: HttpRequest) -> HttpResponse:
    """The tokens of whoever looks. A post makes one, and only its answer tells it: htmx puts it into the page, so that
    reloading the page neither shows it again nor makes another."""
    user, now = _me(request), timezone.now()
    reaches = reaches_of(user=user)
    form = TokenForm(request.POST if request.method == "POST" else None, reaches=reaches)
    if request.method != "POST" or not form.is_valid():
        return _shown(request, reaches, form)
    try:
        made = tokens.make(user=user, **form.wanted, ip=client_ip(request), now=now)
    except Invalid as problem:
        form.refuse(problem)
        return _shown(request, reaches, form)
    return _shown(request, reaches, TokenForm(reaches=reaches), made=made)


@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Ends one of one's tokens, for good."""
    user = _me(request)
    token = personal_tokens.revoke(
        user=user, token_id=token_id, by=user, ip=client_ip(request), now=timezone.now()
    )
    messages.success(request, f"“{token.name}” is revoked. What used it can no longer sign in.")
    return redirect("tokens")


def _shown(
    request: HttpRequest, reaches: list[Reach], form: TokenForm, *, made: Made | None = None
) -> HttpResponse:
    is_part = bool(request.htmx)  # type: ignore[attr-defined]  # django-htmx puts it there
    context = {
        "form": form,
        "made": made,
        "rows": tokens.rows(_me(request), reaches, now=timezone.now()),
    }
    name = "tokens_part" if is_part else "tokens"
    return render(request, f"buckets/{name}.html", context, status=400 if form.errors else 200)


def _me(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User), "the door asks for a session"
    return user
