"""What the page of a folder shows: rows with their addresses, columns and their orders, and the states it can be in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from buckets.paths import Reach
from buckets.s3.errors import S3AccessDenied, S3Error, S3Unavailable
from files.entries import Direction, EntryView, Group, Order, Sort
from files.hrefs import file_href, folder_href, new_folder_href, parent_of
from files.links import PageLink
from files.listing import ListingPage, State
from files.listing import crumbs as way_to
from files.phrases import name_of, shown_name

SMALL_IMAGE = 256 * 1024
"""Up to this many bytes an image without a thumbnail is shown by itself."""

_STORAGE = {
    "STANDARD": "",
    "STANDARD_IA": "Standard-IA",
    "ONEZONE_IA": "One Zone-IA",
    "INTELLIGENT_TIERING": "Intelligent-Tiering",
    "GLACIER_IR": "Glacier Instant Retrieval",
    "GLACIER": "Glacier",
    "DEEP_ARCHIVE": "Deep Archive",
    "REDUCED_REDUNDANCY": "Reduced Redundancy",
    "EXPRESS_ONEZONE": "Express One Zone",
}

# The direction that people mean first: names from A, the newest and the largest on top.
_COLUMNS = (
    (Sort.NAME, "Name", Direction.ASCENDING, "is-name"),
    (Sort.SIZE, "Size", Direction.DESCENDING, "is-size"),
    (Sort.MODIFIED, "Modified", Direction.DESCENDING, "is-date"),
)
_ORDERS = (
    (Order(Sort.MODIFIED, Direction.DESCENDING), "Newest first"),
    (Order(Sort.MODIFIED, Direction.ASCENDING), "Oldest first"),
    (Order(Sort.NAME, Direction.ASCENDING), "Name, A to Z"),
    (Order(Sort.NAME, Direction.DESCENDING), "Name, Z to A"),
    (Order(Sort.SIZE, Direction.DESCENDING), "Largest first"),
    (Order(Sort.SIZE, Direction.ASCENDING), "Smallest first"),
)


def storage_label(storage_class: str) -> str:
    """A storage class as AWS spells it for people; empty for the usual one."""
    return _STORAGE.get(storage_class, storage_class)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and where it leads. `id` is the row's own in the page and stays the same when it is shown again."""

    entry: EntryView
    id: str
    href: str
    thumbnail: str

    @property
    def storage(self) -> str:
        """The storage class as AWS spells it for people; empty for the usual one."""
        return storage_label(self.entry.storage_class)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several orders, columns or types: where it leads, and whether it is the present one."""

    label: str
    href: str
    value: str
    chosen: bool
    css: str = ""
    aria_sort: str = "none"


@dataclass(frozen=True, slots=True)
class CrumbLink:
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a folder can't be shown, or not as it is now, for the person: what happened, and what they can do."""

    title: str
    advice: str
    picture: str
    action: str
    can_retry: bool


class Absence(StrEnum):
    """What a folder is that S3 knows nothing of: it once held something; it exists in the page alone until a first file lands;
    or nothing is known to have ever been there."""

    GONE = "gone"
    NEW = "new"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FolderPage:
    """All that the templates of a folder need. `listing` is None when nothing is known and `problem` says why.

    `address` is the folder's with order and filter. `shown_path` is the entry somebody was led to; `is_from_middle` says
    that the list begins near it.
    """

    code: str
    path: str
    title: str
    name: str
    href: str
    address: str
    parent_href: str
    crumbs: list[CrumbLink]
    may_upload: bool
    may_overwrite: bool
    may_delete: bool
    size_limit: int
    is_public: bool
    listing: ListingPage | None
    rows: list[Row]
    columns: list[Choice]
    orders: list[Choice]
    order: Order
    group: Group | None
    groups: list[tuple[str, str]]
    more_href: str
    problem: Problem | None
    absence: Absence | None = None
    shown_path: str = ""
    is_from_middle: bool = False

    @property
    def new_href(self) -> str:
        """Where this folder is shown as one to put a first file into."""
        return new_folder_href(self.code, self.path)

    @property
    def order_query(self) -> dict[str, str]:
        """What an address must ask for to keep the order."""
        return order_query(self.order)

    @property
    def shown_label(self) -> str:
        """The name of the entry somebody was led to."""
        return shown_name(name_of(self.shown_path))

    @property
    def is_whole(self) -> bool:
        return self.listing is not None and self.listing.state is not State.STILL_LISTING

    @property
    def is_last_known(self) -> bool:
        return self.listing is not None and self.listing.state is State.LAST_KNOWN

    @property
    def order_label(self) -> str:
        return next(choice.label for choice in self.orders if choice.chosen)


