"""What the worker does for accounts."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import backoff, passwords, personal_tokens, pruning, sealing
from accounts.models import User, normal_email
from accounts.session_store import SessionStore

log = structlog.get_logger(__name__)

_NUDGE_SECONDS = 1.0
_BROKER_REST_SECONDS = 10.0
_next_nudge = 0.0


@shared_task(ignore_result=True)
def send_password_link(email: str, base_url: str) -> None:
    """Mails a fresh one-time link to the person with this e-mail. The token is made here, so no queue ever holds it."""
    user = User.objects.filter(email=normal_email(email), is_active=True).first()
    if user is None:
        return
    url = link_url(passwords.new_link(user=user, now=timezone.now()), base_url=base_url)
    body = render_to_string("accounts/mail/password_link.txt", {"user": user, "url": url})
    EmailMessage("Set your MediaBridge password", body, to=[user.email]).send()


def link_url(token: str, *, base_url: str) -> str:
    """The page where the link with this token sets a password."""
    return urljoin(base_url, reverse("set-password", args=[token]))


@shared_task(ignore_result=True)
def tell_admins_of_lock(user_id: str) -> None:
    """Mails every administrator that somebody's account was locked."""
    user = User.objects.filter(pk=user_id, locked_at__isnull=False).first()
    admins = User.objects.filter(is_admin=True, is_active=True).exclude(pk=user_id)
    if user is None:
        return
    body = render_to_string("accounts/mail/locked.txt", {"user": user})
    for email in admins.values_list("email", flat=True):
        EmailMessage(f"{user.name} is locked out of MediaBridge", body, to=[email]).send()


@shared_task(ignore_result=True)
def sweep() -> None:
    """Forgets what is long over: sessions, one-time links, personal tokens, failed tries."""
    now = timezone.now()
    SessionStore.clear_expired()
    passwords.forget_old_links(now=now)
    personal_tokens.forget_old(now=now)
    backoff.forget_old(now=now)


@shared_task(ignore_result=True)
def seal_audit_log() -> None:
    """Links what was written into the audit log lately into its chain."""
    sealing.seal_new(now=timezone.now())


def on_audited(sender: object, **_: Any) -> None:
    """Nudges the sealer, once a second at most. What is written meanwhile, or without a broker, beat's next round finds."""
    global _next_nudge  # noqa: PLW0603 - what one process remembers of its broker
    if time.monotonic() < _next_nudge:
        return
    _next_nudge = time.monotonic() + _NUDGE_SECONDS
    try:
        seal_audit_log.apply_async(retry=False)
    except (OperationalError, OSError):
        _next_nudge = time.monotonic() + _BROKER_REST_SECONDS
        log.warning("broker_away")


@shared_task(ignore_result=True)
def prune_audit_log() -> None:
    """Lets go of audit entries older than AUDIT_KEEP_DAYS, where that is set."""
    if not settings.AUDIT_KEEP_DAYS:
        return
    try:
        pruned = pruning.prune(before=timezone.now() - timedelta(days=settings.AUDIT_KEEP_DAYS))
    except pruning.Busy:
        log.warning("audit_prune_put_off")
    else:
        log.info("audit_pruned", entries=pruned.entries)
