from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers.remediations.brakes import Brakes
from handlers.spec import HandlerSpec, Match
from handlers.stages import match
from handlers.stages.decision import Decision, decide
from handlers.stages.model import Facts, Question, Reason, StageName
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar
from shared.model import IncidentKind, Mode, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView, SilenceView
from shared.texts import LANGUAGES
from shared.texts.stages import SENTENCES, STAGES, sentence, stage_name
from tests.support.incidents import NOW, incident

HOUR = timedelta(hours=1)
SILENCE = SilenceView(3, {}, "alice", "planned work", NOW - HOUR, NOW + HOUR, 0, NOW - HOUR)


def spec(**changes: Any) -> HandlerSpec:
    return HandlerSpec(**{"name": "repair", "action": "remove_iam_member", **changes})


def decision(
    rule: HandlerSpec | None = None,
    view: IncidentView | None = None,
    trigger: Trigger = Trigger.OPENED,
    *,
    joined: bool = False,
    **facts: Any,
) -> Decision:
    chosen, shown = rule or spec(on=(trigger,)), view or incident()
    matched = match.check(chosen, shown, trigger)
    if matched.stops:
        return Decision((matched,))
    change = IncidentChange(shown, trigger, "event", None, joined=joined)
    return decide(matched, Question(chosen, change, Facts(**{"now": NOW, "target": "bucket", **facts})))


def message(found: Decision) -> list[str]:
    return [sentence(each).en for each in found.as_list()]


def test_the_stages_speak_in_their_order() -> None:
    found = decision(spec(budget=5), runs_last_hour=3)
    assert [result.stage for result in found.results] == list(StageName)
    assert message(found) == [
        "the rule matches the incident",
        "no silence matches",
        "not an effect of another fault",
        "the first run for this event",
        "the incident is not flapping",
        "at any time",
        "3 of 5 runs used in the last hour, 0 of 60 an hour for all remediations, circuit breaker closed (0 of 3 failures)",
        "no approval needed (dry_run)",
        "remove_iam_member on bucket (dry_run)",
        "stored as a planned run",
    ]


def test_every_stage_speaks_after_another_one_stopped_the_rule_and_nothing_runs() -> None:
    found = decision(spec(budget=5), silence=SILENCE, runs_last_hour=5)
    assert [result.stage for result in found.results if result.stops] == [StageName.SILENCE, StageName.BRAKES]
    assert message(found)[1] == "silence 3 of alice matches, until 2026-11-23 07:05 UTC"
    assert message(found)[6] == "budget exhausted: 5 of 5 runs in the last hour"
    assert message(found)[-1] == "stored as a skipped run"
    assert not found.run


@pytest.mark.parametrize(
    ("rule", "reason", "text"),
    [
        (spec(enabled=False), Reason.DISABLED, "the rule is disabled"),
        (spec(on=(Trigger.RESOLVED,)), Reason.TRIGGER_DIFFERS, "on: resolved does not include opened"),
        (
            spec(match=Match(kind=(IncidentKind.JOB_FAILURE,))),
            Reason.KIND_DIFFERS,
            "kind job_failure does not match irregular_access",
        ),
        (
            spec(match=Match(service=("bigquery", "iam"))),
            Reason.SERVICE_DIFFERS,
            "service bigquery, iam does not match storage",
        ),
        (
            spec(match=Match(rule=("composer/task_failed",))),
            Reason.RULE_DIFFERS,
            "rule composer/task_failed does not match storage/bucket_made_public",
        ),
        (spec(match=Match(severity=Severity.CRITICAL)), Reason.SEVERITY_BELOW, "severity high is below critical"),
        (
            spec(match=Match(resource=("EXAMPLE-*",))),
            Reason.RESOURCE_DIFFERS,
            "resource EXAMPLE-* does not match example-exports",
        ),
        (
            spec(match=Match(principal=("*@example.org",))),
            Reason.PRINCIPAL_DIFFERS,
            "principal *@example.org does not match alice@example.com",
        ),
        (
            spec(match=Match(project=("other-*",))),
            Reason.PROJECT_DIFFERS,
            "project other-* does not match example-project",
        ),
        (spec(match=Match(labels={"team": ("data",)})), Reason.LABEL_DIFFERS, "label team: data does not match ''"),
    ],
)
def test_a_rule_that_does_not_apply_says_what_differs(rule: HandlerSpec, reason: Reason, text: str) -> None:
    found = decision(rule)
    assert (found.reason, message(found)) == (reason, [text])


@pytest.mark.parametrize(
    "scope",
    [
        Match(),
        Match(kind=(IncidentKind.IRREGULAR_ACCESS,)),
        Match(service=("bigquery", "storage")),
        Match(rule=("storage/*",)),
        Match(severity=Severity.HIGH),
        Match(severity=Severity.LOW),
        Match(resource=("example-*",)),
        Match(principal=("*@example.com",)),
        Match(project=("example-project",)),
        Match(labels={"team": ("d*",)}),
    ],
)
def test_each_property_can_match(scope: Match) -> None:
    assert decision(spec(match=scope), incident(labels={"team": "data"})).run


