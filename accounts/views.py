"""Signing in and out, and one's own account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import agents, passwords, personal_tokens, profile, sessions, setup, signing_in
from accounts.forms import (
    ForgottenForm,
    LoginForm,
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    SetupForm,
)
from accounts.models import Session, User
from accounts.notices import Notice, why_ended
from accounts.rules import Invalid
from accounts.session_store import SessionStore
from accounts.tasks import send_password_link
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.throttles import login_rate, seconds_to_wait

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOME = "/"


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def setup_page(request: HttpRequest) -> HttpResponse:
    """The first start. Once somebody has an account this leads to the login page."""
    if not setup.is_needed():
        return redirect("login")
    form = SetupForm(request.POST or None)
    if request.method == "POST":
        wait = seconds_to_wait(request, group="setup", rate=login_rate())
        if wait:
            return _page(request, "setup", form, status=429, retry_after=wait)
        if form.is_valid():
            try:
                user = setup.create_first_admin(**form.cleaned_data, ip=client_ip(request))
            except setup.AlreadySetUp:
                return redirect("login")
            except Invalid as problem:
                form.refuse(problem)
            else:
                auth.login(request, user, backend=BACKEND)
                return redirect(HOME)
    return _page(request, "setup", form, status=400 if form.errors else 200)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """Sign in, or learn why one was signed out."""
    if request.method == "POST":
        return _sign_in(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_wanted_page(request))
    if setup.is_needed():
        return redirect("setup")
    notice = why_ended(_store(request).ended_reason)
    _store(request).forget_reason()
    return _page(request, "login", LoginForm(), notice=notice)


def _sign_in(request: HttpRequest) -> HttpResponse:
    form = LoginForm(request.POST)
    wait = seconds_to_wait(request, group="login", rate=login_rate())
    if wait:
        return _page(request, "login", form, status=429, retry_after=wait)
    if not form.is_valid():
        return _page(request, "login", form, status=400)
    try:
        user = signing_in.check(**form.cleaned_data, ip=client_ip(request), now=timezone.now())
    except signing_in.TooManyTries as refusal:
        return _page(request, "login", form, status=429, retry_after=refusal.retry_after)
    except signing_in.Refused as refusal:
        return _page(request, "login", form, status=401, notice=Notice.of(refusal))
    auth.login(request, user, backend=BACKEND)
    return HttpResponseRedirect(_wanted_page(request))


@login_not_required
@require_POST
def logout_page(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        user = _me(request)
        sessions.end(
            user=user,
            session_id=_session(request).id,
            reason=Session.Ended.SIGNED_OUT,
            by=user,
            ip=client_ip(request),
            now=timezone.now(),
        )
    auth.logout(request)
    return redirect("login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """One's name, password and sessions. A post changes the name."""
    user = _me(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        try:
            profile.rename(user=user, name=form.cleaned_data["name"])
        except Invalid as problem:
            form.refuse(problem)
        else:
            messages.success(request, "Your name is changed.")
            return redirect("account")
    return _account(request, form=form, password_form=PasswordForm())


@never_cache
@sensitive_post_parameters()
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password for somebody who knows the present one. Their other sessions end."""
    user = _me(request)
    wait = seconds_to_wait(request, group="password", rate=login_rate())
    form = PasswordForm(request.POST)
    profile_form = ProfileForm(initial={"name": user.name})
    if wait:
        return _account(request, form=profile_form, password_form=form, status=429, retry_after=wait)
    if form.is_valid():
        try:
            passwords.change(
                user=user,
                current=form.cleaned_data["current_password"],
                new=form.cleaned_data["new_password"],
                keep=_session(request).id,
                ip=client_ip(request),
                now=timezone.now(),
            )
        except Invalid as problem:
            form.refuse(problem)
        else:
            request.session[sessions.HASH_KEY] = user.get_session_auth_hash()
            messages.success(request, "Your password is changed. Your other sessions and tokens were ended.")
            return redirect("account")
    return _account(request, form=profile_form, password_form=form)


@require_POST
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Signs one of one's own other browsers out."""
    if session_id == _session(request).id:
        return logout_page(request)
    user = _me(request)
    ended = sessions.end(
        user=user,
        session_id=session_id,
        reason=Session.Ended.REVOKED,
        by=user,
        ip=client_ip(request),
        now=timezone.now(),
    )
    said = "The session is ended." if ended else "This session had ended already."
    messages.success(request, said)
    return redirect("account")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Signs oneself out everywhere else."""
    count = sessions.end_others(
        user=_me(request), keep=_session(request).id, ip=client_ip(request), now=timezone.now()
    )
    ended = "1 other session is ended." if count == 1 else f"{count} other sessions are ended."
    messages.success(request, ended if count else "You were signed in nowhere else.")
    return redirect("account")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """Setting one's password by a one-time link. Looking at the page uses nothing up."""
    now = timezone.now()
    owner = passwords.owner_of(token, now=now)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.set_by_link(
                token, password=form.cleaned_data["new_password"], ip=client_ip(request), now=now
            )
        except Invalid as problem:
            form.refuse(problem)
        else:
            messages.success(request, "Your password is set. You can sign in now.")
            return redirect("login")
    status = 400 if form.errors else 200
    return _page(request, "set_password", form, status=status, owner=owner)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_page(request: HttpRequest) -> HttpResponse:
    """Asking for a link by mail. The answer is the same whether or not the e-mail is known."""
    if not settings.HAS_MAIL:
        return redirect("login")
    form = ForgottenForm(request.POST or None)
    if request.method != "POST":
        return _page(request, "forgotten", form)
    wait = seconds_to_wait(request, group="forgotten", rate=login_rate())
    if wait:
        return _page(request, "forgotten", form, status=429, retry_after=wait)
    if not form.is_valid():
        return _page(request, "forgotten", form, status=400)
    send_password_link.delay(form.cleaned_data["email"], request.build_absolute_uri("/"))
    notice = Notice(
        "success", "Look into your mailbox", "If this e-mail is known here, a link is on its way."
    )
    return _page(request, "forgotten", ForgottenForm(), notice=notice)


def _page(request: HttpRequest, name: str, form: Any, *, status: int = 200, **context: Any) -> HttpResponse:
    defaults = {"form": form, "notice": None, "retry_after": None, "mail_enabled": settings.HAS_MAIL}
    shown = {**defaults, "next": request.POST.get("next") or request.GET.get("next", ""), **context}
    response = render(request, f"accounts/{name}.html", shown, status=status)
    if shown["retry_after"]:
        response["Retry-After"] = str(shown["retry_after"])
    return response


def _account(request: HttpRequest, *, form: Any, password_form: Any, **context: Any) -> HttpResponse:
    current, now = _session(request), timezone.now()
    listed = [
        {
            "id": session.id,
            "agent_label": agents.label(session.agent),
            "ip": session.ip,
            "first_seen_at": session.first_seen_at,
            "last_seen_at": session.last_seen_at,
            "is_current": session.id == current.id,
        }
        for session in sessions.active_of(_me(request), now=now)
    ]
    count = personal_tokens.living_of(_me(request), now=now).count()
    status = context.pop("status", 400 if form.errors or password_form.errors else 200)
    return _page(
        request,
        "account",
        form,
        status=status,
        password_form=password_form,
        sessions=listed,
        token_count=count,
        **context,
    )


def _wanted_page(request: HttpRequest) -> str:
    """Where somebody wanted to go before they had to sign in, if it is on this site."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    hosts = {request.get_host()}
    if wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=hosts, require_https=request.is_secure()
    ):
        return wanted
    return HOME


def _store(request: HttpRequest) -> SessionStore:
    store = request.session
    assert isinstance(store, SessionStore), "SESSION_ENGINE is ours"
    return store


def _me(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User), "the door asks for a session"
    return user


def _session(request: HttpRequest) -> Session:
    row = _store(request).row
    assert row is not None, "the door asks for a session"
    return row
