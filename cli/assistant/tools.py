"""The tools of the assistant server: every operation of the API, and a summary of what broke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.assistant import summary
from dashboard.api import reading
from dashboard.api.openapi import inlined, path_numbers
from dashboard.api.registry import operations
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiOperation
from db.error_db.api_tokens import TokenScope

INTEGER = {"type": "integer", "minimum": 1}
# An approval starts a remediation: texts of a log entry must not be able to talk an assistant into one.
NEVER_OFFERED = frozenset({TokenScope.APPROVE})


@dataclass(frozen=True, slots=True)
class AssistantTool:
    """A tool. `schema` is the JSON Schema of its arguments; `operation` is None for the summary."""

    name: str
    description: str
    schema: Mapping[str, Any]
    changes: bool
    operation: ApiOperation | None


def tools(*, with_changes: bool) -> Iterator[AssistantTool]:
    """The tools; without `with_changes` only those that change nothing."""
    yield AssistantTool(summary.NAME, summary.DESCRIPTION, summary.SCHEMA, changes=False, operation=None)
    for operation in operations():
        changes = operation.scope is not TokenScope.READ
        if operation.scope not in NEVER_OFFERED and (with_changes or not changes):
            yield AssistantTool(operation.name, operation.documentation, _schema(operation), changes, operation)


def call(tool: AssistantTool, request: ApiRequest, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a tool. Raises ProblemError for invalid arguments, and the errors of its operation."""
    if tool.operation is None:
        return summary.what_broke(request, arguments)
    operation, rest = tool.operation, dict(arguments)
    numbers = {name: rest.pop(name, None) for name in path_numbers(operation)}
    values: dict[str, Any] = dict(numbers)
    if operation.body is not None:
        values["body"] = reading.checked(operation.body, json.dumps(rest).encode())
    else:
        query = reading.checked(operation.query, json.dumps(rest).encode())
        values |= {"query": query} if "query" in operation.hints else {}
    for name, number in numbers.items():
        reading.check_number(name, number)
    return operation.function(request, **values).as_json()


def _schema(operation: ApiOperation) -> dict[str, Any]:
    """The JSON Schema of the arguments: the numbers in the path, and the parameters or the fields of the body."""
    model = operation.body or operation.query
    found = model.model_json_schema()
    properties = inlined(found.get("properties", {}), found.get("$defs", {}))
    numbers = dict.fromkeys(path_numbers(operation), INTEGER)
    required = [*numbers, *found.get("required", ())]
    return {
        "type": "object",
        "properties": {**numbers, **properties},
        "required": required,
        "additionalProperties": False,
    }
