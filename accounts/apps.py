from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from accounts.signals import locked
from mediabridge.wire.client_ip import client_ip


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        user_logged_in.connect(give_session_its_owner, dispatch_uid="session_owner")
        locked.connect(tell_admins, dispatch_uid="lock_mail")


def give_session_its_owner(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Django has signed `user` in: from now on the session is theirs."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    request.session.belong_to(user, ip=client_ip(request), agent=agent)  # type: ignore[attr-defined]


def tell_admins(*, user_id: UUID, **_: Any) -> None:
    """An account was locked: mail it where mail exists. The admin's first page says so in any case."""
    from accounts.tasks import tell_admins_of_lock

    if settings.HAS_MAIL:
        tell_admins_of_lock.delay(str(user_id))
