from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete
from django.http import HttpRequest

from accounts.signals import announce_end, audited, forced_out, locked, sessions_ended
from mediabridge.wire.client_ip import client_ip


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Models exist only from here on.
        from accounts import tasks
        from mediabridge.switchboard import tell_sockets

        user_logged_in.connect(give_session_its_owner, dispatch_uid="session_owner")
        locked.connect(tell_admins, dispatch_uid="lock_mail")
        audited.connect(tasks.on_audited, dispatch_uid="sealing")
        forced_out.connect(tell_sockets, dispatch_uid="sockets_of_forced_out")
        sessions_ended.connect(tell_sockets, dispatch_uid="sockets_of_ended")
        post_delete.connect(
            say_that_nobody_is_left, sender="accounts.User", dispatch_uid="sockets_of_deleted"
        )


def give_session_its_owner(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Django has signed `user` in: from now on the session is theirs."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    request.session.belong_to(user, ip=client_ip(request), agent=agent)  # type: ignore[attr-defined]


def say_that_nobody_is_left(*, instance: Any, **_: Any) -> None:
    """A person was deleted, and their sessions with them, by whatever door."""
    announce_end(user_id=instance.pk)


def tell_admins(*, user_id: UUID, **_: Any) -> None:
    """An account was locked: mail it where mail exists. The admin's first page says so in any case."""
    from accounts.tasks import tell_admins_of_lock

    if settings.HAS_MAIL:
        tell_admins_of_lock.delay(str(user_id))
