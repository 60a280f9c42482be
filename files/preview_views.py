"""The page of a file: its preview, alone for htmx or before its folder for everybody who follows a link."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from buckets.paths import Malformed, OutOfBounds, Reach
from buckets.s3.errors import ObjectMissing
from files import links, listing
from files.entries import EntryView
from files.folder_page import order_query, storage_label
from files.forms import Asked, NewFolderForm, PersonRequest, reach_asked
from files.hrefs import file_href, folder_href, parent_of
from files.links import PageLink
from files.previews import TABLE_ROWS, TEXT_BYTES, Kind, Preview, preview_of, type_label, types_label

LARGEST_PRELOADED = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A file beside the one shown. `preload` is its image's URL where it is small enough to be fetched ahead."""

    name: str
    href: str
    preload: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as the templates show it. `link` is None when nothing of it can be loaded (archived).

    `type_label` names its type, `types_label` all files of that type in a sentence; `storage` is its storage class.
    """

    entry: EntryView
    preview: Preview
    link: PageLink | None
    type_label: str
    types_label: str
    storage: str
    previous: Neighbour | None
    next: Neighbour | None
    position: int | None
    count: int | None


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request")
def preview(request: PersonRequest, code: str, path: str) -> HttpResponse:
    """One file. When it is gone its folder is still there to go back to; a folder's address without its slash leads there."""
    reach, asked = reach_asked(request, code), Asked.of(request.GET)
    try:
        shown = _shown(reach, path, asked, now=timezone.now())
    except (Malformed, OutOfBounds):
        # Nothing of such a name can exist here, and a link must not throw anybody out.
        raise Http404 from None
    except ObjectMissing:
        if not request.htmx and listing.holds_folder(reach, path):
            return HttpResponseRedirect(folder_href(code, path, **_query(asked)))
        shown = None
    context: dict[str, object] = {
        "code": code,
        "path": path,
        "name": path.rpartition("/")[2],
        "folder": _folder(reach, path, asked),
        "shown": shown,
        "text_bytes": TEXT_BYTES,
        "table_rows": TABLE_ROWS,
        "may_delete": reach.rights.delete,
        "is_public": bool(reach.cdn_base),
    }
    if not request.htmx:
        context["new_folder_form"] = NewFolderForm(initial={"folder": parent_of(path)})
    template = "files/preview.html" if request.htmx else "files/preview_page.html"
    return render(request, template, context, status=200 if shown else 404)


def _shown(reach: Reach, path: str, asked: Asked, *, now: datetime) -> Shown:
    found = listing.neighbours(
        reach, path, sort=asked.order.sort, direction=asked.order.direction, group=asked.group, now=now
    )
    beside = [*found.before[:1], *found.after[:1]]
    page_links = links.for_page(reach, [found.entry, *beside], now=now)
    previous = next(iter(found.before), None)
    following = next(iter(found.after), None)
    return Shown(
        entry=found.entry,
        preview=preview_of(found.entry),
        link=page_links.get(found.entry.path),
        type_label=type_label(found.entry.name),
        types_label=types_label(found.entry.name),
        storage=storage_label(found.entry.storage_class) or "Standard",
        previous=_neighbour(reach, previous, page_links, asked) if previous else None,
        next=_neighbour(reach, following, page_links, asked) if following else None,
        position=found.position,
        count=found.count,
    )


def _neighbour(reach: Reach, entry: EntryView, page_links: dict[str, PageLink], asked: Asked) -> Neighbour:
    link = page_links.get(entry.path)
    is_image = preview_of(entry).kind is Kind.IMAGE and (entry.size or 0) <= LARGEST_PRELOADED
    query = urlencode(_query(asked))
    href = file_href(reach.bucket_code, entry.path) + (f"?{query}" if query else "")
    return Neighbour(entry.name, href, link.inline if link and is_image else "")


def _folder(reach: Reach, path: str, asked: Asked) -> dict[str, object]:
    """The folder behind, which the page fetches by itself."""
    folder = parent_of(path)
    return {
        "path": folder,
        "title": " / ".join(crumb.name for crumb in listing.crumbs(reach, folder)),
        "href": folder_href(reach.bucket_code, folder),
        "address": folder_href(reach.bucket_code, folder, **_query(asked)),
        "may_upload": reach.rights.upload,
        "may_overwrite": reach.rights.overwrite,
        "may_delete": reach.rights.delete,
        "size_limit": reach.size_limit,
    }


def _query(asked: Asked) -> dict[str, str]:
    return {**order_query(asked.order), **({"type": str(asked.group)} if asked.group else {})}
