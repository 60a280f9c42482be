"""What people do with files and folders on the page: copy links, download, open, delete, make a folder, ask S3 again."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format

from buckets.paths import Malformed
from files import deletion, folders, links, listing
from files.forms import NewFolderForm, PersonRequest, chosen_paths, reach_asked
from files.hrefs import folder_href, new_folder_href, parent_of
from files.phrases import counted, name_of, said_of, shown_name
from mediabridge.wire.client_ip import client_ip

NAMED = 5


def copy_links(request: PersonRequest, code: str) -> HttpResponse:
    """A dialog with the links to hand on; the page's script copies them and opens it only if it can't."""
    reach, paths = reach_asked(request, code), chosen_paths(request.POST)
    copied = links.copy(reach, paths, by=request.user, ip=client_ip(request), now=timezone.now())
    what = said_of(paths)
    context = {
        "links": copied,
        "text": "\n".join(link.url for link in copied),
        "what": what,
        "said": f"Copied the URL of {what}." if len(copied) == 1 else f"Copied {len(copied):,} URLs.",
        "expiry": _expiry(copied, now=timezone.now()),
    }
    return render(request, "files/links_dialog.html", context)


def download(request: PersonRequest, code: str) -> HttpResponse:
    """The link under which the browser saves one file: an event for htmx, a redirect otherwise."""
    reach, path = reach_asked(request, code), request.POST.get("path", "")
    url = links.download(reach, path, by=request.user, ip=client_ip(request), now=timezone.now())
    if not request.htmx:
        return HttpResponseRedirect(url)
    return _told(**{"mb:download": {"url": url, "name": name_of(path)}})


def open_in_tab(request: PersonRequest, code: str) -> HttpResponse:
    """The link under which a tab of its own shows one file: an event for htmx, a redirect otherwise."""
    reach, path = reach_asked(request, code), request.POST.get("path", "")
    url = links.open_inline(reach, path, by=request.user, ip=client_ip(request), now=timezone.now())
    return _told(**{"mb:open": {"url": url}}) if request.htmx else HttpResponseRedirect(url)


def delete_plan(request: PersonRequest, code: str) -> HttpResponse:
    """The question before a deletion: what it would remove, from where."""
    reach, paths = reach_asked(request, code), chosen_paths(request.POST)
    plan = deletion.plan(reach, paths, now=timezone.now())
    context = {
        "code": code,
        "paths": paths,
        "folder": request.POST.get("folder", ""),
        "plan": plan,
        "limit": deletion.OBJECT_LIMIT,
        "what": _what_goes(plan, paths),
        "title": listing.crumbs(reach, parent_of(paths[0]))[-1].name,
        "names": [shown_name(name_of(path)) for path in paths[:NAMED]] if len(paths) > 1 else [],
        "unnamed": max(0, len(paths) - NAMED),
    }
    return render(request, "files/delete_dialog.html", context)


def delete(request: PersonRequest, code: str) -> HttpResponse:
    """Deletes what was chosen and says what became of it: a toast when all went well, file by file when not."""
    reach, paths = reach_asked(request, code), chosen_paths(request.POST)
    outcomes = deletion.delete(reach, paths, by=request.user, ip=client_ip(request), now=timezone.now())
    failed = [outcome for outcome in outcomes if not (outcome.deleted or outcome.was_gone)]
    deleted = sum(outcome.deleted for outcome in outcomes)
    gone = sum(outcome.was_gone for outcome in outcomes)
    said = _what_went(paths, deleted=deleted, gone=gone)
    context = {"failed": failed, "deleted": deleted, "total": len(outcomes)}
    if not request.htmx:
        messages.success(request, said) if not failed else messages.error(
            request, "Not all could be deleted."
        )
        return HttpResponseRedirect(folder_href(code, parent_of(paths[0])))
    response = render(request, "files/delete_outcome.html", context) if failed else HttpResponse()
    events: dict[str, object] = {
        "mb:folder-changed": {"code": code, "paths": sorted({parent_of(path) for path in paths})}
    }
    if deleted or not failed:
        events["toast"] = {"text": said, "kind": "success" if not failed else "warning"}
    response["HX-Trigger"] = json.dumps(events)
    return response


def _what_went(paths: Sequence[str], *, deleted: int, gone: int) -> str:
    """What was deleted, and what was gone before."""
    if gone == len(paths):
        return f"{said_of(paths)} {'was' if gone == 1 else 'were'} gone already."
    what = f"Deleted {said_of(paths) if len(paths) == 1 else counted(deleted, 'file')}."
    return f"{what} {gone:,} {'was' if gone == 1 else 'were'} gone already." if gone else what


def new_folder(request: PersonRequest, code: str) -> HttpResponse:
    """Leads into a new folder, which lives in the page until a first file lands there; or says why its name won't do."""
    reach, form = reach_asked(request, code), NewFolderForm(request.POST)
    if form.is_valid():
        try:
            made = folders.new(
                reach, form.cleaned_data["folder"], form.cleaned_data["name"], now=timezone.now()
            )
        except Malformed as problem:
            form.add_error("name", problem.reason)
        else:
            return _led_to(request, code, made)
    return render(request, "files/new_folder_form.html", {"form": form, "code": code}, status=422)


