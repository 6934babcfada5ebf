"""A program that calls the JSON API of a dashboard with a token."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from dashboard.api import openapi, problems
from db.error_db import api_tokens
from db.error_db.api_tokens import TokenScope
from db.error_db.store import ErrorStore
from tests.support.dashboard import NOW, Visitor

API = "/api/v1"


def new_token(
    store: ErrorStore, name: str = "bot", scopes: Collection[TokenScope] = tuple(TokenScope), **changes: Any
) -> str:
    """Creates a token with these scopes; it is valid for a day unless `changes` say otherwise."""
    values: dict[str, Any] = {"by": "alice", "expires_at": NOW + timedelta(days=1), "now": NOW} | changes
    with store.transaction(NOW) as transaction:
        made = api_tokens.create(transaction.session, name, scopes, **values)
    assert made is not None
    return made


@dataclass
class ApiClient:
    """Calls the API with a token, and checks each response against the OpenAPI description."""

    visitor: Visitor
    token: str = ""

    def get(self, path: str, code: int = 200, **query: Any) -> Any:
        """Sends a GET; returns the JSON of the response."""
        return self._checked(path, "get", self.call("GET", path, query_string=query), code)

    def post(self, path: str, status: int = 200, body: Any = None) -> Any:
        """Sends a POST; returns the JSON of the response."""
        return self._checked(path, "post", self.call("POST", path, json={} if body is None else body), status)

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """Sends a request; `path` is the address without /api/v1."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = {**self.visitor._identity(), **own, **(headers or {})}  # noqa: SLF001
        return self.visitor.client.open(f"{API}{path}", method=method, headers=sent, **options)

    def _checked(self, path: str, method: str, response: TestResponse, status: int) -> Any:
        assert response.status_code == status, response.text
        media_type = "application/json" if status == 200 else problems.MEDIA_TYPE
        assert response.content_type == media_type
        made = json.loads(response.text)
        _validator(path, method, status).validate(made)
        return made


def _validator(path: str, method: str, status: int) -> Draft202012Validator:
    parts = ["{number}" if part.isdigit() else part for part in path.split("/")]
    return _schema("/".join(parts), method, str(status))


@cache
def _schema(path: str, method: str, status: str) -> Draft202012Validator:
    described = openapi.description()
    ((_, content),) = described["paths"][path][method]["responses"][status]["content"].items()
    return Draft202012Validator({**content["schema"], "components": described["components"]})
