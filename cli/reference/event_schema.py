"""The JSON Schema of the events that the webhook and Pub/Sub notifiers send (handlers/messages/cloud_event.py)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from handlers.messages.cloud_event import OWN_STATES, SCHEMA, event_type
from shared.model import IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.texts import LANGUAGES

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}


def schema() -> dict[str, Any]:
    """The schema, without its dialect."""
    types = [event_type(str(trigger)) for trigger in Trigger]
    return {
        "$id": SCHEMA,
        "title": "Event of an incident",
        "description": "A CloudEvent 1.0 that the notifiers webhook and pubsub send. It grows: later releases of Hinomi add properties, and values "
        "of an enum. Validate with the schema of your release, or ignore what is not known.",
        **_object(
            {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The same when it is sent again"},
                "source": {"type": "string", "description": "The installation: //hinomi/projects/PROJECT"},
                "type": {"enum": [*types, event_type("test")]},
                "subject": {"type": "string", "description": "incidents/NUMBER, or test"},
                "time": TIME,
                "datacontenttype": {"const": "application/json"},
                "dataschema": {"const": SCHEMA},
                "data": {"anyOf": [{"$ref": "#/$defs/incident_data"}, {"$ref": "#/$defs/test_data"}]},
            }
        ),
        "$defs": {
            "incident_data": _incident_data(),
            "test_data": _object({"text": TEXT, "language": {"enum": list(LANGUAGES)}}),
            "incident": _incident(),
            "action": _action(),
            "next_step": _next_step(),
        },
    }


def _incident_data() -> dict[str, Any]:
    evidence = "The fields and array elements that matched, by path, after redaction; empty when there is no room"
    links = dict.fromkeys(("incident", "log", "runbook"), TEXT)
    return _object(
        {
            "trigger": _one_of(Trigger),
            "language": {
                "enum": list(LANGUAGES),
                "description": "Language of titles, summaries, resolutions and results",
            },
            "incident": {"$ref": "#/$defs/incident"},
            "evidence": {"type": "object", "description": evidence},
            "next_steps": {
                "type": "array",
                "description": "What to look at next; none when the incident is over",
                "items": {"$ref": "#/$defs/next_step"},
            },
            "actions": {"type": "array", "description": "The remediations so far", "items": {"$ref": "#/$defs/action"}},
            "links": _object(links, required=()),
            "command": {"type": "string", "description": "The command that shows the incident"},
        }
    )


def _incident() -> dict[str, Any]:
    merged = "Incidents that are the same fault and were merged into it: this event is about them too"
    always = {
        "id": {"type": "integer"},
        "merged_numbers": {"type": "array", "items": {"type": "integer"}, "description": merged},
        "kind": _one_of(IncidentKind),
        "severity": _one_of(Severity),
        "status": _one_of(Status),
        "opened_at": TIME,
        "last_seen_at": TIME,
        "occurrence_count": {"type": "integer"},
        "resolved_at": {"type": ["string", "null"], "format": "date-time"},
    }
    names = (
        "fingerprint",
        "rule",
        "title",
        "summary",
        "service",
        "project",
        "resource",
        "principal",
        "acknowledged_by",
    )
    more = {
        **dict.fromkeys(names, TEXT),
        "reason": {"type": "string", "description": "Why the run failed, from another log entry of it"},
        "effects": {"type": "array", "items": TEXT, "description": "Jobs that failed because of it"},
        "is_flapping": {"type": "boolean"},
        "resolution": TEXT,
        "is_closed": {
            "type": "boolean",
            "description": "Ended without a recovery: by a quiet period, or because the operation failed",
        },
        "labels": {"type": "object", "additionalProperties": TEXT},
        "owner": {
            "description": "The owner of the resource, and the pattern that decided; null if it has none",
            "anyOf": [_object(dict.fromkeys(("name", "tier", "runbook", "matched"), TEXT)), {"type": "null"}],
        },
    }
    why = "A receiver that rejected the full event gets the required properties alone"
    return {"description": why, **_object({**always, **more}, required=always)}


def _action() -> dict[str, Any]:
    texts = dict.fromkeys(("handler_rule", "action", "target", "text"), TEXT)
    about = (
        "`done` did its work; `did_not_help`: it did, and the fault remains; `unverified`: that could not be verified"
    )
    state = {"enum": [*map(str, RunState), *OWN_STATES], "description": about}
    return _object({**texts, "mode": _one_of(Mode), "state": state})


def _next_step() -> dict[str, Any]:
    command = "For a person to check and paste; empty if a value is missing, or if it is too long to be sent whole"
    return _object({"text": TEXT, "command": {"type": "string", "description": command}})


def _one_of(values: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [str(value) for value in values]}


def _object(properties: dict[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    """An object with these properties and no others; all are required unless some are named."""
    named = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": named, "additionalProperties": False}