def revalidate(request: PersonRequest, code: str) -> HttpResponse:
    """Asks S3 again what a folder holds."""
    reach, path = reach_asked(request, code), request.POST.get("folder", "")
    listing.refresh(reach, path, now=timezone.now())
    if not request.htmx:
        return HttpResponseRedirect(folder_href(code, path))
    return _told(**{"mb:folder-changed": {"code": code, "paths": [path]}})


def _led_to(request: PersonRequest, code: str, made: folders.NewFolder) -> HttpResponse:
    href = folder_href(code, made.path) if made.exists else new_folder_href(code, made.path)
    if not request.htmx:
        return HttpResponseRedirect(href)
    said = (
        f"“{made.name}” is there already: here it is."
        if made.exists
        else f"“{made.name}” is ready for its first file."
    )
    toast = {"text": said, "kind": "info" if made.exists else "success"}
    return _told(**{"mb:go": {"href": href}, "toast": toast})


def _told(**events: object) -> HttpResponse:
    """An answer without content: the page's script acts on `events`, by name."""
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events), "Cache-Control": "no-store"})


def _what_goes(plan: deletion.Plan, paths: Sequence[str]) -> str:
    if len(paths) == 1 and not plan.folders:
        return said_of(paths)
    files = counted(plan.files, "file")
    if not plan.folders:
        return files
    chosen = said_of(paths) if len(paths) == 1 else counted(plan.folders, "folder")
    return f"{chosen} and the {files} in it" if len(paths) == 1 else f"{files}, {chosen} with all they hold"


def _expiry(copied: Sequence[links.CopiedLink], *, now: datetime) -> str:
    """How long the links work, in one sentence."""
    ends = [link.expires_at for link in copied if link.expires_at]
    it, works = ("It", "works") if len(copied) == 1 else ("They", "work")
    rest = _what_must_wait(copied)
    if not ends:
        return f"{it} {works} for everybody and without an end{rest}."
    left = min(ends) - now
    days = max(1, round(left.total_seconds() / 86_400))
    return f"{it} {works} for {counted(days, 'day')}, until {date_format(min(ends), 'j F, H:i')} UTC{rest}."


def _what_must_wait(copied: Sequence[links.CopiedLink]) -> str:
    """What of an archived file's link is to be said besides; nothing where all files open at once."""
    archived = sum(link.is_archived for link in copied)
    if not archived:
        return ""
    if len(copied) == 1:
        return ", but only once the file, which is archived, was restored"
    if archived == len(copied):
        return ", but only once the files, which are archived, were restored"
    return ", but the archived ones among them only once they were restored"
