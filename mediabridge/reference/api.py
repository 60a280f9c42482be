"""The doors to the reference of the wire. Open to everybody: it is the same everywhere, and no secret."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.serializers import DictField

from mediabridge.reference import description
from mediabridge.reference.page import groups, introduction, usual_refusals
from mediabridge.reference.serializers import Wanted
from mediabridge.wire.described import Described, Descriptions
from mediabridge.wire.doors import door

YAML: Final = "application/yaml"
SCHEMA: Final[Descriptions] = {
    "GET": Described(
        "getDescription",
        "This description",
        "Get this description",
        "OpenAPI 3.1: every call with its bodies, and everything it may be refused with. `/api/docs` shows it to people.",
        asks=Wanted,
        asked={"format": "json"},
        gives=DictField(),
        given={"openapi": "3.1.0", "info": {"title": "MediaBridge", "version": "1"}, "paths": {}},
        also=(YAML,),
    )
}
A_PAGE: Final[Descriptions] = {}


@door("GET", is_open=True, described=SCHEMA)
def schema(request: Request) -> HttpResponse:
    """The wire, for programs."""
    asked = Wanted(data=request.query_params)
    asked.is_valid(raise_exception=True)
    accepted = "yaml" if "yaml" in request.headers.get("Accept", "") else "json"
    if asked.validated_data.get("format", accepted) == "yaml":
        return HttpResponse(description.as_yaml(), content_type=YAML)
    return HttpResponse(description.as_json(), content_type="application/json")


@door("GET", is_open=True, described=A_PAGE)
def docs(request: Request) -> HttpResponse:
    """The wire, for people."""
    base = request._request.build_absolute_uri("/api")
    context = {
        "groups": groups(base),
        "introduction": introduction(),
        "usual": usual_refusals(),
        "base": base,
    }
    return render(request._request, "reference/docs.html", context)
