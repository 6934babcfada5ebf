"""A user, job, dataset or project that costs far more than on the days before is an incident on the same day."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from collectors.history_analysis.costs.check import CostCheck
from db.error_db import queries
from db.error_db.incidents import feedback
from db.error_db.incidents.feedback import FeedbackKind
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from insights.cost.budget import usual_limit
from insights.cost.refresh import refresh
from insights.jobs.expectations_file import compile_expectations
from shared.config import Settings
from shared.errors import InputError
from shared.history import JobRunRow
from shared.model import IncidentKind, Status
from shared.records import IncidentView
from shared.texts.recorded import next_steps
from tests.support.runs import DAY, NOW, PROJECT, keep, run

pytestmark = pytest.mark.sqlite
TIB = 1024**4
HOUR = timedelta(hours=1)


def spend(name: str, tib: float, ago: timedelta, user: str = "etl@example.com", **changes: Any) -> JobRunRow:
    return run(name, ago=ago, bytes_billed=int(tib * TIB), principal=user, **changes)


def month(name: str = "load", tib: float = 1, **changes: Any) -> list[JobRunRow]:
    """One run on each of the last four weeks' days at 01:00, not today."""
    return [spend(name, tib, ago * DAY + 5 * HOUR, **changes) for ago in range(1, 29)]


class World:
    """A history of jobs and the check at NOW: Monday, 06:00."""

    def __init__(self, check: CostCheck) -> None:
        self.check = check

    def keep(self, rows: Iterable[JobRunRow]) -> None:
        keep(self.check.schema, rows)

    def incidents(self) -> list[IncidentView]:
        with self.check.errors().reading() as session:
            return queries.incidents(session, queries.IncidentFilter(), limit=50)


@pytest.fixture
def world(sqlite_schema_store: SchemaStore, sqlite_store: ErrorStore) -> World:
    return World(CostCheck(sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))


def test_a_user_who_spends_far_more_is_one_incident_until_a_usual_day_is_over(world: World) -> None:
    alice = "alice@example.com"
    world.keep([*month("load", 2), *month(alice, 0.5, user=alice)])
    world.keep([spend("load", 2, 5 * HOUR)])
    assert world.check.check(NOW) == 0
    world.keep([spend(alice, 4, 2 * HOUR, user=alice), spend("dashboard", 1, HOUR, user=alice)])
    assert world.check.check(NOW) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.kind, incident.resource) == ("cost/unusual_day", IncidentKind.LOAD_ISSUE, alice)
    assert incident.summary == (
        "On 2026-11-23 the queries and jobs of alice@example.com cost $31.25 until 06:00 (UTC): usually $3.12 a day, at most "
        "$9.38; mostly alice@example.com ($25.00, 80 %), dashboard by alice@example.com ($6.25, 20 %)"
    )
    assert [command for _, command in next_steps(incident, "ja")][:2] == [
        "hinomi cost by user --days 7",
        "hinomi jobs show alice@example.com",
    ]
    assert world.check.check(NOW + HOUR) == 0
    world.keep([spend("load", 2, -19 * HOUR)])
    assert world.check.check(NOW + DAY) == 0
    assert world.check.check(NOW + 2 * DAY) == 1
    assert [each.status for each in world.incidents()] == [Status.RESOLVED]


def test_a_job_that_reads_much_more_is_named_and_not_its_user_dataset_and_project(world: World) -> None:
    mart = f"{PROJECT}.mart.orders"
    world.keep([*month("load", 1, sources=[mart]), *month("other", 1, user="bob@example.com")])
    world.keep([spend("load", 20, 5 * HOUR, sources=[mart])])
    assert world.check.check(NOW) == 1
    (incident,) = world.incidents()
    assert incident.resource == "load"
    with world.check.errors().reading() as session:
        detail = queries.incident(session, incident.id)
    assert detail is not None
    also = detail.occurrences[0].evidence["elements"]["also_above"]
    assert {each["by"] for each in also} == {"user", "dataset", "project"}


def test_the_sums_of_days_give_the_same_answer(world: World) -> None:
    world.keep([*month("load", 1), *month("other", 1, user="bob@example.com"), spend("load", 20, DAY + 4 * HOUR)])
    list(refresh(world.check.schema, NOW))
    assert world.check.check(NOW) == 1
    assert [each.resource for each in world.incidents()] == ["load"]


def test_small_amounts_and_short_histories_are_no_incidents(world: World) -> None:
    world.keep([*month("load", 10), *month("tiny", 0.001), spend("tiny", 0.2, HOUR)])
    assert world.check.check(NOW) == 0
    world.keep([spend("new", 200, HOUR, user="new@example.com", project="new-project")])
    assert world.check.check(NOW - 20 * DAY) == 0


