"""Every function that takes a reach and a path, with how it is driven. A new one without a row fails the suite."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from accounts.models import User
from buckets.paths import Reach
from files import deletion, folders, links, listing, slices, uploads
from files.listing import EntryView, Kind
from files.uploads import Offered, OnConflict, Wanted
from search import pictures
from tests.boundaries.source import APPS, door_kind

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MARK = User(id=UUID(int=3), name="Mark", email="mark@example.com")
BY: dict[str, Any] = {"by": MARK, "ip": "198.51.100.7", "now": NOW}
BY_NAME: dict[str, Any] = {
    "sort": listing.Sort.NAME, "direction": listing.Direction.ASCENDING, "group": None, "now": NOW
}  # fmt: skip
Drive = Callable[[Reach, str], object]


def wanted(name: str, answer: OnConflict = OnConflict.OVERWRITE) -> Wanted:
    return Wanted("c", name, 1, "text/plain", answer)


def offered(reach: Reach, folder: str, name: str) -> Offered:
    return Offered(reach.folder(folder), name, 1, "text/plain")


def listed(path: str) -> EntryView:
    """An entry as a listing shows one, whatever its name."""
    return EntryView(
        kind=Kind.FILE, name=path.rpartition("/")[2], path=path, size=1, modified_at=NOW, etag="e",
        storage_class="STANDARD", group="other", has_thumbnail=True,
    )  # fmt: skip


DRIVEN: dict[str, tuple[Drive, ...]] = {
    "search.pictures.pictures": (
        lambda reach, path: pictures.pictures(reach, [path], small=[path], now=NOW),
    ),
    "buckets.paths.Reach.file": (lambda reach, path: reach.file(path),),
    "buckets.paths.Reach.folder": (lambda reach, path: reach.folder(path),),
    "buckets.paths.Reach.child": (lambda reach, path: reach.child(reach.folder(""), path),),
    "buckets.paths.Reach.subfolder": (lambda reach, path: reach.subfolder(reach.folder("a"), path),),
    "buckets.paths.Reach.own_key": (
        lambda reach, path: reach.own_key(path),
        lambda reach, path: reach.own_key(reach.root + path),
    ),
    "files.deletion.delete": (
        lambda reach, path: deletion.delete(reach, [path], **BY),
        lambda reach, _: deletion.delete(reach, ["a/"], **BY),
    ),
    "files.deletion.delete_file": (
        lambda reach, path: deletion.delete_file(reach, path, **BY),
        lambda reach, path: deletion.delete_file(reach, reach.root + path, **BY),
    ),
    "files.deletion.delete_files": (
        lambda reach, path: deletion.delete_files(reach, [reach.root + path, path], **BY),
        lambda reach, path: deletion.delete_files(reach, [reach.root + path], **BY),
    ),
    "files.deletion.plan": (lambda reach, path: deletion.plan(reach, [path], now=NOW),),
    "files.folders.new": (
        lambda reach, path: folders.new(reach, path, "new", now=NOW),
        lambda reach, path: folders.new(reach, "a", path, now=NOW),
    ),
    "files.links.copy": (lambda reach, path: links.copy(reach, [path], **BY),),
    "files.links.download": (lambda reach, path: links.download(reach, path, **BY),),
    "files.links.for_keys": (
        lambda reach, path: links.for_keys(reach, [path], now=NOW),
        lambda reach, path: links.for_keys(reach, [reach.root + path], now=NOW),
    ),
    "files.links.for_page": (
        lambda reach, _: links.for_page(reach, listing.page(reach, "", now=NOW).entries, now=NOW),
    ),
    "files.links.open_inline": (lambda reach, path: links.open_inline(reach, path, **BY),),
    "files.listing.crumbs": (listing.crumbs,),
    "files.listing.holds_folder": (listing.holds_folder,),
    "files.listing.neighbours": (lambda reach, path: listing.neighbours(reach, path, now=NOW),),
    "files.listing.place_of": (
        lambda reach, path: listing.place_of(reach, path, "x", **BY_NAME),
        lambda reach, path: listing.place_of(reach, "", path, **BY_NAME),
    ),
    "files.listing.page": (
        lambda reach, path: listing.page(reach, path, now=NOW),
        lambda reach, path: listing.page(reach, "", after=path, now=NOW),
    ),
    "files.listing.refresh": (lambda reach, path: listing.refresh(reach, path, now=NOW),),
    "files.slices.part": (lambda reach, path: slices.part(reach, path, now=NOW),),
    "files.slices.part_behind": (
        lambda reach, path: slices.part_behind(reach, path, cursor="", now=NOW),
        lambda reach, path: slices.part_behind(reach, "", cursor=path, now=NOW),
    ),
    "files.uploads.prepare": (
        lambda reach, path: uploads.prepare(reach, path, [wanted("new.txt")], **BY),
        lambda reach, path: uploads.prepare(reach, "", [wanted(path)], **BY),
        lambda reach, path: uploads.prepare(reach, "a/", [wanted(path, OnConflict.KEEP_BOTH)], **BY),
    ),
    "files.uploads.presign": (
        lambda reach, path: uploads.presign([(reach, offered(reach, path, "new.txt"))], **BY),
        lambda reach, path: uploads.presign([(reach, offered(reach, "", path))], **BY),
        lambda reach, path: uploads.presign(
            [(reach, offered(reach, "a/b", path)), (reach, offered(reach, "a", "x"))], **BY
        ),
    ),
}
"""By name: the ways to drive each. The store lists the path, so what a listing brings back is driven too."""

NO_PATH: dict[str, str] = {
    "buckets.paths.Reach.path_of": "leads from a key to a path, not the other way",
    "buckets.tokens.rows": "takes the titles of reaches alone",
    "buckets.violations.throw_out": "is told the path that was refused already, for the audit log",
    "files.activity.below": "asks the database by the root alone",
    "files.activity.latest": "takes reaches alone",
    "files.entries.as_seen": "shows a row of a folder that is a FolderKey already",
    "files.folder_page.folder_page": "draws what listing.page found",
    "files.known.archived_among": "takes keys, which only a Reach makes",
    "files.known.missing_among": "takes keys, which only a Reach makes",
    "files.links.new_links": "takes a Key, which only a Reach makes",
    "files.refusals.need": "asks for a right",
    "files.remembering.remembered": "takes a FolderKey, which only a Reach makes",
    "files.relisting.look": "takes a FolderKey, which only a Reach makes",
    "files.relisting.look_through": "takes a FolderKey, which only a Reach makes",
    "files.settling.cancel": "takes ids of uploads; their keys come from Reach.own_key",
    "files.settling.settle_arrived": "takes a FolderKey, which only a Reach makes",
    "files.settling.confirm_keys": "takes keys, which only a Reach makes",
    "search.index.find": "takes a FolderKey, which only a Reach makes",
    "search.known.freshness": "takes the key of a folder that `top_of` told, and asks the database alone",
    "search.known.is_everything_known": "takes a FolderKey, which only a Reach makes",
    "search.known.known": "takes a FolderKey, which only a Reach makes",
    "search.known.listed_at": "takes a reach alone",
    "search.known.top_of": "takes a FolderKey, which only a Reach makes",
    "search.stored_hits.listed_at": "takes reaches alone",
    "files.settling.confirm": "takes ids of uploads; their keys come from Reach.own_key",
}
"""Functions that take a reach and no path of a person's, and why that is so."""


