"""What the worker does for accounts."""

from urllib.parse import urljoin

from celery import shared_task
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import backoff, passwords
from accounts.models import User, normal_email
from accounts.session_store import SessionStore


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
    """Forgets what is long over: sessions, one-time links, failed tries."""
    now = timezone.now()
    SessionStore.clear_expired()
    passwords.forget_old_links(now=now)
    backoff.forget_old(now=now)