def test_budgets_override_what_was_learned(world: World, tmp_path: Path) -> None:
    (tmp_path / "expectations.yaml").write_text(
        "budgets:\n- {by: job, name: 'adhoc_*', ignore: true}\n- {by: project, name: example-*, per_day: 20}\n"
        "- {by: user, name: '*', ignore: true}\n- {by: dataset, name: '*', ignore: true}\n"
    )
    errors: list[InputError] = []
    compiled = compile_expectations(tmp_path, errors)
    assert errors == []
    check = world.check
    world.keep([*month("adhoc_x", 1), spend("adhoc_x", 3, HOUR)])
    world.check = replace(check, expectations=compiled)
    assert world.check.check(NOW) == 0
    world.keep([spend("adhoc_x", 1, 2 * HOUR)])
    assert world.check.check(NOW) == 1
    (incident,) = world.incidents()
    assert (incident.rule, incident.resource) == ("cost/over_budget", PROJECT)
    assert "more than the budget of $20.00 a day" in incident.summary


def test_a_budget_without_an_amount_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "expectations.yaml").write_text("budgets:\n- by: job\n  name: x\n")
    errors: list[InputError] = []
    compile_expectations(tmp_path, errors)
    assert "per_day" in str(errors[0])
    assert errors[0].line == 3


MONDAY = date(2026, 1, 5)


def limit_at(days: Sequence[float], at: int) -> float:
    """The limit of a day, learned from the 35 days before it."""
    limit = usual_limit(days[at - 35 : at][::-1], MONDAY + at * DAY)
    assert limit is not None
    return limit


def test_usual_days_are_hardly_ever_above_their_limit_and_ten_usual_days_in_one_nearly_always() -> None:
    """Two hundred users of four kinds for 35 days: at most one day in a thousand is a false alarm."""
    rng = random.Random(1)
    found, false = Counter[float](), 0
    for number in range(200):
        sigma = (0.1, 0.3, 0.5, 0.8)[number % 4]
        days = [rng.lognormvariate(3, sigma) * (1.0 if at % 7 < 5 else 0.3) for at in range(70)]
        false += sum(days[at] > limit_at(days, at) for at in range(35, 70))
        found[sigma] += 10 * median(each for at, each in enumerate(days[:35]) if at % 7 < 5) > limit_at(days, 35)
        assert 10 * max(days[:35]) > limit_at(days, 35)
    assert false <= 7
    assert (found[0.1], found[0.3]) == (50, 50)
    assert found[0.5] >= 45


def test_a_month_end_that_always_costs_more_is_usual_and_the_same_cost_a_week_later_is_not() -> None:
    days = [
        8.0 if (MONDAY + at * DAY).day == 1 else 1.0 for at in range(100)
    ]  # the last run of a month ends on the first
    ends = [at for at in range(35, 100) if days[at] == 8.0]
    assert len(ends) == 2
    assert all(days[at] <= limit_at(days, at) < days[at] * 3 for at in ends)
    assert limit_at(days, ends[-1] + 7) < 8.0


@pytest.mark.postgresql
@pytest.mark.both_databases
def test_the_statements_run_on_postgresql(postgres_schema_store: SchemaStore, sqlite_store: ErrorStore) -> None:
    world = World(CostCheck(postgres_schema_store, lambda: sqlite_store, Settings(), lambda *_: None))
    world.keep([*month("load", 1), spend("load", 20, 5 * HOUR, sources=["p.d.t"], destination="p.e.t")])
    assert world.check.check(NOW) == 1


def test_feedback_on_a_cost_is_about_its_day_or_its_later_costs(world: World) -> None:
    world.keep([*month(), spend("load", 10, 5 * HOUR)])
    world.check.check(NOW)
    say(world, FeedbackKind.EXPECTED, NOW)
    world.keep([spend("load", 10, -HOUR)])
    assert world.check.check(NOW + 2 * HOUR) == 0
    world.keep([spend("load", 10, -20 * HOUR)])
    assert world.check.check(NOW + DAY) == 1  # the next day is another one
    say(world, FeedbackKind.NEW_NORMAL, NOW + DAY)
    world.keep([spend("load", 12, -44 * HOUR)])
    assert world.check.check(NOW + 2 * DAY) == 0
    world.keep([spend("load", 30, -68 * HOUR)])
    assert world.check.check(NOW + 3 * DAY) == 1
    say(world, FeedbackKind.NEVER, NOW + 3 * DAY)
    world.keep([spend("load", 50, -92 * HOUR)])
    assert world.check.check(NOW + 4 * DAY) == 0


def say(world: World, verdict: FeedbackKind, now: datetime) -> None:
    """Gives feedback on the latest incident, which resolves it."""
    with world.check.errors().transaction(now) as transaction:
        feedback.give(transaction, world.incidents()[0], verdict, by="alice", reason="", time=now)
