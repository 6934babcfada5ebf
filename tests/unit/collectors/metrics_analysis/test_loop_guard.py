from typing import Any

import pytest

from collectors.metrics_analysis.loop_guard import MISUSED, is_by_own_account, is_of_own_account, is_own, misused
from shared.config import Settings
from shared.model import Severity

READS = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"
CHANGES = "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"
OWN = "hinomi@example-project.iam.gserviceaccount.com"


def own(entry: dict[str, Any]) -> bool:
    settings = Settings(project="example-project", service_accounts=(OWN,), function_names=("metrics-analysis",))
    return is_own({"resource": {}, **entry}, settings, lambda call: "undeclared" not in call["protoPayload"])


def audit(**who: Any) -> dict[str, Any]:
    return {"logName": READS, "protoPayload": {"authenticationInfo": {"principalEmail": OWN, **who}}}


def function_log(name: str, project: str = "example-project") -> dict[str, Any]:
    labels = {"project_id": project, "service_name": name}
    return {"resource": {"type": "cloud_run_revision", "labels": labels}, "textPayload": "error"}


def test_a_declared_call_of_hinomis_service_account_is_hinomis() -> None:
    assert own(audit())


def test_an_undeclared_call_of_hinomis_account_is_not_a_declared_one() -> None:
    entry = audit()
    entry["protoPayload"]["undeclared"] = True
    assert not own(entry)
    assert is_of_own_account(entry, (OWN,))


def test_undeclared_calls_on_many_objects_are_one_fault() -> None:
    entry = {**audit(), "timestamp": "2026-01-01T00:00:00Z", "resource": {}}
    entry["protoPayload"] |= {"methodName": "storage.objects.delete"}
    several = [{**entry, "protoPayload": {**entry["protoPayload"], "resourceName": f"objects/{at}"}} for at in "ab"]
    assert len({misused(one, (OWN,)).fingerprint for one in several}) == 1
    other = {**entry, "protoPayload": {**entry["protoPayload"], "methodName": "storage.objects.get"}}
    assert misused(other, (OWN,)).fingerprint != misused(entry, (OWN,)).fingerprint


@pytest.mark.parametrize("log", [CHANGES, "projects/example-project/logs/mine", ""])
def test_an_unseen_change_is_not_assumed_to_be_hinomis(log: str) -> None:
    assert not own({**audit(), "logName": log})
    assert is_of_own_account({**audit(), "logName": log}, (OWN,)) is (log == CHANGES)


def test_a_call_of_an_account_that_hinomis_account_impersonates_is_misuse_of_hinomis() -> None:
    other, chain = "etl@example-project.iam.gserviceaccount.com", [{"firstPartyPrincipal": {"principalEmail": OWN}}]
    entry = {**audit(principalEmail=other, serviceAccountDelegationInfo=chain), "timestamp": "2026-01-01T00:00:00Z"}
    entry |= {"resource": {}, "logName": CHANGES}
    assert is_of_own_account(entry, (OWN,))
    assert not is_by_own_account(entry, (OWN,))
    finding = misused(entry, (OWN,))
    assert (finding.severity, finding.principal) == (Severity.HIGH, OWN)
    assert finding.fields["protoPayload.authenticationInfo.principalEmail"] == other


@pytest.mark.parametrize(
    "chain", [None, {}, [None], ["x"], [{"firstPartyPrincipal": None}], [{"firstPartyPrincipal": {}}]]
)
def test_a_chain_without_a_name_is_nobodys(chain: Any) -> None:
    assert not is_of_own_account(
        audit(principalEmail="x@example.com", serviceAccountDelegationInfo=chain) | {"logName": CHANGES}, (OWN,)
    )


def test_a_change_that_nothing_explains_is_an_incident_of_high_severity() -> None:
    entry = {**audit(), "logName": CHANGES, "timestamp": "2026-01-01T00:00:00Z", "resource": {}}
    entry["protoPayload"] |= {"methodName": "google.iam.admin.v1.CreateServiceAccountKey", "resourceName": "x"}
    finding = misused(entry, (OWN,))
    assert (finding.severity, finding.principal, finding.rule) == (Severity.HIGH, OWN, MISUSED)
    assert "no action run explains it" in finding.summary


