"""The search page: a frame that the page's script fills, and by itself what is known already."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from buckets.access import reach_for, reaches_of
from buckets.paths import Reach
from search import forms
from search.forms import Sought, sought
from search.lines import page_item
from search.page import BucketLine, rows_of
from search.pictures import pictures as pictures_of
from search.stored_hits import Answer, first_hits, listed_at


class PersonRequest(HttpRequest):
    """A request of somebody signed in: the middleware lets nobody else come to these doors."""

    user: User
    reach: Reach


@require_safe
@cache_control(private=True, no_store=True)
def search(request: PersonRequest) -> HttpResponse:
    """The page. With `stored` it holds the first hits among what is known: for browsers without scripts."""
    reaches = reaches_of(user=request.user)
    asked = sought(request.GET, reaches, now=timezone.now())
    answers = _answers(asked, reaches) if "stored" in request.GET else None
    cookie = request.COOKIES.get(forms.VIEW_COOKIE, "")
    context = {
        "asked": asked,
        "buckets": _lines(reaches),
        "answers": answers,
        "rows": rows_of(answers, asked.query) if answers is not None and asked.query else [],
        "has_more": any(answer.has_more for answer in answers or ()),
        "view": asked.chosen["view"] or (cookie if cookie in forms.VIEWS else forms.VIEWS[0]),
        "types": forms.TYPES,
        "sizes": forms.SIZES,
        "ages": forms.AGES,
        "classes": forms.CLASSES,
        "sorts": forms.SORTS,
    }
    return render(request, "search/search.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def stored(request: PersonRequest) -> JsonResponse:
    """What is known, for the page's script when it can't open its socket: items as the socket sends them, by bucket."""
    reaches = reaches_of(user=request.user)
    asked = sought(request.GET, reaches, now=timezone.now())
    told = [
        {
            "bucket": str(answer.place.reach.bucket_id),
            "has_more": answer.has_more,
            "items": [page_item(hit, root=answer.place.reach.root) for hit in answer.hits],
        }
        for answer in _answers(asked, reaches)
    ]
    return JsonResponse({"answers": told, "problem": asked.problem})


@require_POST
def pictures(request: PersonRequest) -> JsonResponse:
    """URLs of pictures of the files `paths` in the bucket `code`, by path, for rows in sight."""
    reach = reach_for(user=request.user, code=request.POST.get("code", ""))
    request.reach = reach
    paths, small = request.POST.getlist("paths"), request.POST.getlist("small")
    return JsonResponse({"pictures": pictures_of(reach, paths, small=small, now=timezone.now())})


def _answers(asked: Sought, reaches: Sequence[Reach]) -> list[Answer]:
    if asked.query is None:
        return []
    return first_hits(asked.places(reaches), asked.query, filters=asked.filters)


def _lines(reaches: Sequence[Reach]) -> list[BucketLine]:
    ages = listed_at(reaches)
    return [
        BucketLine(
            id=str(reach.bucket_id),
            code=reach.bucket_code,
            title=reach.bucket_title,
            may_delete=reach.rights.delete,
            is_public=bool(reach.cdn_base),
            listed_at=ages.get(reach.bucket_id),
        )
        for reach in reaches
        if reach.rights.read
    ]
