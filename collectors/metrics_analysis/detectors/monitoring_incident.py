"""Incidents of Cloud Monitoring, from its notification channel (format 1.2).

Source: docs.cloud.google.com/monitoring/support/notification-options (schema of the Pub/Sub and webhook channels). Any
field may be missing: log-based conditions have no metric, old policies have no severity, test messages almost nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import MonitoringIncident
from collectors.metrics_analysis.quality_reports import https_url
from collectors.metrics_analysis.sigma.template import exact, show
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step, same_service
from shared.texts import as_text, findings
from shared.texts import next_steps as steps
from shared.texts.recorded import translations

EVIDENCE = (MonitoringIncident,)
RULE = "cloud_monitoring/incident"
SEVERITIES = {"critical": Severity.CRITICAL, "error": Severity.HIGH, "warning": Severity.MEDIUM}
SERVICES = {"aiplatform": "vertex_ai", "cloudsql": "cloud_sql", "bigquerydatatransfer": "bigquery", "agent": "compute"}
_CONDITION = re.compile(r"projects/[^/]+/alertPolicies/[^/]+/conditions/[^/]+")


def detect(evidence: MonitoringIncident, context: DetectorContext) -> Iterator[Effect]:
    """A finding for an open incident, a recovery for a closed one, nothing for a channel's test message."""
    incident = evidence.incident
    state = _text(incident, "state").lower()
    if evidence.test or state not in ("open", "closed"):
        return
    key = f"monitoring:{_text(incident, 'incident_id') or _digest(incident)}:{state}"
    identity = fingerprint(RULE, _condition(incident), *_series(incident))
    started = _time(incident.get("started_at"))
    if state == "open":
        yield _finding(incident, identity, started or context.now, key)
        return
    ended = _time(incident.get("ended_at")) or context.now
    closed = findings.MONITORING_CLOSED(reason=_text(incident, "summary") or findings.NO_REASON)
    yield Recovery(RULE, identity, max(started or ended, ended), key, closed.en, translations(summary=closed))


def _finding(incident: dict[str, Any], identity: str, started: datetime, key: str) -> Finding:
    resource, labels = _object(incident, "resource"), _labels(_object(incident, "resource"))
    title = as_text(_text(incident, "policy_name") or _text(incident, "condition_name") or findings.MONITORING_INCIDENT)
    summary = as_text(_text(incident, "summary") or title)
    project = labels.get("project_id") or _text(incident, "scoping_project_id")
    name = _text(incident, "resource_display_name") or _text(incident, "resource_name") or _text(resource, "type")
    return Finding(
        rule=RULE,
        title=title.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=SEVERITIES.get(_text(incident, "severity").lower(), Severity.MEDIUM),
        service=_service(incident),
        resource="/".join(part for part in (project, name) if part),
        principal="",
        summary=summary.en,
        fingerprint=identity,
        time=started,
        event_key=key,
        project=project[:100],
        log_url=https_url(incident.get("url")),
        fields=_fields(incident),
        labels={**labels, **_texts(incident.get("policy_user_labels"))},
        # Cloud Monitoring's own summary, in its language.
        translations=translations(title=title, summary=summary),
        next_steps=(next_step(steps.POLICY_CHART), same_service(steps.SAME_SERVICE, _service(incident))),
    )


def _fields(incident: dict[str, Any]) -> dict[str, Any]:
    """The values for people, all as texts."""
    fields: dict[str, Any] = {
        name: _text(incident, name)
        for name in ("policy_name", "condition_name", "observed_value", "threshold_value", "severity", "incident_id")
        if _text(incident, name)
    }
    if metric := _text(_object(incident, "metric"), "type"):
        fields["metric"] = metric
    if labels := _labels(_object(incident, "resource")) | _labels(_object(incident, "metric")):
        fields["labels"] = labels
    if runbook := _text(_object(incident, "documentation"), "content"):
        fields["documentation"] = runbook
    return fields


def _condition(incident: dict[str, Any]) -> str:
    """The key of policy and condition: by id, or by name if there is no id."""
    name = _exact(_object(incident, "condition"), "name")
    if _CONDITION.fullmatch(name):
        return name
    parts = [_exact(incident, part) for part in ("scoping_project_id", "policy_name", "condition_name")]
    return ("\0/" if any("/" in part for part in parts) else "/").join(parts)


def _series(incident: dict[str, Any]) -> list[str]:
    """The key of the series: two series of one resource have separate incidents."""
    resource, metric = _object(incident, "resource"), _object(incident, "metric")
    parts = [_exact(resource, "type")]
    for labels in (_object(resource, "labels"), _object(metric, "labels")):
        parts += [f"{_exact_name(name)}={exact(value)}" for name, value in sorted(labels.items())]
    return parts


def _exact_name(label: str) -> str:
    """The name of a label without the separator of its value."""
    return label.replace("\0", "\0\0").replace("=", "\0") if "=" in label or "\0" in label else label


def _service(incident: dict[str, Any]) -> str:
    domain = _text(_object(incident, "metric"), "type").partition("/")[0]
    if not domain.endswith(".googleapis.com"):
        return "cloud_monitoring"
    name = domain.partition(".")[0]
    return SERVICES.get(name, name)[:40]


def _time(value: Any) -> datetime | None:
    """Epoch seconds, as a number or as text; None for anything else (0 means "not yet")."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    item = value.get(name)
    return item if isinstance(item, dict) else {}


def _labels(part: dict[str, Any]) -> dict[str, str]:
    return _texts(part.get("labels"))


def _texts(value: Any) -> dict[str, str]:
    return {show(name): show(text) for name, text in value.items()} if isinstance(value, dict) else {}


def _exact(value: dict[str, Any], name: str) -> str:
    """A value without any change, for comparisons: two different values are two faults."""
    item = value.get(name)
    return exact(item) if isinstance(item, str | int | float) else ""


def _text(value: dict[str, Any], name: str) -> str:
    item = value.get(name)
    return show(item) if isinstance(item, str | int | float) else ""


def _digest(incident: dict[str, Any]) -> str:
    without_end = {name: value for name, value in incident.items() if name not in ("state", "ended_at", "summary")}
    return hashlib.sha256(json.dumps(without_end, sort_keys=True, default=str).encode()).hexdigest()[:32]
