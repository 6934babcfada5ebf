"""The changes that `hinomi handlers test` evaluates: an incident of the Error DB, or findings of a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.config import Settings
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.model import Finding, IncidentKind, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView
from shared.texts.cli import handlers as texts
from shared.texts.recorded import TRANSLATIONS
from shared.texts.stages import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from handlers.plan import Planner


@dataclass(frozen=True, slots=True)
class HandlerDecision:
    """The decision about a handler rule, and the decision of each of its stages."""

    handler: str
    run: bool
    reason: str
    action: str
    mode: str
    target: str
    stages: list[dict[str, Any]]


def handler_decisions(planner: Planner, change: IncidentChange) -> list[HandlerDecision]:
    """The decision about every rule, in order."""
    from handlers.registry import target_of

    return [
        HandlerDecision(
            handler=rule.name,
            run=decision.run,
            reason=str(decision.reason),
            action=rule.action,
            mode=str(rule.mode),
            target=target_of(rule, change.incident) if decision.run else "",
            stages=[{**result.as_dict(), "text": sentence(result.as_dict()).en} for result in decision.results],
        )
        for rule, decision in planner.decisions(change)
    ]


def changes_of(
    target: str, trigger: Trigger, session: Session, settings: Settings, now: datetime
) -> list[IncidentChange]:
    """The change of the incident with that id, or of each finding in that file. Raises InputError if there is none."""
    if target.isdecimal():
        from db.error_db import queries
        from shared.texts.cli.incidents import UNKNOWN

        detail = queries.incident(session, int(target), occurrences=1)
        if detail is None:
            raise InputError(UNKNOWN(id=target))
        return [IncidentChange(detail.incident, trigger, "test", None)]
    found = [_as_incident(finding, now) for finding in _findings(target, settings, now)]
    if not found:
        raise InputError(texts.NOTHING_DETECTED, file=target)
    return [IncidentChange(incident, trigger, "test", None) for incident in found]


def _findings(target: str, settings: Settings, now: datetime) -> Iterator[Finding]:
    """The findings in the output of `hinomi analyze --json`; for any other file, the findings of the rules."""
    from cli.entries.analysis import Analysis
    from cli.entries.bigquery_rows import logged_names
    from cli.entries.reader import STDIN, EntryReader
    from collectors.metrics_analysis.evidence import NotUnderstoodError
    from collectors.metrics_analysis.sigma import artifact

    if target != STDIN and not Path(target).is_file():
        raise InputError(texts.NO_TARGET, file=target)
    compiled = artifact.load(settings.rules_dir)
    analysis = Analysis(compiled, settings, now)
    for number, value in EntryReader([target], _refuse, logged_names(compiled)):
        if "fingerprint" in value and "rule" in value:
            yield _stated(value, now, target)
            continue
        try:
            effects = [found.effect for found in analysis.take(number, value)]
        except NotUnderstoodError as error:
            raise InputError(texts.IN_ENTRY(number=number, error=error.text), file=target) from error
        yield from (effect for effect in effects if isinstance(effect, Finding))
    yield from (found.effect for found in analysis.finish() if isinstance(found.effect, Finding))


def _refuse(error: InputError) -> None:
    raise error


def _stated(value: dict[str, Any], now: datetime, target: str) -> Finding:
    try:
        return Finding(
            rule=str(value["rule"]),
            title=str(value.get("title", value["rule"])),
            kind=IncidentKind(value["kind"]),
            severity=Severity(value["severity"]),
            service=str(value.get("service", "")),
            resource=str(value.get("resource", "")),
            principal=str(value.get("principal", "")),
            summary=str(value.get("summary", "")),
            fingerprint=str(value["fingerprint"]),
            time=now,
            event_key="test",
            project=str(value.get("project", "")),
            elements=value.get("elements") or {},
            labels={str(name): str(label) for name, label in (value.get("labels") or {}).items()},
        )
    except (KeyError, ValueError, AttributeError) as error:
        raise InputError(texts.NO_FINDING(error=str(error)), file=target) from error


def _as_incident(finding: Finding, now: datetime) -> IncidentView:
    """The incident that the finding would open. Its id is 0, which no incident of the Error DB has."""
    return IncidentView(
        id=0,
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        title=finding.title,
        kind=finding.kind,
        severity=finding.severity,
        service=finding.service,
        project=finding.project,
        resource=finding.resource,
        principal=finding.principal,
        summary=finding.summary,
        status=Status.OPEN,
        opened_at=finding.time,
        last_seen_at=finding.time,
        occurrence_count=1,
        acknowledged_at=None,
        acknowledged_by=None,
        resolved_at=None,
        resolution=None,
        quiet_seconds=finding.quiet_seconds,
        labels=finding.labels,
        received_at=now,
        evidence={
            "fields": finding.fields,
            "elements": finding.elements,
            "labels": finding.labels,
            TRANSLATIONS: finding.translations,
        },
        log_url=finding.log_url,
    )