def folder_page(
    reach: Reach,
    path: str,
    listing: ListingPage | None,
    *,
    links: Mapping[str, PageLink],
    order: Order,
    group: Group | None,
    problem: Problem | None,
    absence: Absence | None = None,
    led_to: str = "",
    is_from_middle: bool = False,
) -> FolderPage:
    """The page of the folder at `path`, which is listed as `listing` or not at all because of `problem`.

    `order` and `group` are those asked for. They stay in the addresses also while the folder can't be shown so.
    """
    code = reach.bucket_code
    shown_order, shown_group = (listing.order, listing.group) if listing else (order, group)
    kept = order_query(order)
    filtered = {**kept, "type": group or "", "new": "1" if path and absence is Absence.NEW else ""}
    crumbs = [CrumbLink(crumb.name, folder_href(code, crumb.path, **kept)) for crumb in way_to(reach, path)]
    return FolderPage(
        code=code,
        path=path,
        title=" / ".join(crumb.name for crumb in crumbs),
        name=crumbs[-1].name,
        href=folder_href(code, path),
        address=folder_href(code, path, **filtered),
        parent_href=folder_href(code, parent_of(path), **kept) if path else "/",
        crumbs=crumbs,
        may_upload=reach.rights.upload,
        may_overwrite=reach.rights.overwrite,
        may_delete=reach.rights.delete,
        size_limit=reach.size_limit,
        is_public=bool(reach.cdn_base),
        listing=listing,
        rows=[row(code, entry, links, order=order, group=group) for entry in listing.entries]
        if listing
        else [],
        columns=_columns(code, path, shown_order, shown_group),
        orders=_orders(code, path, shown_order, shown_group),
        order=shown_order,
        group=shown_group,
        groups=[(str(group.value), str(group.label)) for group in Group],
        more_href=_more_href(code, path, listing, filtered),
        problem=problem,
        absence=absence,
        shown_path=f"{path}{led_to}" if led_to else "",
        is_from_middle=is_from_middle and bool(led_to),
    )


def row(
    code: str, entry: EntryView, links: Mapping[str, PageLink], *, order: Order, group: Group | None
) -> Row:
    """`entry` as a row; an unreachable one leads nowhere. A file's preview goes on in this order, with this filter."""
    mark = blake2b(f"{entry.kind}/{entry.name}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    kept = order_query(order)
    if entry.unreachable:
        return Row(entry, mark, "", "")
    if entry.is_folder:
        return Row(entry, mark, folder_href(code, entry.path, **kept), "")
    href = file_href(code, entry.path, **kept, type=group or "")
    return Row(entry, mark, href, picture_of(entry, links.get(entry.path)))


def order_query(order: Order) -> dict[str, str]:
    """What an address must ask for to get `order`; nothing for the usual one."""
    return {} if order == Order() else {"sort": order.sort.value, "dir": order.direction.value}


def problem_of(error: Exception, *, is_admin: bool) -> Problem:
    """What to tell a person about `error`. Administrators read what is missing, others whom to ask."""
    says = str(error)
    if isinstance(error, S3Unavailable):
        return Problem(
            says, "Nothing is lost. Try again in a moment.", "unreachable", error.action, can_retry=True
        )
    action = error.action if isinstance(error, S3Error) else ""
    advice = (
        "Ask an administrator to test this bucket's connection: it tells them what to mend."
        if not is_admin
        else f"Allow {action} in the IAM policy of the bucket's key, then test the connection."
        if isinstance(error, S3AccessDenied) and action
        else "Check the bucket's settings, then test the connection."
    )
    title = says if is_admin else "The storage refuses to show this folder."
    return Problem(title, advice, "denied", action if is_admin else "", can_retry=True)


def picture_of(entry: EntryView, link: PageLink | None) -> str:
    """The URL of what shows `entry` in a list: its thumbnail, or a small image itself; empty for a mere tile."""
    if link is None:
        return ""
    is_small = entry.group == Group.IMAGE and (entry.size or 0) <= SMALL_IMAGE and not link.is_active
    return link.thumbnail or (link.inline if is_small else "")


def _columns(code: str, path: str, order: Order, group: Group | None) -> list[Choice]:
    choices = []
    for sort, label, first, css in _COLUMNS:
        chosen = order.sort is sort
        turned = Direction.ASCENDING if order.direction is Direction.DESCENDING else Direction.DESCENDING
        target = Order(sort, turned if chosen else first)
        aria = "none" if not chosen else f"{order.direction.name.lower()}"
        choices.append(Choice(label, _order_href(code, path, target, group), sort.value, chosen, css, aria))
    return choices


def _orders(code: str, path: str, order: Order, group: Group | None) -> list[Choice]:
    return [
        Choice(label, _order_href(code, path, target, group), target.sort.value, chosen=target == order)
        for target, label in _ORDERS
    ]


def _order_href(code: str, path: str, order: Order, group: Group | None) -> str:
    return folder_href(code, path, **order_query(order), type=group or "")


def _more_href(code: str, path: str, listing: ListingPage | None, asked: Mapping[str, str]) -> str:
    if listing is None or not listing.next_cursor:
        return ""
    return folder_href(code, path, **asked, after=listing.next_cursor)
