"""The OpenAPI 3.1 description of the API, generated from the operations and models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from dashboard.api import registry
from dashboard.api.caller import TOKEN_HEADER
from dashboard.api.models.base import MOST_ID, ApiModel
from dashboard.api.models.problem import ProblemModel
from dashboard.api.problems import MEDIA_TYPE
from dashboard.api.resource import ApiOperation

OPENAPI, API_VERSION, SERVER = "3.1.0", "1.0", "/api/v1"
REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "Incidents, jobs, performance, cost, access, rules and actions of Hinomi. A token goes into `Authorization: Bearer …`, or "
    f"into `{TOKEN_HEADER}` where Identity-Aware Proxy takes the other header (docs/api.md). Times are UTC (RFC 3339), "
    "durations seconds. Errors are problem details (RFC 9457)."
)
_NUMBER = re.compile(r"<[^>]*:(\w+)>")
# What may go wrong with every operation, and with those that change something.
ERRORS = {
    "400": "A parameter or the body is invalid.",
    "401": "The caller is unknown: no token or identity, or one that is not valid.",
    "403": "The caller lacks the scope.",
    "404": "It does not exist.",
    "409": "The state, or what is configured, does not allow it.",
    "500": "Hinomi failed; its log has the reason.",
    "501": "The answer needs packages that are not deployed.",
    "503": "A database is unavailable.",
}
ERRORS_OF_CHANGES = {
    "413": "The body is too large.",
    "415": "The body is not declared as JSON.",
}


@cache
def description() -> dict[str, Any]:
    """The description as JSON."""
    operations = registry.operations()
    models: set[type[ApiModel]] = {ProblemModel, *(each.answer for each in operations)}
    models |= {each.body for each in operations if each.body}
    named: list[type[ApiModel]] = sorted(models, key=lambda model: model.__name__)
    inputs = {each.body for each in operations}
    _, schemas = models_json_schema(
        [(model, "validation" if model in inputs else "serialization") for model in named], ref_template=REFERENCE
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(_NUMBER.sub(r"{\1}", each.path), {})[each.method.lower()] = _operation(each)
    return {
        "openapi": OPENAPI,
        "info": {"title": "Hinomi", "version": API_VERSION, "description": ABOUT},
        "servers": [{"url": SERVER}],
        "tags": [{"name": each.name, "description": each.description} for each in registry.discover()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas["$defs"].items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token of `hinomi tokens add`."},
                "header": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER, "description": "The same token."},
            },
        },
    }


def _operation(operation: ApiOperation) -> dict[str, Any]:
    summary, _, rest = operation.documentation.partition("\n\n")
    errors = dict(ERRORS)
    if operation.method != "GET":
        errors |= ERRORS_OF_CHANGES
    made: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": " ".join(summary.split()),
        "description": " ".join(f"{rest} Needs the scope `{operation.scope}`.".split()),
        "security": [{scheme: [str(operation.scope)]} for scheme in ("bearer", "header")],
        "parameters": [*_numbers(operation), *_parameters(operation)],
        "responses": {
            "200": _content("application/json", operation.answer, "The answer."),
            **{status: _problem(text) for status, text in sorted(errors.items())},
        },
    }
    if operation.body is not None:
        reference = {"$ref": REFERENCE.format(model=operation.body.__name__)}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return made


def path_numbers(operation: ApiOperation) -> list[str]:
    """The names of the numbers in the path of an operation."""
    return _NUMBER.findall(operation.path)


def _numbers(operation: ApiOperation) -> Iterator[dict[str, Any]]:
    for name in path_numbers(operation):
        schema = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _parameters(operation: ApiOperation) -> Iterator[dict[str, Any]]:
    """The parameters of the query string."""
    schema = operation.query.model_json_schema(ref_template=REFERENCE)
    definitions = schema.get("$defs", {})
    for name, found in schema["properties"].items():
        own = inlined({key: value for key, value in found.items() if key not in ("title", "description")}, definitions)
        made = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": own}
        yield {**made, "description": found.get("description", "")}


def inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its definitions inlined, because a parameter cannot have definitions.

    Empty values are left out, not null.
    """
    if isinstance(schema, list):
        return [inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        named = definitions[schema["$ref"].rpartition("/")[2]]
        return inlined({key: value for key, value in named.items() if key not in ("title", "description")}, definitions)
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        return inlined(kinds[0], definitions)
    return {key: inlined(value, definitions) for key, value in schema.items() if key != "title" and value is not None}


def _content(media_type: str, model: type[ApiModel], text: str) -> dict[str, Any]:
    reference = {"$ref": REFERENCE.format(model=model.__name__)}
    return {"description": text, "content": {media_type: {"schema": reference}}}


def _problem(text: str) -> dict[str, Any]:
    return {**_content(MEDIA_TYPE, ProblemModel, text)}
