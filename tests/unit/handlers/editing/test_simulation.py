"""A change of the rules is simulated on past incidents with the stages of live decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers.editing.simulation import OutcomeDifference, RuleSimulation, RuleVersionSet, compared
from handlers.owners.recipients import Recipients
from handlers.remediations.brakes import Brakes
from handlers.spec import HandlerSpec, readable_silences
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar
from shared.model import Mode, Status, Trigger
from shared.records import IncidentView, SilenceView
from tests.support.incidents import NOW, incident

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REPAIR = HandlerSpec("repair", "remove_iam_member", on=(Trigger.OPENED,), mode=Mode.AUTO)
CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.RESOLVED), mode=Mode.AUTO)
NIGHT = NotificationHours(Calendar.from_dict({"windows": ["daily 22:00-07:00"], "timezone": "UTC"}), is_quiet=True)


def past(number: int, ago: timedelta, **changes: Any) -> IncidentView:
    return incident(id=number, received_at=NOW - ago, opened_at=NOW - ago, **changes)


def simulated(
    before: Sequence[HandlerSpec],
    after: Sequence[HandlerSpec],
    found: Sequence[IncidentView],
    *,
    muted: Sequence[SilenceView] = (),
    owners: Sequence[dict[str, Any]] = (),
) -> RuleSimulation:
    new = Recipients.of_defaults({"owners": list(owners)})
    old = RuleVersionSet(before, Recipients())
    return compared(found, readable_silences(muted), old, RuleVersionSet(after, new), NOW)


def shown(each: OutcomeDifference) -> tuple[int, str, str, str]:
    return each.incident.id, each.rule, each.before.en, each.after.en


def test_a_cooldown_and_a_budget_stop_what_would_have_run() -> None:
    found = [past(1, HOUR), past(2, HOUR - MINUTE), past(3, HOUR - 2 * MINUTE, resource="other")]
    slower = replace(REPAIR, cooldown=HOUR / 2, budget=1)
    result = simulated([REPAIR], [slower], found)
    (counts,) = result.counts
    assert (counts.matched, counts.runs) == ((3, 3), (3, 1))
    assert [(reason.en, count) for reason, count in counts.stopped] == [("cooldown", 1), ("budget exhausted", 1)]
    assert [shown(each)[0] for each in result.differences] == [3, 2]
    assert shown(result.differences[0])[3] == "budget exhausted: 1 of 1 runs in the last hour"
    assert shown(result.differences[1])[2] == "remove_iam_member on example-exports (auto)"


def test_a_silence_of_that_time_and_the_hours_of_the_rule_count() -> None:
    silence = SilenceView(3, {"resource": "example-exports"}, "bob", "work", NOW - 3 * HOUR, NOW - 2 * HOUR, 0, NOW)
    found = [past(1, 2.5 * HOUR), past(2, HOUR), past(3, 9 * HOUR)]
    result = simulated([], [replace(CARD, hours=NIGHT)], found, muted=[silence])
    texts = {each.incident.id: each.after.en for each in result.differences}
    assert texts == {
        2: "teams on teams:default (auto), outside the hours of the rule: waits until 2026-11-23 07:00 UTC",
        3: "teams on teams:default (auto)",
    }
    assert {each.before.en for each in result.differences} == {"there is no such rule"}
    (counts,) = result.counts
    assert [(reason.en, count) for reason, count in counts.stopped] == [("silenced", 1)]


def test_a_change_of_the_owners_shows_who_would_have_been_notified() -> None:
    rule = replace(CARD, to_owner=True)
    table = [{"owner": "exports", "match": {"resource": ["example-*"]}, "channel": "exports"}]
    closed = past(1, HOUR, status=Status.RESOLVED, resolved_at=NOW - MINUTE)
    result = simulated([rule], [rule], [closed, past(2, HOUR, resource="other")], owners=table)
    assert [shown(each) for each in result.differences] == [
        (1, "card", "teams on teams:default (auto)", "teams on teams:exports (auto)"),
        (1, "card", "teams on teams:default (auto)", "teams on teams:exports (auto)"),
    ]
    assert [each.trigger for each in result.differences] == [Trigger.RESOLVED, Trigger.OPENED]


def test_an_escalation_is_due_while_nobody_acknowledged() -> None:
    step = HandlerSpec("phone", "teams", on=(Trigger.UNACKNOWLEDGED,), after=10 * MINUTE, mode=Mode.AUTO)
    taken = past(2, HOUR, status=Status.ACKNOWLEDGED, acknowledged_at=NOW - HOUR + 5 * MINUTE)
    result = simulated([], [step], [past(1, HOUR), taken, past(3, 5 * MINUTE)])
    assert [(each.incident.id, each.trigger) for each in result.differences] == [(1, Trigger.UNACKNOWLEDGED)]


def test_a_rule_that_becomes_the_step_of_another_one_runs_no_more_by_itself() -> None:
    first = replace(REPAIR, name="first", then="repair")
    result = simulated([REPAIR], [first, REPAIR], [past(1, HOUR)])
    assert {counts.name: counts.runs for counts in result.counts} == {"first": (0, 1), "repair": (1, 0)}
    assert "first" in {each.rule: each.after.en for each in result.differences}["repair"]


def test_remediations_share_their_budget_in_a_simulation_too() -> None:
    other = replace(REPAIR, name="other", brakes=Brakes(total_budget=1))
    result = simulated([other], [REPAIR, other], [past(1, HOUR)])
    assert [shown(each)[1] for each in result.differences] == ["repair", "other"]


def test_nothing_differs_without_a_change() -> None:
    result = simulated([CARD, REPAIR], [replace(CARD, inherits=("on",)), REPAIR], [past(1, HOUR)])
    assert (result.total, result.counts, result.differences) == (1, (), ())


def test_the_totals_say_what_each_version_would_have_done() -> None:
    found = [past(1, HOUR, status=Status.RESOLVED, resolved_at=NOW - MINUTE), past(2, 2 * HOUR, resource="other")]
    tried = replace(REPAIR, mode=Mode.DRY_RUN)
    before, after = simulated([REPAIR], [tried, CARD], found).totals
    assert before.text.en == "matched 2 incidents, run 2 remediations and 0 dry runs, and sent 0 messages"
    assert (after.incidents, after.remediations, after.dry_runs, after.messages) == (2, 0, 2, 3)


def test_all_rules_are_simulated_on_request() -> None:
    version = RuleVersionSet([CARD, REPAIR], Recipients())
    result = compared([past(1, HOUR)], [], version, version, NOW, everything=True)
    assert [(counts.name, counts.runs) for counts in result.counts] == [("card", (1, 1)), ("repair", (1, 1))]
    assert result.totals[0] == result.totals[1]
    assert result.differences == ()
