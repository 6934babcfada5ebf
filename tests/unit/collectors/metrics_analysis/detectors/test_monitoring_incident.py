"""Notifications of Cloud Monitoring become findings, and resolve when its incident closes."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.detectors import DetectorContext, Effect, monitoring_incident
from collectors.metrics_analysis.evidence import MonitoringIncident
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, IncidentKind, Recovery, Severity

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CONTEXT = DetectorContext(NOW, Settings(), Clients(Settings()), [])
STARTED, ENDED = 1795413600, 1795414200
OPEN: dict[str, Any] = {
    "incident_id": "0.abc",
    "scoping_project_id": "example-project",
    "url": "https://console.cloud.google.com/monitoring/alerting/incidents/0.abc?project=example-project",
    "started_at": STARTED,
    "ended_at": None,
    "state": "open",
    "summary": "CPU utilization for vm-1 is above the threshold of 0.9 with a value of 0.97.",
    "observed_value": "0.97",
    "threshold_value": "0.9",
    "resource": {"type": "gce_instance", "labels": {"project_id": "example-project", "instance_id": "123"}},
    "resource_display_name": "vm-1",
    "metric": {"type": "compute.googleapis.com/instance/cpu/utilization", "labels": {"instance_name": "vm-1"}},
    "policy_name": "VM CPU high",
    "policy_user_labels": {"owner": "data"},
    "condition_name": "CPU > 90%",
    "condition": {"name": "projects/example-project/alertPolicies/1/conditions/2"},
    "documentation": {"content": "Runbook text"},
    "severity": "Error",
}
CLOSED = OPEN | {"state": "closed", "ended_at": ENDED, "summary": "CPU utilization returned to normal."}


def effects(incident: dict[str, Any], *, test: bool = False) -> list[Effect]:
    return list(monitoring_incident.detect(MonitoringIncident(incident, test=test), CONTEXT))


def finding(**changes: Any) -> Finding:
    (effect,) = effects(OPEN | changes)
    assert isinstance(effect, Finding)
    return effect


def recovery(**changes: Any) -> Recovery:
    (effect,) = effects(CLOSED | changes)
    assert isinstance(effect, Recovery)
    return effect


def test_an_open_incident_is_a_load_issue() -> None:
    effect = finding()
    assert (effect.rule, effect.kind, effect.severity) == (
        "cloud_monitoring/incident",
        IncidentKind.LOAD_ISSUE,
        Severity.HIGH,
    )
    assert (effect.service, effect.resource, effect.project) == ("compute", "example-project/vm-1", "example-project")
    assert (effect.title, effect.summary) == ("VM CPU high", OPEN["summary"])
    assert effect.time == datetime.fromtimestamp(STARTED, UTC)
    assert (effect.fields["observed_value"], effect.fields["threshold_value"]) == ("0.97", "0.9")
    assert effect.labels == {"project_id": "example-project", "instance_id": "123", "owner": "data"}
    assert effect.log_url == OPEN["url"]


def test_an_incident_is_described_in_japanese_as_far_as_hinomi_wrote_the_words() -> None:
    assert finding().translations == {"ja": {"title": "VM CPU high", "summary": OPEN["summary"]}}
    nameless = finding(policy_name=None, condition_name=None, summary=None).translations["ja"]
    assert nameless["title"] == "Cloud Monitoring のインシデント"
    output = recovery().translations["ja"]["summary"]
    assert output.startswith("Cloud Monitoring がインシデントをクローズ: ")


def test_a_closed_incident_is_the_recovery_at_its_end() -> None:
    effect = recovery()
    assert (effect.fingerprint, effect.time) == (finding().fingerprint, datetime.fromtimestamp(ENDED, UTC))


def test_a_new_incident_of_the_same_series_is_the_same_fault_and_another_event() -> None:
    again = finding(incident_id="0.def")
    assert again.fingerprint == finding().fingerprint
    assert again.event_key != finding().event_key


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": {"name": "projects/example-project/alertPolicies/1/conditions/3"}},
        {"resource": {"type": "gce_instance", "labels": {"instance_id": "124"}}},
        {"metric": {"type": "compute.googleapis.com/x", "labels": {"instance_name": "vm-1", "device_name": "b"}}},
    ],
)
def test_another_condition_resource_or_series_is_another_fault(changes: dict[str, Any]) -> None:
    assert finding(**changes).fingerprint != finding().fingerprint


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("Critical", Severity.CRITICAL),
        ("Error", Severity.HIGH),
        ("Warning", Severity.MEDIUM),
        ("No severity", Severity.MEDIUM),
        (None, Severity.MEDIUM),
    ],
)
def test_severities_are_mapped(severity: str | None, expected: Severity) -> None:
    assert finding(severity=severity).severity is expected


def test_the_test_message_of_a_channel_is_nothing() -> None:
    assert effects(OPEN | {"state": "OPEN"}, test=True) == []


def test_a_state_that_is_not_known_is_nothing() -> None:
    assert effects(OPEN | {"state": "acknowledged"}) == []


def test_a_closed_incident_without_an_end_ends_now() -> None:
    assert recovery(ended_at=None).time == NOW


def test_a_closed_incident_does_not_end_before_it_began() -> None:
    assert recovery(ended_at=STARTED - 60).time == datetime.fromtimestamp(STARTED, UTC)


def test_a_link_that_is_not_https_is_left_out() -> None:
    assert finding(url="javascript:alert(1)").log_url == ""


def test_a_log_based_incident_without_a_metric_is_of_cloud_monitoring() -> None:
    assert finding(metric=None).service == "cloud_monitoring"


@pytest.mark.parametrize("field", list(OPEN))
def test_any_field_may_be_missing(field: str) -> None:
    incident = copy.deepcopy(OPEN)
    del incident[field]
    assert len(effects(incident)) == (0 if field == "state" else 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(changes=st.dictionaries(st.sampled_from([*OPEN, "nonsense"]), JSON, max_size=6))
def test_a_field_may_contain_anything(changes: dict[str, Any]) -> None:
    for effect in effects(OPEN | changes):
        assert effect.time.tzinfo is UTC
        assert effect.event_key


@pytest.mark.parametrize(("one", "other"), [("v" * 350 + "a", "v" * 350 + "b"), ("a b", "a\tb"), ("a", "a\u202e")])
def test_two_series_whose_labels_differ_anywhere_are_two_faults(one: str, other: str) -> None:
    def series(value: str) -> str:
        return finding(metric={"type": "custom.googleapis.com/x", "labels": {"queue": value}}).fingerprint

    assert series(one) != series(other)


def test_the_name_of_a_label_cannot_contain_its_value() -> None:
    def series(labels: dict[str, str]) -> str:
        return finding(metric={"type": "custom.googleapis.com/x", "labels": labels}).fingerprint

    assert len({series(labels) for labels in ({"a=b": "c"}, {"a": "b=c"}, {"a\0b": "c"}, {"a\0\0b": "c"})}) == 4


def test_names_of_policy_and_condition_are_compared_one_by_one() -> None:
    nameless = {name: value for name, value in OPEN.items() if name != "condition"}
    names = [("a/b", "c"), ("a", "b/c"), ("a", "b"), ("b", "a")]
    found = [{**nameless, "policy_name": policy, "condition_name": condition} for policy, condition in names]
    faults = {
        effect.fingerprint
        for incident in found
        for effect in monitoring_incident.detect(MonitoringIncident(incident, test=False), CONTEXT)
    }
    assert len(faults) == len(names)
