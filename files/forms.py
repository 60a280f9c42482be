"""What pages ask and post, shaped for the domain. The rules live there."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, QueryDict
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from buckets.access import reach_for
from buckets.paths import Malformed, Reach
from files.entries import Direction, Group, Order, Sort
from files.listing import PAGE_SIZE

MOST_ROWS = 1_000
VIEWS = ("list", "grid")


class PersonRequest(HttpRequest):
    """A request of somebody signed in: the middleware lets nobody else come to these doors."""

    user: User
    htmx: HtmxDetails


def reach_asked(request: PersonRequest, code: str) -> Reach:
    """Where this person may go in the bucket `code`. Raises NoSuchBucket.

    Noted on the request for what follows the view: a violation is recorded with its bucket, and the page's policy lets
    its storage in.
    """
    reach = reach_for(user=request.user, code=code)
    request.reach = reach  # type: ignore[attr-defined]
    return reach


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a folder asks for. `upto` is how many rows to show at once, for coming back to a place;
    `show` is the name of an entry near which the list is to begin, a folder's ends in a slash; `is_new` says that the folder
    need not be there yet."""

    order: Order
    group: Group | None
    after: str
    upto: int
    is_waiting: bool
    show: str
    is_new: bool

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """What `query` asks. What nobody knows counts as not asked: an old bookmark still opens its folder."""
        usual = Order()
        sort = query.get("sort", "")
        direction = query.get("dir", "")
        group = query.get("type", "")
        return cls(
            order=Order(
                sort=Sort(sort) if sort in set(Sort) else usual.sort,
                direction=Direction(direction) if direction in set(Direction) else usual.direction,
            ),
            group=Group(group) if group in Group.values else None,
            after=query.get("after", ""),
            upto=_whole_pages(query.get("upto", "")),
            is_waiting="waiting" in query,
            show=query.get("show", ""),
            is_new="new" in query,
        )


def _whole_pages(rows: str) -> int:
    """As many rows as fill the pages that `rows` begins, one page at least."""
    if not (rows.isdecimal() and rows.isascii() and len(rows) < 6):
        return PAGE_SIZE
    return min(max(1, -(-int(rows) // PAGE_SIZE)) * PAGE_SIZE, MOST_ROWS)


def chosen_paths(posted: QueryDict) -> list[str]:
    """The paths posted as `paths`, each once, in their order. Raises Malformed when there are none."""
    paths = list(dict.fromkeys(posted.getlist("paths")))
    if not paths:
        raise Malformed("paths", "Choose at least one file or folder.")
    return paths


class NewFolderForm(forms.Form):
    folder = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name",
        max_length=1024,
        error_messages={"required": "Give the folder a name."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
