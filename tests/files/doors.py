"""People at the doors of a bucket: signed-in clients, and how htmx asks."""

import json
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import User

HTMX = {"HX-Request": "true"}


def signed_in(user: User, **options: Any) -> Client:
    """A browser in which `user` is signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def events(response: HttpResponse) -> dict[str, Any]:
    """What the page's script is told to do, by name."""
    told: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    return told


def text(response: HttpResponse) -> str:
    """The page, with attributes that the templates lay out one a line put back behind each other."""
    return re.sub(r'(?<=[\w"])\n +(?=[a-z-]+[=> \n])', " ", response.content.decode())
