"""Incidents as CloudEvents 1.0 in JSON for programs: webhook and Pub/Sub.

The schema is docs/schemas/incident-event.json.

An event has the same id when it is sent again, so that a receiver recognizes it. It is at most LARGEST bytes, as the
specification recommends (CloudEvents 1.0.2, "Size limits"): values are shortened first, then the evidence is omitted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers import registry
from handlers.cards.escape import clean, url, visible
from handlers.cards.incident import incident_url, runbook_url
from handlers.cards.links import known_hosts, with_known_links
from handlers.cards.next_steps import UNVERIFIED, steps_for
from handlers.context import ActionContext
from handlers.owners.table import with_owner
from shared.config import Settings
from shared.model import RunState
from shared.records import IncidentView, Owner, RunView
from shared.texts import cards
from shared.texts.locale import Locale
from shared.texts.recorded import localized, run_error, run_text

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SCHEMA = "urn:hinomi:schema:incident-event:1"
DID_NOT_HELP = "did_not_help"
OWN_STATES = (DID_NOT_HELP, UNVERIFIED)  # besides those of runs
LARGEST = 64_000  # bytes
MAX_RUNS = 20
MAX_STEPS = 10
_LENGTHS = (4_000, 500, 120)  # characters of a value, in the order of the attempts to make an event small enough


@dataclass(frozen=True, slots=True)
class EventSource:
    """The installation and the channel that an event comes from."""

    project: str
    channel: str

    @property
    def uri(self) -> str:
        """The `source` of events."""
        return f"//hinomi/projects/{self.project or '-'}"

    def event_id(self, *parts: str) -> str:
        """The id of an event, the same for the same parts."""
        return hashlib.sha256("|".join((self.project, self.channel, *parts)).encode()).hexdigest()[:32]


def incident_event(context: ActionContext, channel: str, locale: Locale) -> dict[str, Any]:
    """The event about the run's incident."""
    source = EventSource(context.settings.project, channel)
    hosts = known_hosts(context.settings)
    owned = with_owner(context.incident, context.owners)
    incident = with_known_links(localized(owned, locale.language), hosts)
    repairs = [run for run in context.actions_so_far if registry.is_remediation(run.action)]
    data = {
        "trigger": str(context.trigger),
        "language": locale.language,
        "incident": _incident(incident),
        "evidence": {name: incident.evidence.get(name, {}) for name in ("fields", "elements")},
        "next_steps": _next_steps(incident, context.actions_so_far, locale.language),
        "actions": [_action(run, locale.language) for run in repairs[-MAX_RUNS:]],
        "links": _links(incident, context.settings),
        "command": locale.text(cards.COMMAND(id=incident.id)),
    }
    event_id = source.event_id(str(context.run_id))
    return _fitted(_envelope(source, event_id, str(context.trigger), f"incidents/{incident.id}", context.now), data)


def short_event(event: dict[str, Any]) -> dict[str, Any]:
    """The event without any text from a log, only numbers, kinds and times, for a receiver that rejected the full event."""
    plain = (
        "id",
        "merged_numbers",
        "kind",
        "severity",
        "status",
        "opened_at",
        "last_seen_at",
        "occurrence_count",
        "resolved_at",
    )
    data = event["data"]
    incident = {name: data["incident"][name] for name in plain}
    return {
        **event,
        "data": {**data, "incident": incident, "evidence": {}, "next_steps": [], "actions": [], "links": {}},
    }


def event_of_test(settings: Settings, channel: str, locale: Locale) -> dict[str, Any]:
    """The event of `hinomi notify-test`."""
    source = EventSource(settings.project, channel)
    envelope = _envelope(source, source.event_id("test", locale.now.isoformat()), "test", "test", locale.now)
    return {**envelope, "data": {"text": locale.text(cards.TEST_SUMMARY), "language": locale.language}}


