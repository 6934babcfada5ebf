"""The state of Hinomi itself: its problems, its reaction times, and the rhythm of its collectors."""

from __future__ import annotations

from datetime import timedelta

from dashboard.api.models.health import CollectorItem, HealthAnswer, ProblemOfHinomi, StageTime
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from dashboard.now.own_problems import own_problems
from db.error_db import rejected
from handlers import registry
from insights.own_state import reaction, rhythm
from insights.own_state.rhythm import CollectorRhythm

RESOURCE = ApiResource("health", "Hinomi itself.")
HOURS = 24


@RESOURCE.get("/health")
def show_health(request: ApiRequest) -> HealthAnswer:
    """Shows the problems of Hinomi with their commands, its reaction times, and its collectors."""
    notifiers, since = sorted(registry.notifiers()), request.now - timedelta(hours=HOURS)
    with request.error_db() as session:
        problems = own_problems(session, request)
        stages = reaction.reaction(session, since, notifiers=notifiers)
        notified = reaction.last_notified(session, notifiers)
        waiting = rejected.count(session)
    collectors = request.ask_schema_db(lambda schema: rhythm.rhythms(schema, request.now))
    return HealthAnswer(
        is_well=all(each.is_warning for each in problems),
        problems=[
            ProblemOfHinomi(text=request.text(each.text), command=each.fix, is_warning=each.is_warning)
            for each in problems
        ],
        rejected_messages=waiting,
        event_to_incident=StageTime.model_validate(stages.recorded) if stages.recorded else None,
        incident_to_notification=StageTime.model_validate(stages.notified) if stages.notified else None,
        last_notified_at=max(notified.values(), default=None),
        collectors=None if collectors is None else [_collector(each) for each in collectors],
    )


def _collector(each: CollectorRhythm) -> CollectorItem:
    return CollectorItem(
        collector=each.collector, scope=each.scope, state=each.state,
        every_seconds=each.every.total_seconds() if each.every else None, last_success=each.last_success,
        rows=each.rows, error=each.error,
    )  # fmt: skip
