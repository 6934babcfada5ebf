"""Results from outside Google Cloud become findings and recoveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.metrics_analysis.detectors import DetectorContext, report
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report
from shared.clients import Clients
from shared.config import Settings
from shared.model import Finding, IncidentKind, Recovery, Severity
from tests.support.reporters import reporter

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DECLARED = [reporter("airflow"), reporter("dbt"), reporter("Dq.Checks")]


def text(source: str = "airflow", declared: list[dict[str, Any]] = DECLARED, **data: Any) -> Finding | Recovery:
    data = {"job": "daily_load", "state": "failed"} | data
    context = DetectorContext(NOW, Settings(), Clients(Settings()), [], declared)
    (effect,) = report.detect(Report(source, data, NOW, "message-1"), context)
    return effect


def finding(**data: Any) -> Finding:
    effect = text(**data)
    assert isinstance(effect, Finding)
    return effect


def test_a_failed_report_is_a_job_failure_of_medium_severity() -> None:
    effect = finding()
    assert (effect.rule, effect.kind, effect.severity) == ("report/airflow", IncidentKind.JOB_FAILURE, Severity.MEDIUM)
    assert (effect.service, effect.resource, effect.time) == ("airflow", "daily_load", NOW)
    assert effect.summary == "daily_load failed"


def test_a_report_may_say_more() -> None:
    effect = finding(kind="load_issue", severity="high", summary="late\nby 2 h", labels={"dag": "a"}, project="p")
    assert (effect.kind, effect.severity, effect.summary) == (IncidentKind.LOAD_ISSUE, Severity.HIGH, "late by 2 h")
    assert (effect.labels, effect.project) == ({"dag": "a"}, "p")


def test_a_report_is_described_in_japanese_too() -> None:
    assert finding().translations == {"ja": {"title": "airflow からの障害報告", "summary": "daily_load が失敗"}}
    assert finding(summary="late").translations["ja"]["summary"] == "late"
    assert text(state="ok").translations == {"ja": {"summary": "airflow で daily_load が正常終了"}}


def test_an_ok_report_is_the_recovery_of_the_same_job() -> None:
    effect = text(state="ok")
    assert isinstance(effect, Recovery)
    assert (effect.fingerprint, effect.time) == (finding().fingerprint, NOW)


def test_other_jobs_and_other_sources_are_other_faults() -> None:
    assert len({finding(**more).fingerprint for more in ({}, {"job": "other"}, {"source": "dbt"})}) == 3


def test_a_report_with_an_id_is_one_event_whatever_message_brings_it() -> None:
    assert finding(id="run-7").event_key == "report|airflow|daily_load|run-7"
    assert finding().event_key == "report|airflow|daily_load|message-1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://airflow.example.com/dags/a?x=1", "https://airflow.example.com/dags/a?x=1"),
        ("javascript:alert(1)", ""),
        ("http://example.com", ""),
        ('https://example.com/"><script>', ""),
        (7, ""),
        (None, ""),
    ],
)
def test_only_a_plain_https_link_is_kept(url: Any, expected: str) -> None:
    assert finding(url=url).log_url == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"job": ""}, "needs a 'job'"),
        ({"job": ["a"]}, "'job' must be text"),
        ({"state": "broken"}, "started, ok or failed"),
        ({"state": None}, "started, ok or failed"),
        ({"kind": "disaster"}, "'kind' must be one of irregular_access, job_failure, load_issue"),
        ({"severity": "urgent"}, "'severity' must be one of informational"),
        ({"severity": ["high"]}, "'severity' must be one of"),
        ({"labels": "a=b"}, "'labels' must be an object"),
        ({"labels": {str(index): "" for index in range(31)}}, "at most 30"),
        ({"summary": {}}, "'summary' must be text"),
        ({"source": "../../etc"}, "source must be a short name"),
    ],
)
def test_a_malformed_field_is_rejected(data: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotUnderstoodError, match=reason):
        text(**data)


def test_the_declaration_names_the_service_and_the_kind_of_its_incidents() -> None:
    declared = [reporter("airflow", service=["composer"], kind=["load_issue"])]
    effect = text(declared=declared)
    assert isinstance(effect, Finding)
    assert (effect.service, effect.kind) == ("composer", IncidentKind.LOAD_ISSUE)


@pytest.mark.parametrize("state", ["failed", "ok"])
@pytest.mark.parametrize("more", [{"source": "nobody"}, {"job": "payroll"}, {"service": "iam"}])
def test_neither_a_failure_nor_a_recovery_counts_beyond_the_declaration(state: str, more: dict[str, str]) -> None:
    with pytest.raises(NotUnderstoodError, match=r"rules/reporters\.yaml"):
        text(declared=[reporter("airflow", resource=["daily_*"])], state=state, **more)


@pytest.mark.parametrize(
    ("reported", "most", "severity", "shown"),
    [
        ("critical", "high", "high", "critical (at most high)"),
        ("high", "low", "low", "high (at most low)"),
        ("low", "high", "low", None),
        (None, "low", "low", "medium (at most low)"),
    ],
)
def test_a_severity_beyond_the_declaration_counts_as_the_declared_one(
    reported: str | None, most: str, severity: str, shown: str | None
) -> None:
    effect = text(declared=[reporter("airflow", max_severity=most)], severity=reported)
    assert isinstance(effect, Finding)
    assert (str(effect.severity), effect.fields.get(report.AS_REPORTED)) == (severity, shown)


def test_the_same_job_of_two_services_is_two_faults() -> None:
    declared = [reporter("airflow", service=["composer", "dbt"])]
    services = ("composer", "dbt")
    assert len({text(declared=declared, service=service).fingerprint for service in services}) == 2


def test_services_that_differ_at_their_end_are_two_faults() -> None:
    declared = [reporter("airflow", service=["*"])]
    services = ("s" * 40 + "1", "s" * 40 + "2")
    assert len({text(declared=declared, service=service).fingerprint for service in services}) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("j" * 350 + "a", "j" * 350 + "b"), ("load x", "load\tx"), ("a", "a\u200b")]
)
def test_two_jobs_that_differ_anywhere_are_two_faults(one: str, other: str) -> None:
    assert text(job=one).fingerprint != text(job=other).fingerprint


def test_two_long_ids_are_two_events() -> None:
    assert text(id="i" * 200 + "a").event_key != text(id="i" * 200 + "b").event_key
    assert len(text(id="i" * 2000).event_key) <= 300
