"""The page that tells what happened, and its exports."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts import exports, history
from accounts.audit import Operation, record
from buckets.paths import Malformed
from files import activity_export
from files.activity import Sight, people_lately
from files.activity_forms import ActivityForm, AskedActivity, told_by
from files.activity_rows import ActivityRow, rows_of, said_of_operation
from files.forms import PersonRequest
from mediabridge.wire.client_ip import client_ip
from mediabridge.wire.throttles import TooFast, seconds_to_wait

PAGE_SIZE = 50
EXPORT_RATE = "10/m"


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A page of rows. `more_href` is empty on the last; `address` is the page's own with its filters."""

    rows: list[ActivityRow]
    more_href: str
    address: str
    query: str
    is_filtered: bool


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request")
def activity_page(request: PersonRequest) -> HttpResponse:
    """What happened: the whole page, its part that filters change, or only the rows behind a cursor."""
    sight = Sight.of(request.user)
    form = ActivityForm(request.GET, sight=sight)
    page = _page(sight, AskedActivity.of(form, request.GET)) if form.is_valid() else None
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    further = is_part and "after" in request.GET
    template = "activity_further" if further else "activity_part" if is_part else "activity"
    context = {"page": page, "form": form, **({} if further else _choices(sight, form))}
    answer = render(request, f"files/{template}.html", context, status=200 if page else 400)
    if is_part and not further:
        answer["HX-Push-Url"] = _address(told_by(request.GET))
    return answer


@require_POST
def export_activity(request: PersonRequest) -> StreamingHttpResponse:
    """All rows of the filters in the address, as CSV or JSON lines, streamed a page at a time. Audited."""
    wait = seconds_to_wait(request, group="activity-export", rate=EXPORT_RATE)
    if wait:
        raise TooFast(wait)
    sight = Sight.of(request.user)
    form = ActivityForm(request.GET, sight=sight)
    kind = exports.format_named(request.POST.get("format", ""))
    if kind is None:
        raise Malformed("format", "Choose CSV or JSON lines.")
    if not form.is_valid():
        field, problems = next(iter(form.errors.items()))
        raise Malformed(field, str(problems[0]))
    asked = AskedActivity.of(form, request.GET)
    detail = {"format": kind, "filter": asked.query}
    record(by=request.user, operation=Operation.AUDIT_EXPORTED, ip=client_ip(request), detail=detail)
    chunks = activity_export.chunks(sight, asked.wanted, kind)
    name = f"activity-{timezone.now():%Y-%m-%d}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        # Django packs each chunk of a stream by itself, and browsers unpack only the first.
        "Content-Encoding": "identity",
    }
    return StreamingHttpResponse(_streamed(chunks), content_type=exports.MEDIA_TYPES[kind], headers=headers)


async def _streamed(chunks: Iterator[str]) -> AsyncIterator[str]:
    """`chunks`, each made in a thread when the last has been sent, so that no more than one is held."""
    while (chunk := await sync_to_async(_next)(chunks)) is not None:
        yield chunk


def _next(chunks: Iterator[str]) -> str | None:
    """The next chunk. Between two a slow reader holds no connection to the database."""
    try:
        return next(chunks, None)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _page(sight: Sight, asked: AskedActivity) -> ActivityPage:
    entries = history.page(sight.parts, asked.wanted, after=asked.after, limit=PAGE_SIZE + 1)
    shown = entries[:PAGE_SIZE]
    address = _address(asked.query)
    more = f"{address}{'&' if asked.query else '?'}after={history.cursor_of(shown[-1])}" if shown else ""
    return ActivityPage(
        rows=rows_of(sight, shown),
        more_href=more if len(entries) > PAGE_SIZE else "",
        address=address,
        query=asked.query,
        is_filtered=not asked.wanted.is_all,
    )


def _address(query: str) -> str:
    return reverse("activity") + (f"?{query}" if query else "")


def _choices(sight: Sight, form: ActivityForm) -> dict[str, object]:
    """What can be chosen from: of people those seen lately, and whoever is asked for."""
    chosen = getattr(form, "cleaned_data", {}).get("person")
    people = [(id_, name) for id_, name in people_lately(sight, chosen) if id_ != sight.user.pk]
    return {
        "people": people,
        "operations": [(its.value, said_of_operation(its)) for its in sight.operations],
        "buckets": [(reach.bucket_code, reach.bucket_title) for reach in sight.reaches],
        "outcomes": form.fields["outcome"].choices[1:],  # type: ignore[attr-defined]
    }
