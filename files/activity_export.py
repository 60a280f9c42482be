"""All of somebody's activity, filtered, as text: made a page at a time, however long it is."""

from collections.abc import Iterator

from accounts import exports, history
from accounts.history import Wanted
from accounts.models import User
from files.activity import Sight
from files.activity_rows import columns_of, lines_of

_AT_ONCE = 2_000


class NoLonger(Exception):
    """Whoever asked may not read on: their session ended, or they are not who they were. What was sent is not all."""


def chunks(sight: Sight, wanted: Wanted, kind: exports.Format) -> Iterator[str]:
    """The export's text in pieces of some thousand lines, newest entry first. What may be seen is asked anew for each:
    raises NoLonger when the person was signed out everywhere meanwhile."""
    yield exports.head_of(columns_of(sight), kind)
    after = None
    while entries := history.page(sight.parts, wanted, after=after, limit=_AT_ONCE):
        yield exports.lines_of(lines_of(sight, entries), kind)
        after = history.cursor_of(entries[-1])
        sight = _still(sight)


def _still(sight: Sight) -> Sight:
    before = sight.user
    same = User.objects.filter(pk=before.pk, epoch=before.epoch, is_active=True, is_admin=before.is_admin)
    user = same.filter(locked_at__isnull=True).first()
    if user is None:
        raise NoLonger
    return Sight.of(user)
