"""The pages of a person's buckets and folders."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from buckets.access import reaches_of
from buckets.models import Bucket
from buckets.paths import Reach
from buckets.s3.errors import S3Error, S3Unavailable
from files import activity, links, listing
from files.folder_page import Absence, FolderPage, folder_page, problem_of
from files.forms import VIEWS, Asked, NewFolderForm, PersonRequest, reach_asked
from files.hrefs import folder_href

STOP_POLLING = 286
VIEW_COOKIE = "view"


@dataclass(frozen=True, slots=True)
class Card:
    """A bucket as its card shows it."""

    title: str
    url: str
    description: str
    is_public: bool
    last_activity_at: datetime | None
    last_activity_by: str


@require_safe
@cache_control(private=True, no_store=True)
def home(request: PersonRequest) -> HttpResponse:
    """The buckets this person may reach."""
    reaches = reaches_of(user=request.user)
    context = {
        "cards": _cards(reaches, is_admin=request.user.is_admin),
        "administrators": _administrators(reaches),
    }
    return render(request, "files/buckets.html", context)


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request")
def folder(request: PersonRequest, code: str, path: str) -> HttpResponse:
    """A folder: the whole page, the folder alone for htmx, or only the rows behind a cursor."""
    asked = Asked.of(request.GET)
    reach = reach_asked(request, code)
    page, status = _page(reach, path, asked, is_admin=request.user.is_admin, now=timezone.now())
    if asked.is_waiting and request.htmx:
        return _told_whether_whole(page)
    further = bool(asked.after and request.htmx)
    template = "further" if further else "folder" if request.htmx else "browser"
    view = request.COOKIES.get(VIEW_COOKIE, "")
    context = {
        "page": page,
        "code": code,
        "may_delete": page.may_delete,
        "view": view if view in VIEWS else VIEWS[0],
        "settings_href": _settings_href(reach) if page.problem and request.user.is_admin else "",
        "new_folder_form": NewFolderForm(initial={"folder": path}),
    }
    return render(request, f"files/{template}.html", context, status=status)


def _page(reach: Reach, path: str, asked: Asked, *, is_admin: bool, now: datetime) -> tuple[FolderPage, int]:
    """The folder with the status to answer with: also when it is gone, not there yet, or can't be listed."""
    listed, problem, status, absence = None, None, 200, None
    after = asked.after or (_place(reach, path, asked, now=now) if asked.show else "")
    try:
        listed = _listed(reach, path, asked, after=after, now=now)
        problem = problem_of(listed.problem, is_admin=is_admin) if listed.problem else None
    except listing.FolderMissing as error:
        listed, absence = error.page, _absence(reach, path, asked, was_known=error.was_known)
        status = 200 if absence is Absence.NEW else 404
    except S3Error as error:
        problem = problem_of(error, is_admin=is_admin)
        status = 503 if isinstance(error, S3Unavailable) else 502
    page = folder_page(
        reach,
        path,
        listed,
        links=links.for_page(reach, listed.entries, now=now) if listed else {},
        order=asked.order,
        group=asked.group,
        problem=problem,
        absence=absence,
        led_to=asked.show,
        is_from_middle=bool(after),
    )
    return page, status


def _absence(reach: Reach, path: str, asked: Asked, *, was_known: bool) -> Absence:
    if was_known:
        return Absence.GONE
    # A root is there before its first file, and a folder that somebody is about to make.
    return Absence.NEW if not path or (asked.is_new and reach.rights.upload) else Absence.UNKNOWN


def _listed(reach: Reach, path: str, asked: Asked, *, after: str, now: datetime) -> listing.ListingPage:
    return listing.page(
        reach,
        path,
        sort=asked.order.sort,
        direction=asked.order.direction,
        group=asked.group,
        after=after,
        limit=asked.upto,
        now=now,
    )


def _place(reach: Reach, path: str, asked: Asked, *, now: datetime) -> str:
    """The cursor from which the entry is shown that somebody is led to."""
    return listing.place_of(
        reach,
        path,
        asked.show,
        sort=asked.order.sort,
        direction=asked.order.direction,
        group=asked.group,
        now=now,
    )


def _told_whether_whole(page: FolderPage) -> HttpResponse:
    """Nothing while the folder is still being listed; then the word that it changed, and to stop asking."""
    if page.listing is not None and not page.is_whole:
        return HttpResponse(status=204)
    changed = {"mb:folder-changed": {"code": page.code, "paths": [page.path]}}
    return HttpResponse(status=STOP_POLLING, headers={"HX-Trigger": json.dumps(changed)})


def _settings_href(reach: Reach) -> str:
    return reverse("admin:buckets_bucket_change", args=[reach.bucket_id])


def _cards(reaches: list[Reach], *, is_admin: bool) -> list[Card]:
    latest = activity.latest(reaches)
    described = dict(Bucket.objects.values_list("id", "description")) if is_admin else {}
    cards = []
    for reach in reaches:
        last = latest.get(reach.bucket_id)
        cards.append(
            Card(
                title=reach.bucket_title,
                url=folder_href(reach.bucket_code, ""),
                description=described.get(reach.bucket_id, ""),
                is_public=bool(reach.cdn_base),
                last_activity_at=last.at if last else None,
                last_activity_by=last.actor_name if last else "",
            )
        )
    return cards


def _administrators(reaches: list[Reach]) -> str:
    """Whom to ask for a bucket, for somebody who has none."""
    if reaches:
        return ""
    names = User.objects.filter(is_admin=True, is_active=True).values_list("name", flat=True)[:3]
    return " or ".join(names)
