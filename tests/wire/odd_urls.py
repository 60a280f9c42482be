"""The product, and doors below /api that do what doors of files do: take a reach, then a path; or fail."""

from django.db import transaction
from django.urls import path
from rest_framework.response import Response

from accounts.models import User
from buckets.access import reach_for
from mediabridge.urls import handler400, handler403, handler404, handler500
from mediabridge.urls import urlpatterns as product
from mediabridge.wire.doors import door
from tests.mediabridge.failing_urls import FAILURES

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def _path_asked(request):
    return request.GET.get("path", "") if request.method == "GET" else request.data["path"]


@door("GET", "POST", "DELETE")
def leave(request, code):
    request.reach = reach_for(user=request.user, code=code)
    request.reach.file(_path_asked(request))
    return Response({})


@door("POST")
def leave_in_a_transaction(request, code):
    with transaction.atomic():
        User.objects.filter(pk=request.user.pk).update(name="Changed before the violation")
        request.reach = reach_for(user=request.user, code=code)
        request.reach.file(request.data["path"])
    return Response({})


@door("POST")
def echo(request):
    return Response(request.data)


def failing(problem):
    @door("GET")
    def fail(request):
        raise problem

    return fail


urlpatterns = [
    path("api/leave/<slug:code>", leave),
    path("api/leave-in-a-transaction/<slug:code>", leave_in_a_transaction),
    path("api/echo", echo),
    *[path(f"api/fail/{name}", failing(problem)) for name, problem in FAILURES.items()],
    *product,
]
