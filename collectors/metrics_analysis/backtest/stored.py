"""Backtests a rule on the stored data: evidence in the Error DB, calls in the Schema DB."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from collectors.metrics_analysis.backtest.partial import PartialCondition, PartialEntry
from collectors.metrics_analysis.backtest.result import UNENDED, ExistingIncident, FiredEvent, RuleBacktest, Unjudged
from db.error_db.models import Incident, Occurrence, StagedFinding
from db.schema_db.models import UserAction
from db.schema_db.selection import chunks
from shared.texts import Text
from shared.texts.detection import backtest as texts
from shared.texts.recorded import recorded

PERMISSION_DENIED = 7  # google.rpc.Code
_METHOD, _SERVICE = "protoPayload.methodName", "protoPayload.serviceName"
_EMAIL, _SUBJECT = (f"protoPayload.authenticationInfo.{name}" for name in ("principalEmail", "principalSubject"))
_CODE = "protoPayload.status.code"

CallKey = tuple[datetime, str, str]  # hour, method and principal


@dataclass(slots=True)
class EventEvidence:
    """An event with the fields that rules stored."""

    partial: PartialEntry
    resource: str
    principal: str
    summary: Text
    rules: set[str] = field(default_factory=set)
    incidents: list[ExistingIncident] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BacktestPeriod:
    """The period of a backtest, and the maximum number of rows of each kind; the latest rows are read."""

    since: datetime
    until: datetime
    most: int


def backtest(
    spec: dict[str, Any],
    specs: Mapping[str, Mapping[str, Any]],
    period: BacktestPeriod,
    errors: Session,
    schema: Session | None,
) -> RuleBacktest:
    """The result of a compiled rule; for a rule in use also its actual findings.

    `specs` are the rules in use: they say which fields were stored. Without `schema` the calls of the audit logs are
    left out.
    """
    condition, unjudged = PartialCondition(spec), Unjudged()
    events, is_cut = _events(errors, specs, period)
    in_use = specs.get(spec["name"])
    is_in_use = in_use is not None and in_use["condition"] == spec["condition"]  # what it found, it would find again
    fired, explained = list[FiredEvent](), Counter[CallKey]()
    for each in events.values():
        explained.update(_call_keys(each.partial))
        match = spec["name"] in each.rules if is_in_use else None
        match = match or condition.judge(each.partial)
        if match is None:
            unjudged.add(condition.unknown(each.partial))
        elif match:
            fired.append(_fired(each))
    calls = 0
    if schema is not None and spec["payload"] != "platform":
        made, calls, more = _calls(schema, condition, period, explained, unjudged)
        fired, is_cut = [*fired, *made], is_cut or more
    fired.sort(key=lambda each: each.time)
    quiet = timedelta(seconds=spec["quiet"]) if spec.get("quiet") else UNENDED
    return RuleBacktest(
        spec["name"], period.since, period.until, tuple(fired), len(events), calls, is_cut, unjudged, quiet
    )


def with_incidents(result: RuleBacktest, rules: Collection[str], errors: Session) -> RuleBacktest:
    """A backtest on log entries, with the existing incidents of these rules for its events."""
    row, incidents = Occurrence, defaultdict[str, list[ExistingIncident]](list)
    for keys in chunks(sorted({each.key for each in result.fired})):
        query = select(row.event_key, row.rule, row.incident_id).where(row.rule.in_(rules), row.event_key.in_(keys))
        for key, rule, number in errors.execute(query):
            incidents[key].append(ExistingIncident(rule, number))
    return replace(
        result, fired=tuple(replace(each, incidents=tuple(incidents.get(each.key, ()))) for each in result.fired)
    )


def _events(
    session: Session, specs: Mapping[str, Mapping[str, Any]], period: BacktestPeriod
) -> tuple[dict[str, EventEvidence], bool]:
    """The events that some rule found, by key, with the fields that all findings stored; and whether there are more."""
    events = dict[str, EventEvidence]()
    rows = [*_occurrences(session, period), *_staged(session, period)]
    for row in rows[: 2 * period.most]:
        event = events.get(row.event_key)
        if event is None:
            texts_of = Text(en=row.summary, ja=recorded(row.evidence, "ja", "summary", row.summary))
            event = events[row.event_key] = EventEvidence(PartialEntry(row.time), row.resource, row.principal, texts_of)
        event.rules.add(row.rule)
        if row.incident_id is not None:
            event.incidents.append(ExistingIncident(row.rule, row.incident_id))
        _add_fields(event.partial, row, specs.get(row.rule))
    return events, len(rows) >= period.most


def _occurrences(session: Session, period: BacktestPeriod) -> Iterable[Any]:
    row = Occurrence
    columns = row.rule, row.event_key, row.time, row.principal, row.summary, row.evidence, row.log_name, row.incident_id
    query = select(*columns, Incident.resource).join(Incident, Incident.id == row.incident_id)
    query = query.where(row.received_at >= period.since, row.time >= period.since)
    return session.execute(query.order_by(row.received_at.desc()).limit(period.most))


def _staged(session: Session, period: BacktestPeriod) -> Iterable[Any]:
    row = StagedFinding
    columns = row.rule, row.event_key, row.time, row.principal, row.summary, row.evidence, row.resource
    query = select(*columns, func.coalesce(None, "").label("log_name"), func.nullif(0, 0).label("incident_id"))
    query = query.where(row.received_at >= period.since, row.time >= period.since)
    return session.execute(query.order_by(row.received_at.desc()).limit(period.most))


def _add_fields(partial: PartialEntry, row: Any, spec: Mapping[str, Any] | None) -> None:
    if row.log_name:
        partial.add("logName", row.log_name)
    for path, value in row.evidence.get("fields", {}).items():
        partial.add(path, value)
    for path in spec["evidence"] if spec else ():
        if path not in row.evidence.get("fields", {}):
            partial.add_absent(path)


def _call_keys(partial: PartialEntry) -> Iterator[CallKey]:
    """The calls of the history that an event of an audit log is among."""
    payload = partial.entry.get("protoPayload", {})
    caller, method = payload.get("authenticationInfo", {}), payload.get("methodName")
    who = caller.get("principalEmail") or caller.get("principalSubject")
    if isinstance(who, str) and isinstance(method, str):
        yield partial.time.replace(minute=0, second=0, microsecond=0), method, who


def _fired(event: EventEvidence) -> FiredEvent:
    incidents = tuple(dict.fromkeys(event.incidents))
    return FiredEvent(
        event.partial.time, event.resource, event.resource, event.principal, event.summary, incidents=incidents
    )


def _calls(
    session: Session,
    condition: PartialCondition,
    period: BacktestPeriod,
    explained: Counter[CallKey],
    unjudged: Unjudged,
) -> tuple[list[FiredEvent], int, bool]:
    """The calls in the history that the rule matches, without those that are already known as events."""
    row = UserAction
    during = row.hour >= period.since, row.hour <= period.until
    methods = session.execute(
        select(row.service, row.method, func.sum(row.count)).where(*during).group_by(row.service, row.method)
    )
    total, wanted = 0, list[str]()
    for service, method, count in methods:
        total += int(count)
        if condition.judge(_call(period.since, service, method)) is not False:
            wanted.append(method)
    fired = list[FiredEvent]()
    rows = (
        session.scalars(
            select(row).where(*during, row.method.in_(wanted)).order_by(row.hour.desc(), row.key).limit(period.most)
        ).all()
        if wanted
        else ()
    )
    for each in rows:
        left = each.count - min(each.count, explained.pop((each.hour, each.method, each.principal), 0))
        fired += _of_calls(each, left, condition, unjudged)
    return fired, total, len(rows) >= period.most


def _of_calls(row: UserAction, left: int, condition: PartialCondition, unjudged: Unjudged) -> Iterator[FiredEvent]:
    """The calls of an hour that the rule matches; denied calls have their status, for others it is unknown."""
    denied = min(left, row.denied)
    for count, code in ((denied, PERMISSION_DENIED), (left - denied, None)):
        partial = _call(row.first_at, row.service, row.method, row.principal, code)
        match = condition.judge(partial) if count else False
        if match is None:
            unjudged.add(condition.unknown(partial), count)
        elif match:
            summary = texts.CALLS(method=row.method, count=count)
            yield FiredEvent(row.first_at, row.resource, row.resource, row.principal, summary, count)


def _call(time: datetime, service: str, method: str, principal: str = "", code: int | None = None) -> PartialEntry:
    """A call, with the stored facts about it."""
    partial = PartialEntry(time, {"logName": "projects/-/logs/cloudaudit.googleapis.com"})
    partial.add(_SERVICE, service)
    partial.add(_METHOD, method)
    if principal:
        is_subject = principal.startswith("principal")
        partial.add(_SUBJECT if is_subject else _EMAIL, principal)
        partial.add_absent(_EMAIL if is_subject else _SUBJECT)
    if code is not None:
        partial.add(_CODE, code)
    return partial
