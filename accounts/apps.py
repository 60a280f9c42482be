from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from mediabridge.wire.client_ip import client_ip


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        user_logged_in.connect(give_session_its_owner, dispatch_uid="session_owner")


def give_session_its_owner(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Django has signed `user` in: from now on the session is theirs."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    request.session.belong_to(user, ip=client_ip(request), agent=agent)  # type: ignore[attr-defined]
