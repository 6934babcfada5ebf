"""Requests that schemathesis makes from the description: no server error, and every answer is as described."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.api import openapi, registry
from db.error_db.store import ErrorStore
from tests.support.api_client import new_token
from tests.support.dashboard import NOW, Dashboard
from tests.support.examples import generated
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip
NAMES = [operation.name for operation in registry.operations()]


def fill(store: ErrorStore) -> None:
    with store.transaction(NOW) as transaction:
        transaction.record(finding(), redact=())


def test_no_request_fails_the_server_and_answers_are_as_described(dashboard: Dashboard) -> None:
    fill(dashboard.error_store)
    app, token = dashboard.local().app, new_token(dashboard.error_store)
    schema = schemathesis.openapi.from_dict(openapi.description())
    schema.app = app

    @cache
    def cases(name: str, mode: GenerationMode) -> st.SearchStrategy[schemathesis.Case[Any]]:
        return schema.find_operation_by_id(name).as_strategy(generation_mode=mode)

    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @generated(25)
    @given(st.tuples(st.sampled_from(NAMES), modes).flatmap(lambda chosen: cases(*chosen)))
    def answered(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    answered()