def test_calls_of_anyone_else_are_not_hinomis() -> None:
    assert not own(audit(principalEmail="alice@example.com"))


def test_a_call_that_impersonates_hinomis_service_account_is_not_hinomis() -> None:
    assert not own(audit(serviceAccountDelegationInfo=[{"principalSubject": "user:alice@example.com"}]))


def test_an_internal_hop_of_google_is_not_an_impersonation() -> None:
    assert own(audit(serviceAccountDelegationInfo=[{}]))


@pytest.mark.parametrize(
    "who", [{"serviceAccountKeyName": "k"}, {"serviceAccountDelegationInfo": [{"principalSubject": "x"}]}]
)
def test_a_change_through_impersonation_or_a_key_is_a_change_of_our_account(who: dict[str, Any]) -> None:
    assert is_of_own_account({**audit(**who), "logName": CHANGES}, (OWN,))
    assert not is_by_own_account(audit(**who), (OWN,))


def test_the_same_call_on_two_long_resources_is_two_faults() -> None:
    entry = {**audit(), "logName": CHANGES, "timestamp": "2026-01-01T00:00:00Z", "resource": {}}
    first, second = (
        {**entry, "protoPayload": {**entry["protoPayload"], "resourceName": "x" * 400 + end}} for end in "ab"
    )
    assert misused(first, (OWN,)).fingerprint != misused(second, (OWN,)).fingerprint


def test_a_call_signed_with_a_downloaded_key_is_not_us() -> None:
    assert not own(audit(serviceAccountKeyName="//iam.googleapis.com/projects/p/serviceAccounts/s/keys/k"))


def test_the_logs_of_hinomis_functions_are_hinomis() -> None:
    assert own(function_log("metrics-analysis"))
    assert not own(function_log("someone-elses"))


def test_a_function_of_the_same_name_in_another_project_is_not_hinomis() -> None:
    assert not own(function_log("metrics-analysis", project="sales"))


def test_without_a_project_of_our_own_the_names_count_everywhere() -> None:
    entry = function_log("metrics-analysis", project="sales")
    assert is_own(entry, Settings(project="", function_names=("metrics-analysis",)), lambda _: False)


def test_a_change_of_hinomis_function_by_someone_else_is_not_hinomis() -> None:
    entry = function_log("metrics-analysis") | {
        "protoPayload": {"authenticationInfo": {"principalEmail": "eve@example.com"}}
    }
    assert not own(entry)


def test_odd_types_are_not_hinomis_and_do_not_crash() -> None:
    assert not own({"protoPayload": {"authenticationInfo": "text"}, "resource": {"labels": []}})


SYSTEM = "projects/example-project/logs/cloudaudit.googleapis.com%2Fsystem_event"


@pytest.mark.parametrize(
    ("job", "project", "more", "is_own_entry"),
    [
        ("hinomi-script-clear", "example-project", {"logName": SYSTEM, "protoPayload": {}}, True),
        ("hinomi-script-clear", "example-project", {"textPayload": "Out of memory"}, True),
        ("hinomi-script-clear", "example-project", {"logName": CHANGES, "protoPayload": {}}, False),
        ("hinomi-script-clear", "sales", {"logName": SYSTEM, "protoPayload": {}}, False),
        ("nightly-load", "example-project", {"logName": SYSTEM, "protoPayload": {}}, False),
    ],
)
def test_the_end_of_a_scripts_job_is_reported_by_its_run_and_calls_on_the_job_by_rules(
    job: str,
    project: str,
    more: dict[str, Any],
    is_own_entry: bool,  # noqa: FBT001
) -> None:
    labels = {"project_id": project, "job_name": job, "location": "asia-northeast1"}
    assert own({"resource": {"type": "cloud_run_job", "labels": labels}, **more}) is is_own_entry
