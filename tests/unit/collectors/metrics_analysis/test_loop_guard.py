from typing import Any

from collectors.metrics_analysis.loop_guard import is_own

OWN = "hinomi@example-project.iam.gserviceaccount.com"


def own(entry: dict[str, Any]) -> bool:
    names = ("metrics-analysis",)
    return is_own({"resource": {}, **entry}, project="example-project", service_accounts=(OWN,), function_names=names)


def audit(**who: Any) -> dict[str, Any]:
    return {"protoPayload": {"authenticationInfo": {"principalEmail": OWN, **who}}}


def function_log(name: str, project: str = "example-project") -> dict[str, Any]:
    labels = {"project_id": project, "service_name": name}
    return {"resource": {"type": "cloud_run_revision", "labels": labels}, "textPayload": "error"}


def test_what_our_service_account_does_is_ours() -> None:
    assert own(audit())


def test_what_anyone_else_does_is_not() -> None:
    assert not own(audit(principalEmail="alice@example.com"))


def test_someone_who_impersonates_our_service_account_is_not_us() -> None:
    assert not own(audit(serviceAccountDelegationInfo=[{"principalSubject": "user:alice@example.com"}]))


def test_an_internal_hop_of_google_is_no_impersonation() -> None:
    assert own(audit(serviceAccountDelegationInfo=[{}]))


def test_a_call_signed_with_a_downloaded_key_is_not_us() -> None:
    assert not own(audit(serviceAccountKeyName="//iam.googleapis.com/projects/p/serviceAccounts/s/keys/k"))


def test_the_logs_of_our_functions_are_ours() -> None:
    assert own(function_log("metrics-analysis"))
    assert not own(function_log("someone-elses"))


def test_a_function_of_the_same_name_in_another_project_is_not_ours() -> None:
    assert not own(function_log("metrics-analysis", project="sales"))


def test_without_a_project_of_our_own_the_names_count_everywhere() -> None:
    entry = function_log("metrics-analysis", project="sales")
    assert is_own(entry, project="", service_accounts=(), function_names=("metrics-analysis",))


def test_a_change_of_our_function_by_someone_else_is_not_ours() -> None:
    entry = function_log("metrics-analysis") | {
        "protoPayload": {"authenticationInfo": {"principalEmail": "eve@example.com"}}
    }
    assert not own(entry)


def test_odd_types_are_not_ours_and_do_not_crash() -> None:
    assert not own({"protoPayload": {"authenticationInfo": "text"}, "resource": {"labels": []}})
