"""Django's test client as the suite uses it: the same pages and the same sessions, with less to do for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.template import Template
from django.template.base import NodeList
from django.template.context import Context
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.test.signals import template_rendered

from accounts.models import User
from accounts.session_store import SessionStore


@contextmanager
def browsing() -> Iterator[None]:
    """Signing in takes six queries in place of fifteen, and a page notes its own context, not that of each piece of it."""
    sign_in: Any = Client._login  # type: ignore[attr-defined]

    def signed_in(client: Client, user: User, backend: str | None = None) -> None:
        if settings.SESSION_COOKIE_NAME in client.cookies:
            sign_in(client, user, backend)
            return
        # A browser that was nowhere has no session of nobody, to be made and thrown away again.
        request = HttpRequest()
        request.session = SessionStore()
        login(request, user, backend)
        request.session.save()
        client._set_login_cookies(request)  # type: ignore[attr-defined]

    with patch.object(Client, "_login", signed_in), patch.object(Template, "_render", _rendered):
        yield


@contextmanager
def unpainted() -> Iterator[None]:
    """Answers have the `context_data` of their page, and no page: for those who ask what a form makes of many values."""
    with patch.object(SimpleTemplateResponse, "rendered_content", ""):
        yield


def _rendered(template: Template, context: Context) -> str:
    """What Django's own in tests does, which copies the context for the widget of every field and every icon."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    nodes: NodeList = template.nodelist
    return nodes.render(context)