def takers() -> set[str]:
    """Every public function of the domain that takes a reach, and every method by which a reach takes a text."""
    found = {
        f"{module.__name__}.{name}" for module in _domain() for name, _ in _functions_with_a_reach(module)
    }
    methods = inspect.getmembers(Reach, inspect.isfunction)
    found |= {
        f"buckets.paths.Reach.{name}"
        for name, method in methods
        if not name.startswith("_") and _takes_text(method)
    }
    return found


def _domain() -> Iterator[Any]:
    """The apps' modules that are no doors themselves; the S3 room takes keys, which another test holds it to."""
    for app in APPS:
        try:
            package = import_module(app)
        except ModuleNotFoundError:
            continue
        for info in pkgutil.walk_packages(package.__path__, f"{app}."):
            if door_kind(info.name) is None and not info.name.startswith(("buckets.s3", f"{app}.migrations")):
                yield import_module(info.name)


def _functions_with_a_reach(module: Any) -> Iterator[tuple[str, Any]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("_") or function.__module__ != module.__name__:
            continue
        if any("Reach" in str(one.annotation) for one in inspect.signature(function).parameters.values()):
            yield name, function


def _takes_text(method: Any) -> bool:
    return any(
        "str" in str(one.annotation) for one in list(inspect.signature(method).parameters.values())[1:]
    )