def test_an_incident_that_begins_to_flap_is_news_like_an_opening() -> None:
    assert decision(spec(on=(Trigger.OPENED,)), trigger=Trigger.FLAPPING).run


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"silence": SILENCE, "already_planned": True}, Reason.SILENCED),
        ({"already_planned": True, "last_run_at": NOW}, Reason.ALREADY_PLANNED),
        ({"last_run_at": NOW - timedelta(minutes=59), "runs_last_hour": 9}, Reason.COOLDOWN),
        ({"last_run_at": NOW - HOUR, "runs_last_hour": 5}, Reason.BUDGET_SPENT),
        ({"last_run_at": NOW - HOUR, "runs_last_hour": 4}, Reason.MATCHED),
    ],
)
def test_the_first_stage_that_stops_names_the_reason(facts: dict[str, Any], expected: Reason) -> None:
    assert decision(spec(cooldown=HOUR, budget=5), **facts).reason is expected


@pytest.mark.parametrize(("age", "runs"), [(timedelta(minutes=1), False), (timedelta(hours=4), True)])
def test_a_reoccurrence_waits_from_the_opening_too(age: timedelta, *, runs: bool) -> None:
    rule = spec(on=(Trigger.REOCCURRED,), cooldown=timedelta(hours=4))
    assert decision(rule, incident(received_at=NOW - age), Trigger.REOCCURRED).run is runs


def test_an_opening_does_not_wait_for_itself() -> None:
    assert decision(spec(cooldown=timedelta(hours=4)), incident(received_at=NOW)).run


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"notifies": True, "announced": True}, Reason.SAME_FAULT),
        ({"notifies": True, "announced": False}, Reason.MATCHED),
        ({"notifies": False}, Reason.MATCHED),
    ],
)
def test_an_effect_is_not_notified_after_its_cause(facts: dict[str, Any], expected: Reason) -> None:
    found = decision(joined=True, **facts)
    assert found.reason is expected
    assert "effect of incident 42" in message(found)[2]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": Status.ACKNOWLEDGED, "acknowledged_by": "bob"}, Reason.ACKNOWLEDGED),
        ({"rule": "hinomi/rule_crashed"}, Reason.NOTIFIED_ONCE),
        ({"flapping_since": NOW}, Reason.FLAPPING),
        ({}, Reason.MATCHED),
    ],
)
def test_reminders_stop_for_these_incidents_and_remediations_do_not(changes: dict[str, Any], expected: Reason) -> None:
    view = incident(**changes)
    assert decision(view=view, trigger=Trigger.REOCCURRED, notifies=True).reason is expected
    assert decision(view=view, trigger=Trigger.REOCCURRED).run
    assert decision(view=view, trigger=Trigger.ESCALATED, notifies=True).run


def test_the_end_of_a_notified_incident_passes_silence_and_brakes() -> None:
    rule = spec(on=(Trigger.OPENED, Trigger.RESOLVED), budget=1)
    facts: dict[str, Any] = {"notifies": True, "silence": SILENCE, "runs_last_hour": 1}
    assert decision(rule, trigger=Trigger.RESOLVED, notified=True, **facts).run
    unknown = decision(rule, trigger=Trigger.RESOLVED, notified=False, **facts)
    assert [each.reason for each in unknown.results if each.stops] == [
        Reason.SILENCED,
        Reason.NOT_NOTIFIED,
        Reason.BUDGET_SPENT,
    ]


def test_the_brakes_say_how_much_of_each_limit_is_used() -> None:
    brakes = Brakes(principal_budget=2, total_budget=9, deny={"resource": ("prod-*",)})
    facts: dict[str, Any] = {"runs_last_hour": 3, "runs_of_principal": 1, "runs_of_all": 4, "failures": 2}
    text = (
        "the cooldown has ended, 3 of 5 runs used in the last hour, 1 of 2 an hour for alice@example.com, "
        "4 of 9 an hour for all remediations, circuit breaker closed (2 of 3 failures), not on the deny list"
    )
    assert message(decision(spec(cooldown=HOUR, budget=5, brakes=brakes), **facts))[6] == text
    later = decision(spec(cooldown=HOUR, budget=5, brakes=replace(brakes, delay=HOUR)), **facts)
    assert message(later)[6] == f"starts at 2026-11-23 07:05 UTC, after a delay, if the fault still exists then, {text}"
    simulated = decision(spec(brakes=Brakes(total_budget=None)), failures=None)
    assert message(simulated)[6] == "no cooldown and no budget"
    none = spec(brakes=Brakes(total_budget=None, breaker=None))
    assert message(decision(none))[6] == "no cooldown and no budget"
    assert message(decision(spec(cooldown=HOUR), notifies=True))[6] == "the cooldown has ended"


