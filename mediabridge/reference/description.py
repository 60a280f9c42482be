"""The description of the wire, made once in every process: of the product's own doors, whatever a request asks for."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

URLS = "mediabridge.urls"


@cache
def description() -> dict[str, Any]:
    """OpenAPI 3.1, as Python has it. Nobody changes it."""
    generator = SchemaGenerator(urlconf=URLS)  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


@cache
def as_json() -> bytes:
    """The same, in JSON."""
    return bytes(OpenApiJsonRenderer().render(description(), "application/json; indent=1"))


@cache
def as_yaml() -> bytes:
    """The same, in YAML: what docs/openapi.yaml holds."""
    return bytes(OpenApiYamlRenderer().render(description()))  # type: ignore[no-untyped-call]
