"""How drf-spectacular reads our doors: nothing is guessed, and every refusal comes from the one table."""

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.drainage import error
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent, build_array_type
from rest_framework.serializers import BaseSerializer, ListSerializer

from mediabridge.wire import problems
from mediabridge.wire.described import NO_BODY, Described, Gives, Security
from mediabridge.wire.policies import needed_at

JSON: Final = "application/json"
OpenApi = dict[str, Any]


class WireSchema(AutoSchema):
    """One verb of a door of ours, as OpenAPI has it."""

    registry: ComponentRegistry
    method: str

    @property
    def described(self) -> Described | None:
        told: Mapping[str, Described] | None = getattr(self.view, "described", None)
        if told is None or (told and self.method not in told):
            error(f"{self.method} {self.path} is not described: give its door `described=`.")
        return (told or {}).get(self.method)

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> OpenApi | None:
        """What is said of the verb, what the door makes of it, and what can go wrong. None where it is left out."""
        self.registry, self.path, self.path_regex = registry, path, path_regex
        self.path_prefix, self.method = path_prefix, method.upper()
        described = self.described
        if described is None:
            return None
        operation: OpenApi = {
            "operationId": described.name,
            "tags": [described.tag],
            "summary": described.summary,
            **({"description": described.text} if described.text else {}),
        }
        if parameters := self._described_parameters(described):
            operation["parameters"] = parameters
        if described.takes is not None:
            operation["requestBody"] = self._body(described)
        operation["security"] = [
            {name: list(needs) for name, needs in way.items()} for way in self._ways_in(described)
        ]
        operation["responses"] = {"200": self._answer(described), **self._refusals(described)}
        return operation

    def get_override_parameters(self) -> list[Any]:
        """The query, as its serializer reads it."""
        asks = self.described.asks if self.described else None
        return [asks] if asks else []

    def _described_parameters(self, described: Described) -> list[OpenApi]:
        found: list[OpenApi] = self._get_parameters()
        for parameter in found:
            if parameter["name"] in described.asked:
                parameter["example"] = described.asked[parameter["name"]]
        return found

    def _get_filter_parameters(self) -> list[OpenApi]:
        return []

    def _get_pagination_parameters(self) -> list[OpenApi]:
        return []

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> OpenApi:
        """With what holds of a body as a whole, where its serializer says so."""
        schema: OpenApi = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        return {**schema, **getattr(serializer, "also_holds", {})}

    def _ways_in(self, described: Described) -> Security:
        """What must come along: by what the door lets in itself, or whoever is signed in."""
        if not self.view.get_authenticators():
            return described.lets_in
        page: dict[str, list[str]] = (
            {"pageSession": []} if self.method == "GET" else {"pageSession": [], "formToken": []}
        )
        need = needed_at(self.view, self.method)
        return ({"accessToken": []}, *([{"personalToken": [need]}] if need else []), page)

    def _body(self, described: Described) -> OpenApi:
        schema = self._shape(described.takes, "request")
        return {"required": True, "content": {JSON: {"schema": schema, "example": described.sent}}}

    def _answer(self, described: Described) -> OpenApi:
        schema = self._shape(described.gives, "response")
        cookie = described.sets_cookie
        headers = {"Set-Cookie": {"description": cookie, "schema": {"type": "string"}}} if cookie else {}
        return {
            "description": "Done." if described.gives is None else "As asked.",
            **({"headers": headers} if headers else {}),
            "content": {
                JSON: {"schema": schema, "example": described.given},
                **{media_type: {"schema": schema} for media_type in described.also},
            },
        }

    def _shape(self, shape: Gives, direction: Any) -> OpenApi:
        """The schema of a body: of one thing, of many, or of a field by itself."""
        if shape is None:
            return dict(NO_BODY)
        made = shape() if isinstance(shape, type) else shape
        if isinstance(made, ListSerializer):
            return build_array_type(self._shape(made.child, direction))
        if not isinstance(made, BaseSerializer):
            return dict(self._map_serializer_field(made, direction))  # type: ignore[no-untyped-call]
        return dict(self.resolve_serializer(made, direction).ref)  # type: ignore[arg-type]

    def _refusals(self, described: Described) -> OpenApi:
        """By status. Those that many doors have alike are said once for all."""
        self._register("schemas", "Error", problems.SCHEMA)
        has_ids = "{" in self.path
        common = problems.of_the_door(self.view, described, has_ids=has_ids, method=self.method)
        shared = {status: name for status, name, _ in problems.responses(common)}
        # How much a body may have differs from door to door.
        own = [each for each in common if each.limit]
        own += [problems.listed(problem) for problem in described.raises]
        found: OpenApi = {}
        for status, name, response in problems.responses([*common, *own]):
            if shared.get(status) == name and not any(str(each.status) == status for each in own):
                self._register("responses", name, response)
                found[status] = {"$ref": f"#/components/responses/{name}"}
            else:
                found[status] = response
        return found

    def _register(self, kind: str, name: str, schema: OpenApi) -> None:
        component = ResolvedComponent(name=name, type=kind, schema=schema, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)


def without_marks(result: Any, **_: Any) -> Any:
    """The description without what drf-spectacular notes in it for itself."""
    if isinstance(result, dict):
        return {
            name: without_marks(its) for name, its in result.items() if not str(name).startswith("x-spec-")
        }
    return [without_marks(each) for each in result] if isinstance(result, list) else result
