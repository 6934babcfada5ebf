"""Values that HINOMI_REDACT names appear in no change before an incident."""

from __future__ import annotations

import pytest

from db.schema_db.store import SchemaStore
from insights.causes import changes
from insights.causes.sentences import line
from shared.history import Row
from shared.model import IncidentKind, JobState
from shared.records import IncidentView
from tests.support.causes import ROBOT, SOURCE, deployment, grant, incident, own, revoked
from tests.support.runs import DAY, MINUTE, keep, run

pytestmark = pytest.mark.sqlite

BUCKET = "//storage.googleapis.com/example-exports"
PRINCIPAL = "protoPayload.authenticationInfo.principalEmail"


def output(store: SchemaStore, *patterns: str, rows: list[Row], about: IncidentView | None = None) -> str:
    """All texts about the changes before an incident, by default one of a bucket."""
    keep(store, rows)
    about = about or incident(
        resource="example-exports",
        kind=IncidentKind.IRREGULAR_ACCESS,
        service="storage",
        principal="bob@example.com",
        labels={},
    )
    with store.reading() as session:
        found = changes.before(session, about, redact=patterns)
    out = [f"{line(each.cause).en}: {each.why.text.en}" for each in found.ruled_out]
    return "\n".join([*(line(cause).en for cause in found.causes), *out])


@pytest.mark.parametrize(
    ("pattern", "secret"),
    [
        (PRINCIPAL, "carol@example.com"),
        ("*.principalEmail", "carol@example.com"),
        ("*.member", "bob@example.com"),
        ("*.bindingDeltas.*", "roles/viewer"),
        ("protopayload.resourcename", "example-exports"),
    ],
)
def test_a_grant_is_shown_without_redacted_values(schema_store: SchemaStore, pattern: str, secret: str) -> None:
    assert secret in output(schema_store, rows=[grant(3, BUCKET)])
    hidden = output(schema_store, pattern, rows=[])
    assert "<redacted>" in hidden
    assert secret not in hidden


def test_a_deployment_is_shown_without_account_and_resource(schema_store: SchemaStore) -> None:
    rows: list[Row] = [deployment(5, "configs/example-exports")]
    text = output(schema_store, PRINCIPAL, "*.methodName", "*.resourceName", rows=rows)
    assert text == "deployment: <redacted> was changed (<redacted>) by <redacted> (5 min before; same name: <redacted>)"


def test_the_reasons_for_a_change_contain_no_redacted_name(schema_store: SchemaStore) -> None:
    rows: list[Row] = [own(DAY), revoked(30), own(90 * MINUTE, state=JobState.FAILED)]
    text = output(schema_store, PRINCIPAL, "*.member", "*.resourceName", rows=rows, about=incident())
    assert "concerns <redacted>" in text
    assert ROBOT not in text
    assert "staging" not in text


def test_people_in_names_and_errors_of_jobs_are_hidden_with_the_principal(schema_store: SchemaStore) -> None:
    error = "Access Denied: dave@example.com may not read it"
    job = run("alice@example.com SELECT", ago=60 * MINUTE, state=JobState.FAILED, error=error, destination=SOURCE)
    text = output(schema_store, PRINCIPAL, rows=[own(DAY), job], about=incident())
    assert "<redacted> SELECT failed: Access Denied: <redacted> may not read it" in text


def test_a_member_is_hidden_where_it_acts_too(schema_store: SchemaStore) -> None:
    rows: list[Row] = [grant(3, BUCKET), deployment(5, "configs/example-exports", principal="bob@example.com")]
    text = output(schema_store, "*.member", rows=rows)
    assert "bob@example.com" not in text
    assert "by carol@example.com" in text


def test_nothing_is_hidden_by_patterns_of_other_fields(schema_store: SchemaStore) -> None:
    text = output(schema_store, "*password*", "*.query", "*.callerIp", rows=[grant(3, BUCKET)])
    assert "<redacted>" not in text
