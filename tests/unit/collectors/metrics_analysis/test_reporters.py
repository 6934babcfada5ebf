"""A report counts only from a declared reporter, and within its declaration."""

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.metrics_analysis import reporters
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report
from tests.support.reporters import reporter

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AIRFLOW = reporter("airflow", kind=["job_failure"], service=["composer", "dbt*"], resource=["daily_*", "load_mart"])
WITHIN: dict[str, str] = {"kind": "job_failure", "service": "composer", "resource": "daily_load"}


def test_an_undeclared_reporter_is_rejected_with_the_nearest_name() -> None:
    with pytest.raises(NotUnderstoodError) as found:
        reporters.find([AIRFLOW], "airflw")
    assert str(found.value).startswith("the reporter 'airflw' is not declared")
    assert "airflow" in str(found.value).partition("declared")[2]
    assert "rules/reporters.yaml" in str(found.value)


def test_without_declarations_every_reporter_is_rejected() -> None:
    with pytest.raises(NotUnderstoodError, match="the reporter 'airflow' is not declared: declare it in"):
        reporters.find([], "airflow")


def test_a_name_is_compared_as_it_is() -> None:
    assert reporters.find([AIRFLOW], "airflow") is AIRFLOW
    with pytest.raises(NotUnderstoodError):
        reporters.find([AIRFLOW], "Airflow")


def test_a_report_within_the_declaration_passes() -> None:
    reporters.check(AIRFLOW, **WITHIN)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("kind", "irregular_access", "job_failure"),
        ("service", "bigquery", "composer, dbt*"),
        ("resource", "payroll", "daily_*, load_mart"),
        ("resource", "my_daily_load", "daily_*, load_mart"),
    ],
)
def test_a_report_beyond_the_declaration_is_rejected_with_the_allowed_values(
    key: str, value: str, allowed: str
) -> None:
    with pytest.raises(NotUnderstoodError) as found:
        reporters.check(AIRFLOW, **{**WITHIN, key: value})
    assert str(found.value) == (
        f"the reporter 'airflow' may not report the {key} '{value}': rules/reporters.yaml allows {allowed}"
    )


@pytest.mark.parametrize(
    ("declared", "reported", "service"),
    [
        (["composer"], "", "composer"),
        (["composer", "dbt"], "", "airflow"),
        (["comp*"], "", "airflow"),
        (["composer", "dbt"], "DBT", "dbt"),
    ],
)
def test_the_service_is_the_reported_one_or_the_declared_one_or_the_name(
    declared: list[str], reported: str, service: str
) -> None:
    assert reporters.service_of(reporter("Airflow", service=declared), reported) == service


@pytest.mark.parametrize(
    ("attributes", "passes"), [({}, True), ({"reporter": "airflow"}, True), ({"reporter": "dq"}, False)]
)
def test_the_attribute_of_a_message_names_the_same_reporter(attributes: dict[str, str], passes: bool) -> None:  # noqa: FBT001
    report: Any = Report("airflow", {}, NOW, "1")
    if passes:
        reporters.check_attribute(report, attributes)
        return
    with pytest.raises(NotUnderstoodError, match="the attribute 'reporter' names 'dq', the report names 'airflow'"):
        reporters.check_attribute(report, attributes)
