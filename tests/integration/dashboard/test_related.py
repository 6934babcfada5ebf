"""The jobs and bindings related to an incident: each with the reason, as of the incident and now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import BindingChangeRow, BindingEntry
from shared.model import ErrorClass, IncidentKind, JobState
from tests.support import access_world as world
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import Dashboard, Visitor
from tests.support.findings import finding
from tests.support.runs import NOW, PROJECT, keep, run

HOUR = timedelta(hours=1)
SOURCE, TARGET = f"{PROJECT}.raw.orders", f"{PROJECT}.mart.orders"
PART = "/incidents/1/related?part=related"


def visit(errors: ErrorStore, history: SchemaStore, **changes: Any) -> Visitor:
    """A visitor an hour after an incident of the job `daily_load`, or another one."""
    with errors.transaction(NOW) as transaction:
        transaction.record(replace(finding(project=PROJECT, **changes), time=NOW - HOUR), redact=())
    return Dashboard(errors, history, lambda: NOW).local()


def details(visitor: Visitor, errors: ErrorStore) -> Any:
    """The API's answer about the incident."""
    token = new_token(errors, now=NOW, expires_at=NOW + timedelta(days=1))
    return ApiClient(visitor, token).get("/incidents/1")


def test_jobs_are_related_by_tables_and_account(store: ErrorStore, schema_store: SchemaStore) -> None:
    own = [run("daily_load", ago=ago * HOUR, sources=[SOURCE], destination=TARGET) for ago in (26, 50, 74)]
    failed = run("other", ago=2 * HOUR, state=JobState.FAILED)
    old_failure = run("long_ago", ago=30 * HOUR, state=JobState.FAILED)
    others = [
        run("fill_raw", ago=3 * HOUR, destination=SOURCE, principal="b@example.com"),
        run("report", ago=4 * HOUR, sources=[TARGET, SOURCE], destination=f"{PROJECT}.x.y", principal="b@example.com"),
        run("elsewhere", ago=HOUR, sources=["p.q.r"], destination="p.q.s", principal="b@example.com"),
    ]
    keep(schema_store, [*own, failed, old_failure, *others])
    visitor = visit(store, schema_store)
    page = visitor.read(PART)
    reasons = (
        "daily_load Last 3 runs: 0 failed, 0 slow the job of this incident",
        f"fill_raw Last run: 0 failed, 0 slow writes {SOURCE}, which this job reads",
        f"report Last run: 0 failed, 0 slow reads {TARGET}, which this job writes",
        "other Last run: 1 failed, 0 slow failed about the same time, same account alice@example.com",
    )
    places = [page.index(each) for each in reasons]
    assert places == sorted(places)
    assert "elsewhere" not in page
    assert "long_ago" not in page
    assert "bindings" not in page
    assert f'hx-get="{PART}"' in visitor.open("/incidents/1").text
    assert page in visitor.read("/incidents/1/related")
    answer = details(visitor, store)
    assert [(each["name"], each["relation"], each["via"]) for each in answer["related_jobs"]["items"]] == [
        ("daily_load", "own", ""), ("fill_raw", "writes_input", SOURCE), ("report", "reads_output", TARGET),
        ("other", "account", "alice@example.com"),
    ]  # fmt: skip
    assert [len(each["latest_runs"]) for each in answer["related_jobs"]["items"]] == [3, 1, 1, 1]
    assert answer["related_jobs"]["gap"] == ""
    assert answer["related_bindings"] is None


def test_bindings_at_the_incident_and_now(store: ErrorStore, schema_store: SchemaStore) -> None:
    viewer, analysts = BindingEntry(world.VIEWER, world.BOB), BindingEntry(world.VIEWER, world.ANALYSTS)
    other = BindingEntry(world.VIEWER, world.DAVE)
    with schema_store.transaction() as session:
        world.roles(session)
        world.members(session, world.ANALYSTS, world.BOB)
        world.see(session, 1, world.OLD, {world.BUCKET: [analysts, other]})
        world.see(session, 2, NOW - 3 * HOUR, {world.BUCKET: [analysts, other, viewer]})
        world.see(session, 3, NOW, {world.BUCKET: [viewer, other]})
        for at, action, member in ((4, "ADD", world.BOB), (0.5, "REMOVE", world.ANALYSTS)):
            time = NOW - at * HOUR
            write(session, 3, [BindingChangeRow(f"k{at}", time, world.BUCKET, action, world.VIEWER, member, "carol@example.com")])  # fmt: skip
    about: dict[str, Any] = {
        "kind": IncidentKind.IRREGULAR_ACCESS,
        "resource": world.BUCKET,
        "principal": "bob@example.com",
    }
    visitor = visit(store, schema_store, **about)
    page = visitor.read(PART)
    bindings = page[page.index("Related bindings") :]
    assert "at the incident and now · granted" in bindings
    assert "at the incident, not now · removed" in bindings
    assert bindings.count("carol@example.com") == 2, bindings
    assert "through analysts@example.com" in bindings
    assert "use unknown · intent unknown" in bindings
    assert "dave" not in bindings
    answer = details(visitor, store)["related_bindings"]
    assert (answer["resource"], answer["gap"]) == (world.BUCKET, "")
    of = {each["member"]: each for each in answer["items"]}
    granted, removed = of.pop(world.BOB), of.pop(world.ANALYSTS)
    assert not of
    assert (granted["valid_then"], granted["valid_now"], granted["granted_by"]) == (True, True, "carol@example.com")
    assert (removed["valid_then"], removed["valid_now"], removed["removed_by"]) == (True, False, "carol@example.com")
    assert (removed["until"], removed["path"]) == (
        (NOW - HOUR / 2).isoformat().replace("+00:00", "Z"),
        [world.ANALYSTS],
    )


def test_without_history_each_part_says_what_is_missing(store: ErrorStore, schema_store: SchemaStore) -> None:
    visitor = visit(store, schema_store, error=ErrorClass.PERMISSION)
    page = visitor.read(PART)
    assert page.count("hinomi snapshot run") == 2, page
    answer = details(visitor, store)
    assert "hinomi snapshot run" in answer["related_jobs"]["gap"]
    assert "hinomi snapshot run" in answer["related_bindings"]["gap"]
    assert visitor.open("/incidents/9/related").status_code == 404
