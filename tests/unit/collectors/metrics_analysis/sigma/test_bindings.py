"""A binding consists of role, member and condition; a principal has one name."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from demo import entries
from shared.config import ROOT
from tests.support.findings import NOON

VIEWER = {"role": "roles/storage.objectViewer", "member": "allUsers"}
UNTIL = {"title": "until", "expression": 'request.time < timestamp("2027-01-01T00:00:00Z")'}
OTHER = {**UNTIL, "expression": 'request.time < timestamp("2028-01-01T00:00:00Z")'}


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(artifact.load(ROOT / "rules"))


def bucket(action: str, **delta: Any) -> dict[str, Any]:
    return entries.bucket_policy(NOON, "example-exports", [{"action": action, **VIEWER, **delta}], "carol@example.com")


@pytest.mark.parametrize(
    ("granted", "revoked", "over"),
    [
        ({}, {}, True),
        ({"condition": UNTIL}, {"condition": dict(reversed(UNTIL.items()))}, True),
        ({}, {"condition": UNTIL}, False),
        ({"condition": UNTIL}, {}, False),
        ({"condition": UNTIL}, {"condition": OTHER}, False),
        ({}, {"role": "roles/storage.admin"}, False),
    ],
)
def test_only_the_same_binding_ends_a_grant(
    rules: Engine, granted: dict[str, Any], revoked: dict[str, Any], *, over: bool
) -> None:
    (finding,) = rules.evaluate(bucket("ADD", **granted)).findings
    (recovery,) = rules.evaluate(bucket("REMOVE", **revoked)).recoveries
    assert (finding.fingerprint == recovery.fingerprint) is over


SUBJECT = "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/carol"


@pytest.mark.parametrize(
    ("member", "deleted"),
    [
        *(
            (f"{kind}:carol@example.com", f"deleted:{kind}:carol@example.com?uid=1234567890")
            for kind in ("user", "serviceAccount", "group")
        ),
        (SUBJECT, f"deleted:{SUBJECT}"),
    ],
)
def test_a_deleted_principal_is_the_one_that_it_was(rules: Engine, member: str, deleted: str) -> None:
    def owner(action: str, member: str) -> dict[str, Any]:
        made = bucket(action, role="roles/editor", member=member)
        made["protoPayload"] |= {"serviceName": "cloudresourcemanager.googleapis.com", "methodName": "SetIamPolicy"}
        return made

    (finding,) = rules.evaluate(owner("ADD", member)).findings
    (recovery,) = rules.evaluate(owner("REMOVE", deleted)).recoveries
    assert finding.fingerprint == recovery.fingerprint


@pytest.mark.parametrize(
    "behind",
    [
        {"serviceAccountDelegationInfo": [{"principalSubject": "principal://iam.googleapis.com/x/subject/repo:a/b"}]},
        {"serviceAccountDelegationInfo": [{"firstPartyPrincipal": {"principalEmail": "principal://x/repo:a/b"}}]},
        {"serviceAccountDelegationInfo": [{"thirdPartyPrincipal": {"thirdPartyClaims": {"sub": "repo:a/b"}}}]},
        {"serviceAccountDelegationInfo": [{"thirdPartyPrincipal": {"payload": "repo:a/b"}}]},
        {"serviceAccountKeyName": "//iam.googleapis.com/projects/p/serviceAccounts/s/keys/repo:a/b"},
        {"thirdPartyPrincipal": {"sub": "repo:a/b"}},
        {"authoritySelector": "repo:a/b"},
    ],
    ids=str,
)
def test_the_person_behind_a_service_account_is_evidence(rules: Engine, behind: dict[str, Any]) -> None:
    entry = bucket("ADD")
    entry["protoPayload"]["authenticationInfo"] |= behind
    (finding,) = rules.evaluate(entry).findings
    assert any("repo:a/b" in str(value) for value in finding.fields.values())
