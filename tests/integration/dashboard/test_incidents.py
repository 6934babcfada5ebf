"""The list of incidents: groups by urgency, filters in the address, paging, selection, and live updates that keep rows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from dashboard.pages import incidents
from db.error_db import queries, silences
from db.error_db.models import ActionRun, Incident
from db.error_db.store import ErrorStore
from handlers.versions.apply import StoredRuleSet, apply_file
from shared.model import ErrorClass, Severity, Status
from tests.support.dashboard import NOW, Dashboard, Visitor
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite


def record(store: ErrorStore, name: str, hours: float = 1, **changes: Any) -> int:
    """Records an incident with this name as its resource; returns its number."""
    time = NOW - timedelta(hours=hours)
    made = finding(**{"fingerprint": name, "resource": name, "event_key": name, "summary": f"{name} failed", **changes})
    with store.transaction(time) as transaction:
        (change,) = transaction.record(replace(made, time=time), redact=())
    return change.incident.id


def end(store: ErrorStore, number: int, hours: float) -> None:
    time = NOW - timedelta(hours=hours)
    with store.transaction(time) as transaction:
        transaction.resolve(number, reason="done", time=time)


def order(page: str, *names: str) -> list[str]:
    return sorted((name for name in names if name in page), key=page.index)


def test_the_times_in_stored_sentences_are_those_of_the_zone_of_the_page(dashboard: Dashboard) -> None:
    late = "orders: due 2026-11-24 15:00 UTC, seen 2026-11-25 18:00 UTC"
    record(dashboard.error_store, "late", summary=late, fields={"textPayload": late})
    visitor = dashboard.local()
    for address in ("/", "/incidents", "/incidents/1", "/search?q=late"):
        page = visitor.read(address)
        assert "orders: due 25 Nov 00:00 JST, seen 03:00 JST" in page, address
        assert page.count("18:00 UTC") == (address == "/incidents/1"), address  # in the evidence


def test_incidents_are_grouped_by_need_then_by_day(dashboard: Dashboard, visitor: Visitor) -> None:
    store = dashboard.error_store
    names = ["ended-earlier", "ended-today", "muted", "taken", "mild", "grave"]
    numbers = {name: record(store, name) for name in names}
    with store.transaction(NOW) as transaction:
        transaction.acknowledge(numbers["taken"], by="bob@example.com", time=NOW)
        silences.add(
            transaction.session, matcher={"resource": ["muted"]}, owner="alice", reason="x",
            starts_at=NOW, expires_at=NOW + timedelta(hours=1), now=NOW,
        )  # fmt: skip
    record(store, "grave", 0.5, severity=Severity.CRITICAL, event_key="grave2")
    for name, hours in (("ended-today", 0.1), ("ended-earlier", 0.9)):
        end(store, numbers[name], hours)
    page = visitor.read("/incidents")
    assert "4 incidents are open. 2 of them need you." in page
    assert order(page, *names) == ["grave", "mild", "taken", "muted", "ended-today", "ended-earlier"]
    assert "Needs you · 2" in page
    assert "bob@example.com, 03:12" in page
    assert "until 04:12" in page


def test_every_page_counts_what_needs_a_person_as_the_list_does(dashboard: Dashboard, visitor: Visitor) -> None:
    store = dashboard.error_store
    numbers = [record(store, name) for name in ("one", "taken", "handled", "waits", "muted")]
    plan: dict[str, list[str]] = {"approvers": []}
    with store.transaction(NOW) as transaction:
        transaction.acknowledge(numbers[1], by="bob@example.com", time=NOW)
        transaction.acknowledge(numbers[3], by="bob@example.com", time=NOW)
        for number, approval in ((numbers[2], None), (numbers[3], plan)):
            transaction.session.add(
                ActionRun(
                    incident_id=number, handler_rule="r", trigger="opened", cause="e", action="clear_airflow_task", target="t", params={},
                    mode="auto", state="planned", approval=approval, approval_until=NOW if approval else None, not_before=NOW, created_at=NOW,
                )
            )  # fmt: skip
    for number in (3, 2):
        assert f"{number} of them need you." in visitor.read("/incidents")
        assert f"Incidents {number} " in visitor.read("/settings")
        with store.transaction(NOW) as transaction:
            silences.add(
                transaction.session, matcher={"resource": ["muted"]}, owner="alice", reason="x",
                starts_at=NOW, expires_at=NOW + timedelta(hours=1), now=NOW,
            )  # fmt: skip


def test_the_address_filters(dashboard: Dashboard, visitor: Visitor) -> None:
    record(dashboard.error_store, "one", service="dataflow", error=ErrorClass.MEMORY)
    record(dashboard.error_store, "two", severity=Severity.HIGH)
    end(dashboard.error_store, record(dashboard.error_store, "three", 60), 50)
    everything = {"one", "two", "three"}
    for query, shown in {
        "": everything,
        "?state=open": {"one", "two"},
        "?state=resolved": {"three"},
        "?state=silenced": set(),
        "?severity=high": {"two"},
        "?service=dataflow": {"one"},
        "?kind=load_issue": set(),
        "?error=memory": {"one"},
        "?error=quota": set(),
        "?rule=bigquery/job_failed": everything,
        "?owner=nobody": set(),
        "?q=TWO": {"two"},
        "?since=24h&state=resolved": set(),
        "?severity=huge&state=odd&since=9y&before=x_y": everything,
    }.items():
        page = visitor.read(f"/incidents{query}")
        assert {name for name in everything if f"{name} failed" in page} == shown, query
        assert shown or "No matching incidents." in page


def test_the_incidents_of_an_owner_are_counted_and_paged_without_those_of_others(
    dashboard: Dashboard, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "PAGE_SIZE", 2)
    monkeypatch.setattr(incidents, "CHUNK", 2)
    owners = {"owners": [{"owner": "marts", "match": {"resource": "mart-*"}}]}
    with dashboard.error_store.transaction(NOW) as transaction:
        apply_file(transaction.session, StoredRuleSet({}, owners), NOW, by="alice")
    for number in range(3):
        for name in (f"mart-{number}", f"other-{number}"):
            end(dashboard.error_store, record(dashboard.error_store, name, 30 - number), 20 - number)
    for name in ("mart-open", "other-open", "other-also"):
        record(dashboard.error_store, name)
    page = visitor.read("/incidents?owner=marts")
    assert "1 matching incident is open. It needs you." in page
    assert "Ended yesterday · 3" in page
    assert "other-" not in page
    assert "3 incidents are open." in visitor.read("/incidents")
    first = visitor.open("/incidents?owner=marts&state=resolved").text
    assert "· 2+" in first  # one more is on the next page
    names = ("mart-0", "mart-1", "mart-2")
    assert order(first, *(f"{name} failed" for name in names)) == ["mart-2 failed", "mart-1 failed"]
    older = re.search(r'href="([^"]*before=[^"]*)"', first)
    assert older
    last = visitor.read(unescape(older[1]))
    assert order(last, *names) == ["mart-0"]
    assert "+" not in last


def test_an_incident_whose_action_a_person_approved_did_not_end_without_one(
    dashboard: Dashboard, visitor: Visitor
) -> None:
    store = dashboard.error_store
    numbers = [record(store, name) for name in ("approved", "alone", "by-alice")]
    with store.transaction(NOW) as transaction:
        for number, decided_by in ((numbers[0], "alice"), (numbers[0], "bob"), (numbers[1], None)):
            transaction.session.add(
                ActionRun(
                    incident_id=number, handler_rule=f"r{decided_by}", trigger="opened", cause="e", action="remove_iam_member", target="t",
                    params={}, mode="auto", state="done", decided_by=decided_by, not_before=NOW, created_at=NOW,
                )
            )  # fmt: skip
        for number in numbers[:2]:
            transaction.session.get_one(Incident, number).resolved_by = "repair"
            transaction.session.get_one(Incident, number).resolved_at = NOW
            transaction.session.get_one(Incident, number).status = str(Status.RESOLVED)
    end(store, numbers[2], 0)
    assert "Last 14 days: 3 incidents ended, 1 of them without a person." in visitor.read("/incidents")
    assert "Last 14 days: 1 incident ended, 0 of them without a person." in visitor.read("/incidents?q=approved")
    now = visitor.read("/")
    assert "Ended without you today 1 " in now
    assert "approved failed" not in now


def test_a_number_that_python_would_not_read_is_ignored(visitor: Visitor) -> None:
    for query in ("upto=²", "q=%23²", "q=²", "upto=١٢", "before=2026-11-01T00:00:00Z_9999999999"):
        assert visitor.open(f"/incidents?{query}").status_code == 200, query
    assert "Nothing was changed." in visitor.refused("/incidents/acknowledge", "/incidents", id="²")


def test_a_long_group_shows_its_first_rows_and_leads_to_all(
    dashboard: Dashboard, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "SHOWN", 1)
    for name, severity in (("mild", Severity.LOW), ("grave", Severity.HIGH)):
        record(dashboard.error_store, name, severity=severity)
    page = visitor.read("/incidents")
    assert "Needs you · 2" in page
    assert order(page, "grave failed", "mild failed") == ["grave failed"]
    assert b'/incidents?state=open">All 2 open incidents' in visitor.open("/incidents").data
    assert order(visitor.read("/incidents?state=open"), "grave failed", "mild failed") == [
        "grave failed",
        "mild failed",
    ]
    assert "mild failed" in visitor.read("/incidents?part=live&upto=2")  # a row that is on the page of the reader


def test_incidents_of_one_rule_are_folded(dashboard: Dashboard, visitor: Visitor) -> None:
    store = dashboard.error_store
    numbers = [record(store, f"job-{number}") for number in range(6)]
    record(store, "other", rule="storage/bucket_deleted")
    with store.transaction(NOW) as transaction:
        transaction.session.add(waiting_run(numbers[0]))
    body = folds(visitor)
    assert body == [
        ["other"],
        ["job-5", "4 more from bigquery/job_failed", "job-4", "job-3", "job-2", "job-1"],
        ["job-0"],
    ]
    assert 'aria-label="Select all 5 from bigquery/job_failed"' in visitor.open("/incidents").text
    for number in numbers[1:]:
        end(store, number, 0.1)
    assert folds(visitor)[-1] == ["job-5", "4 more from bigquery/job_failed", "job-4", "job-3", "job-2", "job-1"]
    assert ["job-0"] in folds(visitor)


def folds(visitor: Visitor) -> list[list[str]]:
    """The entries of the list; entries that share a folded line are in one list."""
    bodies = re.findall(r"<tbody.*?</tbody>", visitor.open("/incidents").text, re.DOTALL)
    lines = [re.findall(r">([\w-]+) failed</a>|<summary>(.*?)</summary>", body) for body in bodies]
    return [[link or summary for link, summary in each] for each in lines if each]


def waiting_run(number: int) -> ActionRun:
    """Records a run that waits for approval."""
    return ActionRun(
        incident_id=number, handler_rule="r", trigger="opened", cause="e", action="clear_airflow_task", target="t", params={},
        mode="auto", state="planned", approval={"approvers": []}, approval_until=NOW, not_before=NOW, created_at=NOW,
    )  # fmt: skip


def test_a_number_opens_its_incident(dashboard: Dashboard, visitor: Visitor) -> None:
    record(dashboard.error_store, "one")
    assert visitor.open("/incidents?q=%231").headers["Location"] == "/incidents/1"
    assert "No matching incidents." in visitor.read("/incidents?q=%2399&state=open")


def test_ended_incidents_are_paged_each_once(
    dashboard: Dashboard, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "PAGE_SIZE", 5)
    for number in range(7):
        end(dashboard.error_store, record(dashboard.error_store, f"job-{number:02}", 30), 29)
    first = visitor.open("/incidents?state=resolved").text
    following = re.findall(r'href="([^"]*before=[^"]*)"', first)[-1].replace("&amp;", "&")
    second = visitor.open(following).text
    found = [re.findall(r'id="incident-(\d+)"', page) for page in (first, second)]
    assert [len(numbers) for numbers in found] == [5, 2]
    assert len({*found[0], *found[1]}) == 7


def test_selected_incidents_are_acknowledged_together(dashboard: Dashboard, visitor: Visitor) -> None:
    numbers = [record(dashboard.error_store, name) for name in ("one", "two", "three")]
    end(dashboard.error_store, numbers[2], 0.5)
    visitor.send("/incidents/acknowledge", id=[*map(str, numbers), "999", "x", "-1"])
    assert "2 incidents acknowledged." in visitor.read("/incidents")
    with dashboard.error_store.reading() as session:
        acknowledged = queries.incidents(session, queries.IncidentFilter(status=(Status.ACKNOWLEDGED,)), limit=9)
    assert {view.acknowledged_by for view in acknowledged} == {"alice"}
    assert "acknowledged." not in visitor.read("/incidents")


def test_an_update_adds_no_row_and_counts_the_new_ones(dashboard: Dashboard, visitor: Visitor) -> None:
    record(dashboard.error_store, "one")
    page = visitor.open("/incidents").text
    live = re.findall(r'hx-get="([^"]+)"', page)[0].replace("&amp;", "&")
    record(dashboard.error_store, "two", 0.1)
    update = visitor.open(live).text
    assert "<html" not in update
    assert re.findall(r'id="incident-(\d+)"', update) == ["1"]
    assert "1 new incident since you opened the page" in update
    assert "2 incidents are open." in update


def test_effects_are_indented_under_their_cause_and_do_not_count(dashboard: Dashboard, visitor: Visitor) -> None:
    from db.error_db.models import Incident

    number = record(dashboard.error_store, "cause")
    with dashboard.error_store.transaction(NOW) as transaction:
        row = transaction.session.get(Incident, number)
        assert row is not None
        row.effects = [f"effect-{each}" for each in range(5)]
    page = visitor.read("/incidents")
    assert "1 incident is open." in page
    assert "↳ effect-2 effect of #1" in page
    assert "2 more effects" in page


def test_the_statements_of_a_page_do_not_grow_with_its_rows(dashboard: Dashboard, visitor: Visitor) -> None:
    from sqlalchemy import event

    statements: list[str] = []
    event.listen(dashboard.error_store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for names in (("a",), tuple("bcdefgh")):
        for name in names:
            record(dashboard.error_store, name)
        statements.clear()
        visitor.open("/incidents")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, statements