@pytest.mark.parametrize("resource", ["projects/example-project/subscriptions/hinomi-evidence", "hinomi-exports"])
def test_the_deny_list_stops_remediations_and_no_notification(resource: str) -> None:
    about = incident(resource=resource)
    assert decision(view=about).reason is Reason.DENY_LISTED
    assert decision(view=about, notifies=True).run


@pytest.mark.parametrize(
    ("facts", "expected", "text"),
    [
        ({}, Reason.MATCHED, "waits for approval by *@example.com, 90 min at most"),
        ({"approval_waits": True}, Reason.APPROVAL_WAITS, "a run on bucket waits for approval already"),
    ],
)
def test_a_rule_with_approval_asks_once_for_a_target(facts: dict[str, Any], expected: Reason, text: str) -> None:
    rule = spec(mode=Mode.APPROVE, approvers=("*@example.com",), approve_within=timedelta(minutes=90))
    found = decision(rule, **facts)
    assert (found.reason, message(found)[7]) == (expected, text)
    assert found.is_stored is found.run


@pytest.mark.parametrize(
    ("trigger", "urgent", "opens_at", "expected"),
    [
        (Trigger.OPENED, Severity.CRITICAL, None, Reason.WITHIN_HOURS),
        (Trigger.OPENED, Severity.CRITICAL, NOW, Reason.HELD),
        (Trigger.RESOLVED, Severity.CRITICAL, NOW, Reason.HELD),
        (Trigger.OPENED, Severity.INFORMATIONAL, NOW, Reason.URGENT),
        (Trigger.REOCCURRED, Severity.CRITICAL, NOW, Reason.OUTSIDE_HOURS),
    ],
)
def test_a_message_outside_the_hours_waits_and_a_reminder_is_dropped(
    trigger: Trigger, urgent: Severity, opens_at: datetime | None, expected: Reason
) -> None:
    hours = NotificationHours(Calendar(("mon-fri 08:00-20:00",), "UTC"), urgent=urgent)
    found = decision(spec(on=(trigger,), hours=hours), trigger=trigger, notifies=True, notified=True, opens_at=opens_at)
    result = next(each for each in found.results if each.stage is StageName.HOURS)
    assert (result.reason, found.run) == (expected, expected is not Reason.OUTSIDE_HOURS)
    assert found.is_held is (expected is Reason.HELD)


@pytest.mark.parametrize(
    ("trigger", "facts", "stored", "silenced"),
    [
        (Trigger.OPENED, {}, True, False),
        (Trigger.OPENED, {"silence": SILENCE}, True, True),
        (Trigger.REOCCURRED, {"silence": SILENCE}, False, True),
        (Trigger.OPENED, {"silence": SILENCE, "already_planned": True}, False, False),
        (Trigger.OPENED, {"already_planned": True}, False, False),
        (Trigger.OPENED, {"runs_last_hour": 9}, True, False),
    ],
)
def test_what_is_new_is_stored_and_counted_by_its_silence(
    trigger: Trigger, facts: dict[str, Any], *, stored: bool, silenced: bool
) -> None:
    found = decision(spec(on=(trigger,), budget=5), trigger=trigger, **facts)
    assert (found.is_stored, found.is_silenced) == (stored, silenced)


def test_every_reason_and_stage_has_a_sentence_and_a_name() -> None:
    assert set(SENTENCES) == {str(reason) for reason in Reason}
    assert set(STAGES) == {str(stage) for stage in StageName}


def test_a_result_of_a_later_release_is_shown_as_it_is() -> None:
    later = {"stage": "escalate", "reason": "waits_for_reply", "stops": True, "values": None}
    assert {sentence(later).in_language(language) for language in LANGUAGES} == {"waits for reply"}
    assert stage_name(later).ja == "escalate"


@pytest.mark.parametrize(
    ("on_it", "elsewhere", "expected"),
    [
        (["card"], ["night"], {"card": Reason.SAME_CHANNEL, "night": Reason.SUBSTITUTE, "repair": Reason.MATCHED}),
        (["card"], [], {"card": Reason.SAME_CHANNEL, "night": Reason.SERVICE_DIFFERS, "repair": Reason.MATCHED}),
        ([], ["card", "night"], {"card": Reason.MATCHED, "night": Reason.SERVICE_DIFFERS, "repair": Reason.MATCHED}),
    ],
)
def test_a_broken_channel_is_reported_on_another_one(
    on_it: list[str], elsewhere: list[str], expected: dict[str, Reason]
) -> None:
    card, night = spec(name="card"), spec(name="night", match=Match(service=("iam",)))
    checked = [(rule, match.check(rule, incident(), Trigger.OPENED)) for rule in (card, night, spec())]
    found = match.off_channel(checked, on_it, elsewhere)
    assert {rule.name: result.reason for rule, result in found} == expected