def as_bytes(event: dict[str, Any]) -> bytes:
    """The event as the bytes that are sent."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def event_type(kind: str) -> str:
    """The event type for a trigger, or for a test."""
    return "hinomi.test.v1" if kind == "test" else f"hinomi.incident.{kind}.v1"


def _envelope(source: EventSource, event_id: str, kind: str, subject: str, now: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source.uri,
        "type": event_type(kind),
        "subject": subject,
        "time": _time(now),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA,
    }


def _incident(incident: IncidentView) -> dict[str, Any]:
    return {
        "id": incident.id,
        "merged_numbers": list(incident.merged_numbers),
        "fingerprint": incident.fingerprint,
        "rule": incident.rule,
        "title": clean(incident.title),
        "summary": clean(incident.summary),
        "kind": str(incident.kind),
        "severity": str(incident.severity),
        "status": str(incident.status),
        "service": incident.service,
        "project": incident.project,
        "resource": incident.resource,
        "principal": incident.principal,
        "reason": clean(incident.reason or ""),
        "effects": [clean(effect) for effect in incident.effects[:MAX_RUNS]],
        "opened_at": _time(incident.opened_at),
        "last_seen_at": _time(incident.last_seen_at),
        "occurrence_count": incident.occurrence_count,
        "is_flapping": incident.flapping_since is not None,
        "acknowledged_by": clean(incident.acknowledged_by or ""),
        "resolved_at": _time(incident.resolved_at),
        "resolution": clean(incident.resolution or ""),
        "is_closed": incident.is_closed,
        "labels": dict(incident.labels),
        "owner": _owner(incident.owner),
    }


def _owner(owner: Owner | None) -> dict[str, str] | None:
    names = ("name", "tier", "runbook", "matched")
    return None if owner is None else {name: getattr(owner, name) for name in names}


def _action(run: RunView, language: str) -> dict[str, Any]:
    return {
        "handler_rule": run.handler_rule,
        "action": run.action,
        "target": run.target,
        "mode": str(run.mode),
        "state": _state(run),
        "text": clean(run_text(run, language) or run_error(run, language) or run.reason or ""),
    }


def _state(run: RunView) -> str:
    """The state of a run; a run that finished without fixing the fault is not `done`."""
    if run.did_not_help:
        return DID_NOT_HELP
    return UNVERIFIED if run.state is RunState.DONE and run.verdict == UNVERIFIED else str(run.state)


def _next_steps(incident: IncidentView, runs: Sequence[RunView], language: str) -> list[dict[str, str]]:
    """The next steps with their commands; none for a resolved incident."""
    return [
        {"text": clean(text), "command": command if command.isprintable() else ""}
        for text, command in steps_for(incident, runs, language)[:MAX_STEPS]
    ]


def _links(incident: IncidentView, settings: Settings) -> dict[str, str]:
    addresses = {
        "incident": incident_url(settings.dashboard_url, incident.id),
        "log": url(incident.log_url),
        "runbook": runbook_url(incident),
    }
    return {name: address for name, address in addresses.items() if address}


def _fitted(envelope: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The event with as much of the data as fits into LARGEST bytes. Commands are left out before they would be cut."""
    for evidence, labels in ((data["evidence"], data["incident"]["labels"]), ({}, {})):
        whole = {**data, "evidence": evidence, "incident": {**data["incident"], "labels": labels}}
        for length in _LENGTHS:
            steps = [each if len(each["command"]) <= length else {**each, "command": ""} for each in data["next_steps"]]
            event = {**envelope, "data": _shortened({**whole, "next_steps": steps}, length)}
            if len(as_bytes(event)) <= LARGEST:
                return event
    return event


def _shortened(value: Any, length: int) -> Any:
    """The value with each text in it cut to a length, and valid in UTF-8."""
    if isinstance(value, str):
        text = visible(value[: length + 1].encode("utf-8", "replace").decode())  # no longer part is left
        return text if len(text) <= length else f"{text[: length - 1]}…"
    if isinstance(value, dict):
        return {str(_shortened(name, length)): _shortened(each, length) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_shortened(each, length) for each in value]
    return value


def _time(moment: datetime | None) -> str | None:
    """The time in UTC, as RFC 3339 writes it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
