"""Django's sessions on our own rows, which are ended instead of deleted."""

import re
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import CreateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import RefreshToken, Session, User
from accounts.signals import announce_end

EXPIRED = "expired"
KEPT_AFTER_END = timedelta(days=30)
_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(DatabaseStore):
    """One request's view of its session.

    `row` is the living row with its user, loaded in the one query that loads the session. `ended_reason` says why the
    session that the browser still holds a cookie of is over; the cookie stays until somebody has shown the reason.
    """

    row: Session | None = None
    ended_reason: str = ""
    _owner: dict[str, Any] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @classmethod
    def clear_expired(cls) -> None:
        """Removes rows that ended or expired so long ago that nobody will ask why, and refresh tokens too old to count."""
        long_ago = Now() - KEPT_AFTER_END
        Session.objects.filter(expire_date__lt=long_ago).delete()
        Session.objects.filter(ended_at__lt=long_ago).delete()
        RefreshToken.objects.filter(expires_at__lt=Now()).delete()

    def belong_to(self, user: User, *, ip: str | None, agent: str) -> None:
        """Notes whose session this is, at their present epoch. Saved with the session."""
        self._owner = {"user_id": user.pk, "epoch": user.epoch, "ip": ip, "agent": agent[:300]}
        self.modified = True

    def turn_away(self, reason: str) -> None:
        """Treats this session as over from here on, whatever its row says."""
        self.row = None
        self.ended_reason = reason
        self._session_key = None
        self._session_cache: dict[str, Any] = {}

    def forget_reason(self) -> None:
        """The reason was shown: the browser may drop its cookie."""
        self.ended_reason = ""

    def is_empty(self) -> bool:
        return not self.ended_reason and super().is_empty()

    def load(self) -> dict[str, Any]:
        rows = Session.objects.select_related("user").annotate(is_over=Q(expire_date__lte=Now()))
        row = rows.filter(session_key=self.session_key).first()
        if row is None:
            self._session_key = None
            return {}
        if row.ended_at is not None or row.is_over:
            self._session_key = None
            self.ended_reason = row.ended_reason or EXPIRED
            return {}
        self.row = row
        decoded: dict[str, Any] = self.decode(row.session_data)
        return decoded

    def save(self, must_create: bool = False) -> None:
        """Stores the session; one that was ended meanwhile stays ended, and nothing is stored."""
        if self.session_key is None:
            self.create()
            return
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        values = {"session_data": data, "expire_date": self.get_expiry_date(), **(self._owner or {})}
        if must_create:
            self._insert(self.session_key, values)
            return
        Session.objects.filter(session_key=self.session_key, ended_at__isnull=True).update(**values)

    def delete(self, session_key: str | None = None) -> None:
        """Ends the session. Only a session of nobody is really deleted."""
        key = session_key or self.session_key
        if key is None:
            return
        mine = Session.objects.filter(session_key=key)
        if not mine.filter(user__isnull=False, ended_at__isnull=True).update(
            ended_at=Now(), ended_reason=Session.Ended.SIGNED_OUT
        ):
            mine.filter(user__isnull=True).delete()
        elif self.row is not None and self.row.user_id is not None:
            announce_end(user_id=self.row.user_id)
        self.row = None

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    def _insert(self, key: str, values: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                Session(session_key=key, **values).save(force_insert=True)
        except IntegrityError:
            raise CreateError from None

    def _validate_session_key(self, key: str) -> bool:
        return bool(key and _KEY.fullmatch(key))
