"""The loop guard in a filter makes the same decisions as the one in the code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.declared_calls import is_declared, methods
from collectors.metrics_analysis.loop_guard import caller, is_of_own_account, is_own
from collectors.metrics_analysis.sinks import loop_guard, render
from collectors.metrics_analysis.sinks.tree import every
from demo.platform.logging import lql
from shared.config import Settings

HOME = "example-project"
READS = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"
CHANGES = "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"
ACCOUNTS = ("hinomi@example-project.iam.gserviceaccount.com", "hinomi.dash@example-project.iam.gserviceaccount.com")
FUNCTIONS = ("metrics-analysis", "dashboard")
READ = "google.monitoring.v3.MetricService.ListTimeSeries"
PERMISSIONS = frozenset({"monitoring.timeSeries.list", "compute.globalOperations.list"})
READS_OF = {ACCOUNTS[0]: methods(PERMISSIONS), ACCOUNTS[1]: []}
FILTER = lql.parse(render.text(every(loop_guard.exclusions(HOME, FUNCTIONS, READS_OF))))

REVISION = {"type": "cloud_run_revision", "labels": {"project_id": HOME, "service_name": "metrics-analysis"}}
KEY = "//iam.googleapis.com/projects/p/serviceAccounts/s/keys/k"
ALICE = {"firstPartyPrincipal": {"principalEmail": "alice@example.com"}}


def own(entry: dict[str, Any]) -> bool:
    settings = Settings(project=HOME, service_accounts=ACCOUNTS, function_names=FUNCTIONS)
    return is_own(
        entry, settings, lambda call: is_declared(call, PERMISSIONS if caller(call) == ACCOUNTS[0] else (), "")
    )


def done_by(principal: str, *, method: str = READ, **more: Any) -> dict[str, Any]:
    return {
        "logName": READS,
        "resource": {"type": "project"},
        "protoPayload": {"methodName": method, "authenticationInfo": {"principalEmail": principal, **more}},
    }


def by_subject(subject: str) -> dict[str, Any]:
    """A call whose entry names only the subject of the caller."""
    entry = done_by("", principalSubject=subject)
    del entry["protoPayload"]["authenticationInfo"]["principalEmail"]
    return entry


CASES = {
    "what our account reads": (done_by(ACCOUNTS[0]), False),
    "a call that only another account of ours declares": (done_by(ACCOUNTS[1]), True),
    "a call of our account that nothing declares": (done_by(ACCOUNTS[0], method="storage.objects.delete"), True),
    "a call whose name begins like a declared one": (done_by(ACCOUNTS[0], method=READ + "2"), True),
    "what our account changes": ({**done_by(ACCOUNTS[0]), "logName": CHANGES}, True),
    "what our account reads through an internal hop of Google": (
        done_by(ACCOUNTS[0], serviceAccountDelegationInfo=[{}]),
        False,
    ),
    "somebody who impersonates our account": (done_by(ACCOUNTS[0], serviceAccountDelegationInfo=[ALICE]), True),
    "impersonation by a federated caller": (
        done_by(ACCOUNTS[0], serviceAccountDelegationInfo=[{}, {"principalSubject": "principal://x"}]),
        True,
    ),
    "our account with a key that somebody made": (done_by(ACCOUNTS[0], serviceAccountKeyName=KEY), True),
    "our account, named in the subject only": (
        by_subject(f"serviceAccount:{ACCOUNTS[0]}"),
        False,
    ),
    "our account with its own subject": (done_by(ACCOUNTS[0], principalSubject=f"serviceAccount:{ACCOUNTS[0]}"), False),
    "our account with the subject of somebody else": (
        done_by(ACCOUNTS[0], principalSubject="principal://iam.googleapis.com/x/subject/repo:mallory"),
        True,
    ),
    "a subject that ends like our account": (
        by_subject(f"serviceAccount:x{ACCOUNTS[0]}"),
        True,
    ),
    "an account whose name differs where ours has a dot": (done_by(ACCOUNTS[1].replace("hinomi.", "hinomix")), True),
    "an account whose name begins like ours": (done_by(ACCOUNTS[0] + ".evil"), True),
    "what our function logs": ({"resource": REVISION, "textPayload": "boom"}, False),
    "who changes our function": ({"resource": REVISION, **done_by("mallory@example.com")}, True),
    "another function": ({"resource": {**REVISION, "labels": {"project_id": HOME, "service_name": "ingest"}}}, True),
    "a function of the same name in another project": (
        {
            "resource": {**REVISION, "labels": {"project_id": "sales", "service_name": "dashboard"}},
            "textPayload": "boom",
        },
        True,
    ),
}


@pytest.mark.parametrize(("entry", "passes"), CASES.values(), ids=CASES)
def test_only_hinomis_own_calls_are_excluded(entry: dict[str, Any], passes: bool) -> None:  # noqa: FBT001
    assert lql.accepts(FILTER, entry) is passes
    assert own(entry) is not passes


@pytest.mark.parametrize(
    ("entry", "passes"),
    [
        (done_by(ACCOUNTS[0]), True),
        (
            done_by(
                "etl@example.com",
                serviceAccountDelegationInfo=[{}, {"firstPartyPrincipal": {"principalEmail": ACCOUNTS[1]}}],
            ),
            True,
        ),
        (done_by("etl@example.com", serviceAccountDelegationInfo=[ALICE]), False),
        (by_subject(f"serviceAccount:{ACCOUNTS[1]}"), True),
        (by_subject(f"principal://iam.googleapis.com/projects/-/serviceAccounts/{ACCOUNTS[0]}"), True),
        (done_by("etl@example.com", principalSubject=f"serviceAccount:{ACCOUNTS[0]}"), True),
        (done_by("e@x", serviceAccountDelegationInfo=[{"principalSubject": f"serviceAccount:{ACCOUNTS[0]}"}]), True),
        (by_subject("principal://iam.googleapis.com/x/subject/y"), False),
        (by_subject(f"serviceAccount:evil-{ACCOUNTS[0]}"), False),
    ],
    ids=[
        "our account",
        "an account that ours impersonates",
        "an account that alice impersonates",
        "our account in the subject alone",
        "our account in a subject by its path",
        "another address with the subject of our account",
        "our account in the subject of a chain",
        "a federated identity",
        "a subject that ends like our account",
    ],
)
def test_the_sink_exports_every_call_that_may_be_misuse(entry: dict[str, Any], passes: bool) -> None:  # noqa: FBT001
    assert lql.accepts(lql.parse(render.text(loop_guard.own_calls(ACCOUNTS))), entry) is passes
    assert is_of_own_account(entry, ACCOUNTS) is passes


HOPS = st.lists(st.sampled_from([{}, ALICE, {"principalSubject": "s"}, {"thirdPartyPrincipal": {"a": 1}}]), max_size=2)
WHO = st.fixed_dictionaries(
    {},
    optional={
        "principalEmail": st.sampled_from([*ACCOUNTS, ACCOUNTS[0].upper(), "alice@example.com"]),
        "principalSubject": st.sampled_from(
            [
                *(f"serviceAccount:{account}" for account in ACCOUNTS),
                "user:alice@example.com",
                "principal://x/subject/y",
            ]
        ),
        "serviceAccountKeyName": st.just(KEY),
        "serviceAccountDelegationInfo": HOPS,
    },
)
ENTRIES = st.fixed_dictionaries(
    {
        "resource": st.fixed_dictionaries(
            {"type": st.sampled_from(["cloud_run_revision", "project"])},
            optional={
                "labels": st.fixed_dictionaries(
                    {"service_name": st.sampled_from([*FUNCTIONS, "Dashboard", "x"])},
                    optional={"project_id": st.sampled_from([HOME, "sales"])},
                )
            },
        ),
        "logName": st.sampled_from([READS, CHANGES, "projects/p/logs/mine"]),
    },
    optional={
        "protoPayload": st.fixed_dictionaries(
            {"methodName": st.sampled_from([READ, "storage.objects.get", READ.lower()])},
            optional={"authenticationInfo": WHO},
        )
    },
)


@given(entry=ENTRIES)
def test_the_filter_and_the_code_agree(entry: dict[str, Any]) -> None:
    assert lql.accepts(FILTER, entry) is not own(entry)


def test_a_declared_call_without_a_known_method_passes_the_filter_and_is_hinomis() -> None:
    entry = done_by(ACCOUNTS[0], method="v1.compute.globalOperations.aggregatedList")
    entry["protoPayload"]["authorizationInfo"] = [{"permission": "compute.globalOperations.list", "granted": True}]
    assert lql.accepts(FILTER, entry)
    assert own(entry)


def test_without_settings_nothing_is_left_out() -> None:
    assert loop_guard.exclusions(HOME, (), {}) == []
    assert loop_guard.exclusions("", (), {ACCOUNTS[0]: []}) == []
