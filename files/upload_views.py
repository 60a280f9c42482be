"""The doors of the upload tray: metadata comes in, fragments go out, and no file ever passes through here."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from files import uploads
from files.forms import PersonRequest, reach_asked
from files.upload_forms import sent_uploads, upload_ids, wanted_files
from mediabridge.wire.client_ip import client_ip


def prepare(request: PersonRequest, code: str) -> HttpResponse:
    """Signatures for a batch, or the question what to do with names that are taken."""
    reach = reach_asked(request, code)
    prepared = uploads.prepare(
        reach,
        request.POST.get("folder", ""),
        wanted_files(request.POST),
        by=request.user,
        ip=client_ip(request),
        now=timezone.now(),
    )
    shown = {"prepared": prepared, "may_overwrite": reach.rights.overwrite}
    return render(request, "files/tray_answer.html", shown)


def confirm(request: PersonRequest, code: str) -> HttpResponse:
    """Whether S3 has what the page sent there."""
    reach = reach_asked(request, code)
    sent = sent_uploads(request.POST)
    confirmed = uploads.confirm(
        reach,
        list(sent),
        etags={id_: etag for id_, etag in sent.items() if etag},
        by=request.user,
        ip=client_ip(request),
        now=timezone.now(),
    )
    return render(request, "files/tray_confirmed.html", {"confirmed": confirmed})


def cancel(request: PersonRequest, code: str) -> HttpResponse:
    """Gives up uploads that were signed."""
    uploads.cancel(reach_asked(request, code), upload_ids(request.POST), by=request.user, now=timezone.now())
    return HttpResponse()
