"""Requests that schemathesis generates from the description: no server error, and every answer matches the description.

The test itself imports schemathesis, because every process of the suite imports every test module.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api import openapi, registry
from dashboard.api.caller import TOKEN_HEADER
from db.error_db.store import ErrorStore
from tests.support.api_client import new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.examples import generated
from tests.support.findings import finding

if TYPE_CHECKING:
    import schemathesis

pytestmark = pytest.mark.sqlite


def fill(store: ErrorStore) -> None:
    with store.transaction(NOW) as transaction:
        transaction.record(finding(), redact=())


def described(app: Any) -> Any:
    """The description of the API, with an application that schemathesis calls in this process as a local user."""
    import schemathesis

    def local(environ: dict[str, Any], start_response: Any) -> Any:
        return app(environ | {"REMOTE_ADDR": "127.0.0.1"}, start_response)

    schema = schemathesis.openapi.from_dict(openapi.description())
    schema.app = local
    return schema


def status_of(case: schemathesis.Case[Any], token: str) -> int:
    """Sends the request of a case, checks its answer, and returns its status."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    conformance = checks.content_type_conformance, checks.response_schema_conformance, checks.status_code_conformance
    headers = {"Authorization": f"Bearer {token}", TOKEN_HEADER: token, "Accept-Encoding": "identity"}
    response = case.call(headers=headers)
    case.validate_response(response, checks=[not_a_server_error, *conformance, checks.negative_data_rejection])
    return int(response.status_code)


def test_no_request_fails_the_server_and_answers_are_as_described(dashboard: Dashboard) -> None:
    from schemathesis import GenerationMode

    fill(dashboard.error_store)
    schema, token = described(dashboard.local().app), new_token(dashboard.error_store)
    names = [operation.name for operation in registry.operations()]

    @cache
    def cases(name: str, mode: GenerationMode) -> Any:
        return schema.find_operation_by_id(name).as_strategy(generation_mode=mode)

    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @generated(20)
    @given(case=st.tuples(st.sampled_from(names), modes).flatmap(lambda chosen: cases(*chosen)))
    def answered(case: Any) -> None:
        statuses.add(status_of(case, token))

    statuses: set[int] = set()
    answered()
    assert statuses
    assert 401 not in statuses  # every request reached its operation
