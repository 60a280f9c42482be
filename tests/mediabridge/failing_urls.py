"""The product's pages, and some views that fail in every way a door can."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from accounts.rules import Invalid
from buckets.access import NoSuchBucket, reach_for
from buckets.paths import Malformed
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from mediabridge.urls import handler400, handler403, handler404, handler500
from mediabridge.urls import urlpatterns as pages

SECRET = "AKIA-and-the-secret-behind-it"

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def leave(request, code):
    """What every door does: a reach, then a path of the person's."""
    request.reach = reach_for(user=request.user, code=code)
    request.reach.file(request.POST.get("path") or request.GET.get("path", ""))
    return HttpResponse("inside")


def ask_by_key(request, code):
    """What doors do that take full keys."""
    request.reach = reach_for(user=request.user, code=code)
    request.reach.own_key(request.POST.get("key", ""))
    return HttpResponse("inside")


def leave_in_a_transaction(request, code):
    with transaction.atomic():
        User.objects.filter(pk=request.user.pk).update(name="Changed before the violation")
        return leave(request, code)


def _raiser(problem):
    def view(request):
        raise problem

    return view


FAILURES = {
    "missing": Http404(SECRET),
    "denied": PermissionDenied(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "bucket": NoSuchBucket(),
    "malformed": Malformed("name", "A name can't contain a slash."),
    "invalid": Invalid("email", "This is not an e-mail address."),
    "s3-denied": S3AccessDenied(action="s3:ListBucket"),
    "s3-away": S3Unavailable(retry_after=7),
    "bug": ZeroDivisionError(SECRET),
}

urlpatterns = [
    path("leave/<slug:code>", leave),
    path("ask-by-key/<slug:code>", ask_by_key),
    path("leave-in-a-transaction/<slug:code>", leave_in_a_transaction),
    path("leave-without-csrf/<slug:code>", csrf_exempt(leave)),
    *[path(f"fail/{name}", _raiser(problem)) for name, problem in FAILURES.items()],
    *pages,
]
