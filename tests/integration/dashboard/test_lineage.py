"""What is upstream and downstream of jobs, tables and incidents, by hop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from shared.history import JobRunRow
from shared.model import IncidentKind, JobState
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.findings import finding
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARKUP = "<script>alert(1)</script>"
RAW = {"service": "bigquery", "project": "p", "name": "raw"}


def query(
    name: str, start: timedelta, ago: int, target: str, *sources: str, state: JobState = JobState.SUCCEEDED
) -> JobRunRow:
    begin = NOW - start - ago * DAY
    return JobRunRow(
        "bigquery", "p", f"{name}-{ago}", name, state, start_at=begin, end_at=begin + HOUR / 2,
        destination=f"p.{target}", sources=[f"p.{each}" for each in sources],
    )  # fmt: skip


@pytest.fixture
def visitor(dashboard: Dashboard) -> Visitor:
    rows = [query("raw", 5 * HOUR, ago, "d.raw") for ago in range(1, 9)]
    rows += [query("mart", 4 * HOUR, ago, "d.mart", "d.raw") for ago in range(9)]
    rows += [query(MARKUP, 3 * HOUR, ago, "d.report", "d.mart") for ago in range(9)]
    failed = query("raw", 5 * HOUR, 0, "d.raw", state=JobState.FAILED)
    keep(dashboard.schema_store, [*rows, failed])
    incident = replace(
        finding(), kind=IncidentKind.JOB_FAILURE, service="bigquery", project="p", labels={"job": "raw"}, resource="raw",
        time=NOW - 4.5 * HOUR,
    )  # fmt: skip
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(incident, redact=())
    return dashboard.local()


def test_a_job_shows_by_hop_what_reads_its_tables_and_when(visitor: Visitor) -> None:
    page = visitor.read(f"/jobs/lineage?{urlencode(RAW)}")
    assert "2 jobs are downstream of raw. Next start: 23:12." in page
    assert "Hop 1 healthy mart d.raw d.mart" in page
    assert f"Hop 2 healthy {MARKUP} d.mart d.report" in page
    assert "No job writes what is read here." in page
    assert "raw の下流にはジョブが 2 件あります。" in visitor.read(f"/jobs/lineage?{urlencode(RAW)}&lang=ja")


def test_a_table_has_a_page_too(visitor: Visitor) -> None:
    page = visitor.read("/jobs/lineage?table=p.d.mart")
    assert "1 job is downstream of p.d.mart." in page
    assert "1 of the upstream jobs may need a person." in page
    assert "Hop 2 failing raw d.raw" in page
    assert "#1" in page
    assert "Nothing is downstream of p.d.none." in visitor.read("/jobs/lineage?table=p.d.none")
    assert "<script>alert" not in visitor.open(f"/jobs/lineage?{urlencode({'table': MARKUP})}").text


def test_the_pages_of_the_job_and_of_the_incident_show_the_hops(visitor: Visitor) -> None:
    job = visitor.open(f"/jobs/job?{urlencode(RAW)}").text
    assert 'hx-get="/jobs/lineage?service=bigquery&amp;project=p&amp;name=raw&amp;part=lineage"' in job
    assert '<a href="/jobs/lineage?table=p.d.raw"' in job
    related = visitor.open("/incidents/1/related?part=related").text
    assert "<script>alert" not in related
    assert "hop 1 · reads d.raw" in related
    assert "hop 2 · reads d.mart" in related
