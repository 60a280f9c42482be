"""Who holds a session, asked of PostgreSQL from an event loop."""

import asyncio

from channels.db import database_sync_to_async

from accounts import sessions
from accounts.models import User

Holder = tuple[User | None, str]

# In threads of the loop's own: one slow answer of the database must not hold every other socket up.
_who_holds = database_sync_to_async(sessions.who_holds, thread_sensitive=False)
_running: dict[str, "asyncio.Task[Holder]"] = {}
_waiting: dict[str, "asyncio.Task[Holder]"] = {}


async def holder_of(session_key: str) -> Holder:
    """Who holds this session now. The sockets of one browser share the question: all are told in the same moment.

    Nobody shares one that was begun before they asked, since its answer may be older than what they were told.
    """
    if session_key not in _waiting:
        _waiting[session_key] = asyncio.create_task(_ask(session_key, after=_running.get(session_key)))
    return await asyncio.shield(_waiting[session_key])


async def _ask(session_key: str, *, after: "asyncio.Task[Holder] | None") -> Holder:
    if after is not None:
        await asyncio.wait([after])
    mine = _running[session_key] = _waiting.pop(session_key)
    try:
        holder: Holder = await _who_holds(session_key)
        return holder
    finally:
        if _running.get(session_key) is mine:
            del _running[session_key]
