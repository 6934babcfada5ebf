"""A resource of the API: its operations, each with the models of its parameters, its body and its answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, get_type_hints

from dashboard.api.models.base import ApiModel, QueryModel
from db.error_db.api_tokens import TokenScope

# A function takes the request, the numbers in its path, and `query` and `body` if it has them. It returns its answer.
OperationFunction = Callable[..., ApiModel]
Decorated = TypeVar("Decorated", bound=OperationFunction)
REQUEST, QUERY, BODY = "request", "query", "body"


@dataclass(frozen=True)
class ApiOperation:
    """An operation. Its summary is the first line of the function's docstring; the rest is its description."""

    path: str
    method: str
    scope: TokenScope
    function: OperationFunction
    tag: str

    @property
    def name(self) -> str:
        """The name of the operation in the description."""
        return self.function.__name__

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """The types of the parameters and, as `return`, of the answer."""
        return get_type_hints(self.function)

    @property
    def query(self) -> type[QueryModel]:
        """The model of the query string."""
        model: type[QueryModel] = self.hints.get(QUERY, QueryModel)
        return model

    @property
    def body(self) -> type[ApiModel] | None:
        """The model of the body; None without a body."""
        return self.hints.get(BODY)

    @property
    def answer(self) -> type[ApiModel]:
        """The model of the answer."""
        model: type[ApiModel] = self.hints["return"]
        return model

    @property
    def documentation(self) -> str:
        """The docstring of the function."""
        return inspect.getdoc(self.function) or ""


@dataclass
class ApiResource:
    """A resource. Each module of dashboard/api/resources has a constant `RESOURCE`."""

    name: str
    description: str
    operations: list[ApiOperation] = field(default_factory=list)

    def get(self, path: str) -> Callable[[Decorated], Decorated]:
        """Declares a read operation. Paths use Flask's syntax; the query string is passed as the parameter `query`."""
        return self._operation(path, "GET", TokenScope.READ)

    def post(self, path: str, scope: TokenScope = TokenScope.WRITE) -> Callable[[Decorated], Decorated]:
        """Declares a change; the body is passed as the parameter `body`."""
        return self._operation(path, "POST", scope)

    def _operation(self, path: str, method: str, scope: TokenScope) -> Callable[[Decorated], Decorated]:
        def register(function: Decorated) -> Decorated:
            self.operations.append(ApiOperation(path, method, scope, function, self.name))
            return function

        return register
