"""Where people are signed in: looking after sessions, ending one, ending all, forcing somebody out."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare

from accounts import people, personal_tokens
from accounts.audit import Operation, Outcome, record
from accounts.models import ForceLogout, Session, User
from accounts.rules import Invalid
from accounts.session_store import SessionStore
from accounts.signals import announce_end, forced_out, locked
from accounts.tokens import CREDENTIAL, TOUCH_EVERY

VIOLATIONS_ALLOWED = 3
VIOLATION_WINDOW = timedelta(hours=1)
HASH_KEY = "_auth_user_hash"


def user_of(store: SessionStore) -> User | None:
    """Who is signed in with this session, or None. One query, which loads the session and its user together.

    Compared on every request: a raised epoch, a lock, a disabled account or a new password end a session at once, on
    every process, whether or not its row was ended.
    """
    password_hash = store.get(HASH_KEY, "")
    row = store.row
    if row is None or row.user is None:
        return None
    user = row.user
    if not user.is_active:
        store.turn_away(Session.Ended.DISABLED)
    elif row.epoch != user.epoch or user.locked_at is not None:
        store.turn_away(Session.Ended.FORCED_OUT)
    elif not constant_time_compare(password_hash, user.get_session_auth_hash()):
        store.turn_away(Session.Ended.PASSWORD_CHANGED)
    else:
        return user
    return None


def who_holds(session_key: str) -> tuple[User | None, str]:
    """Who is signed in with this session, and why nobody is any more: empty when there is nothing to say. One query."""
    store = SessionStore(session_key)
    user = user_of(store)
    return user, store.ended_reason


def touch(session: Session, *, now: datetime) -> None:
    """Notes that `session` was just used, at most once a minute."""
    if now - session.last_seen_at >= TOUCH_EVERY:
        Session.objects.filter(pk=session.pk).update(last_seen_at=now)


def active_of(user: User, *, now: datetime) -> QuerySet[Session]:
    """The sessions `user` is signed in with, last used first."""
    living = Session.objects.filter(user=user, epoch=user.epoch, ended_at__isnull=True, expire_date__gt=now)
    return living.order_by("-last_seen_at")


@transaction.atomic
def end(
    *,
    user: User,
    session_id: UUID,
    reason: Session.Ended,
    by: User,
    ip: str | None,
    now: datetime,
    why: str = "",
) -> bool:
    """Ends one session of `user`; `why` is for the audit log. False when there is no such living session."""
    mine = Session.objects.filter(user=user, id=session_id, ended_at__isnull=True)
    if not mine.update(ended_at=now, ended_reason=reason):
        return False
    operation = Operation.SIGNED_OUT if reason == Session.Ended.SIGNED_OUT else Operation.SESSION_ENDED
    detail = {"person": user.email, "session": str(session_id), **({"reason": why} if why else {})}
    record(by=by, operation=operation, ip=ip, detail=detail)
    announce_end(user_id=user.pk)
    return True


def end_all(*, user: User, reason: Session.Ended, now: datetime, keep: UUID | None = None) -> int:
    """Ends every session of `user`, except the one with the id `keep`. How many there were."""
    living = Session.objects.filter(user=user, ended_at__isnull=True)
    if keep is not None:
        living = living.exclude(id=keep)
    announce_end(user_id=user.pk)
    return living.update(ended_at=now, ended_reason=reason)


@transaction.atomic
def end_others(*, user: User, keep: UUID, ip: str | None, now: datetime) -> int:
    """Ends every session of `user`, browsers and clients of the wire, but the one they ask from. How many were living."""
    count = active_of(user, now=now).exclude(id=keep).count()
    end_all(user=user, reason=Session.Ended.REVOKED, now=now, keep=keep)
    if count:
        record(
            by=user,
            operation=Operation.SESSION_ENDED,
            ip=ip,
            detail={"person": user.email, "sessions": count},
        )
    return count


def carry_on(*, session_id: UUID, user: User) -> None:
    """Lets one session of `user` outlive their new password. In the transaction that sets it, so nobody sees between."""
    row = Session.objects.filter(user=user, id=session_id, ended_at__isnull=True).first()
    if row is not None:
        store = SessionStore(row.session_key)
        held = CREDENTIAL if CREDENTIAL in store else HASH_KEY
        store[held] = user.get_session_auth_hash()
        store.save()


def force_logout(
    *,
    user: User,
    reason: str,
    now: datetime,
    by: User | None = None,
    ip: str | None = None,
    is_violation: bool = False,
    path: str = "",
    bucket_id: UUID | None = None,
    bucket_code: str = "",
) -> None:
    """Throws `user` out everywhere, for good: in a transaction of its own that no caller can roll back.

    After it returns no older session or token of theirs works on any process. `is_violation` says that they tried to
    leave their folder; more than three of those in an hour lock the account. Raises RuntimeError inside a transaction.
    """
    with transaction.atomic(durable=True):
        if not User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1):
            return
        ForceLogout.objects.create(user=user, reason=reason, is_violation=is_violation)
        living = Session.objects.filter(user=user, ended_at__isnull=True)
        living.update(ended_at=now, ended_reason=Session.Ended.FORCED_OUT)
        personal_tokens.end_all(user=user, reason=Session.Ended.FORCED_OUT, now=now)
        record(
            by=user if is_violation else by,
            operation=Operation.VIOLATION if is_violation else Operation.FORCED_OUT,
            outcome=Outcome.REFUSED if is_violation else Outcome.DONE,
            path=path,
            ip=ip,
            bucket_id=bucket_id,
            bucket_code=bucket_code,
            detail={"person": user.email, "reason": reason},
        )
        if is_violation:
            _lock_after_too_many(user, now=now)
        transaction.on_commit(partial(forced_out.send_robust, sender=User, user_id=user.pk))


def _lock_after_too_many(user: User, *, now: datetime) -> None:
    lately = ForceLogout.objects.filter(user=user, is_violation=True, at__gt=now - VIOLATION_WINDOW)
    if lately.count() <= VIOLATIONS_ALLOWED:
        return
    try:
        people.lock(user=user, now=now)
        people.note_change(user, "Locked", by=None)
        transaction.on_commit(partial(locked.send_robust, sender=User, user_id=user.pk))
    except Invalid:
        # The last administrator stays able to sign in, else nobody could undo anything.
        record(by=None, operation=Operation.FORCED_OUT, outcome=Outcome.FAILED, detail={"person": user.email})
