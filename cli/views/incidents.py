"""Incidents as tables and pages for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.views import output
from insights.causes.sentences import headline, reasons
from shared.config import Settings
from shared.records import IncidentDetail, IncidentView, OccurrenceView, RunView
from shared.texts.recorded import localized_detail, run_error, run_text

if TYPE_CHECKING:
    from insights.causes.model import Cause

SHOWN_OCCURRENCES = 10


def incident_table(incidents: Iterable[IncidentView], now: datetime, *, wide: bool) -> Table:
    """One row for each incident; a narrow table says what is wrong in one cell."""
    columns = ["kind", "service", "resource", "who", "summary"] if wide else ["what"]
    made = output.table(
        ["id", "status", "severity", "last seen", "count", *columns],
        right=["id", "count"],
        ratios={"resource": 4, "who": 3, "summary": 6} if wide else None,
    )
    for view in incidents:
        made.add_row(
            str(view.id),
            output.status(view.status),
            output.severity(view.severity),
            output.ago(view.last_seen_at, now),
            f"{view.occurrence_count:,}",
            *(_cells(view) if wide else [_what(view)]),
        )
    return made


def _cells(view: IncidentView) -> list[Text]:
    texts = str(view.kind).replace("_", " "), view.service, view.resource, view.principal, view.summary
    return [output.styled(text) for text in texts]


def _what(view: IncidentView) -> Text:
    facts = " · ".join(part for part in (view.service, view.resource, view.principal) if part)
    return Text("\n").join([output.styled(view.summary), output.styled(facts, "dim")])


def print_detail(console: Console, detail: IncidentDetail, *, settings: Settings, now: datetime) -> None:
    """Everything about one incident, top down: what it is, the evidence, what was done, each occurrence."""
    detail, tz = localized_detail(detail, settings.language), output.zone(settings.timezone)
    view = detail.incident
    console.print(
        Text.assemble(f"Incident {view.id}  ", output.severity(view.severity), "  ", output.status(view.status))
    )
    console.print(output.styled(view.summary, "bold"))
    console.print()
    console.print(output.details(_facts(view, now, tz)))
    if view.log_url:
        # In one piece, so that the terminal can open it.
        console.print(output.styled(view.log_url, "dim"), soft_wrap=True)
    _print_evidence(console, view.evidence)
    console.print(Text("\nWhat was done", style="bold"))
    console.print(
        _runs(detail.runs, now, settings.language) if detail.runs else "Nothing: no handler rule was meant for it."
    )
    console.print(Text("\nOccurrences, latest first", style="bold"))
    for occurrence in detail.occurrences[:SHOWN_OCCURRENCES]:
        _print_occurrence(console, occurrence, tz)
    more = view.occurrence_count - SHOWN_OCCURRENCES
    if more > 0:
        console.print(f"and {more:,} earlier: --json has more of them")


def print_causes(console: Console, causes: list[Cause] | None, language: str) -> None:
    """What changed before it, most likely cause first; nothing when there is no history to ask."""
    if causes is None:
        return
    console.print(Text("\nWhat changed before", style="bold"))
    if not causes:
        console.print("Nothing that comes close: no grant, schema, deployment or job stands out.")
    for cause in causes:
        console.print(output.styled(headline(cause).in_language(language)))
        console.print(Padding(output.styled(reasons(cause).in_language(language), "dim"), (0, 0, 0, 2)))


def cause_records(causes: Iterable[Cause]) -> list[dict[str, Any]]:
    """What changed before it as flat values, in English."""
    return [
        {
            "kind": cause.kind,
            "time": cause.time,
            "what": cause.what.text.en,
            "who": cause.who,
            "score": cause.score,
            "evidence": [statement.text.en for statement in cause.evidence],
        }
        for cause in causes
    ]


def _print_evidence(console: Console, evidence: dict[str, Any]) -> None:
    pairs = evidence_lines(evidence)
    if not pairs:
        return
    console.print(Text("\nEvidence", style="bold"))
    if console.width >= output.WIDE:
        console.print(output.details(pairs))
        return
    for path, value in pairs:
        console.print(output.styled(path, "dim"))
        console.print(Padding(output.styled(value), (0, 0, 0, 2)))


def _print_occurrence(console: Console, one: OccurrenceView, tz: ZoneInfo) -> None:
    console.print(output.styled(f"{output.clock(one.time, tz)}  {one.principal}"))
    console.print(Padding(output.styled(one.summary), (0, 0, 0, 2)))


def _facts(view: IncidentView, now: datetime, tz: ZoneInfo) -> list[tuple[str, object]]:
    def at(time: datetime | None) -> str:
        return f"{output.clock(time, tz)} ({output.ago(time, now)})" if time else ""

    return [
        ("what", view.title),
        ("rule", view.rule),
        ("kind", str(view.kind).replace("_", " ")),
        ("service", view.service),
        ("project", view.project),
        ("resource", view.resource),
        ("who", view.principal),
        ("since", at(view.opened_at)),
        ("last seen", at(view.last_seen_at)),
        ("how often", output.plural(view.occurrence_count, "time")),
        ("labels", ", ".join(f"{name}={value}" for name, value in view.labels.items())),
        ("acknowledged", f"{at(view.acknowledged_at)} by {view.acknowledged_by}" if view.acknowledged_at else ""),
        ("resolved", at(view.resolved_at)),
        ("resolution", view.resolution),
    ]


def evidence_lines(evidence: dict[str, Any]) -> list[tuple[str, object]]:
    """Matched fields by path, then the matched elements of arrays."""
    fields = [(output.clean(path), _value(value)) for path, value in evidence.get("fields", {}).items()]
    elements = [
        (output.clean(f"{path}[]"), _value(element))
        for path, found in evidence.get("elements", {}).items()
        for element in found
    ]
    return [*fields, *elements]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else output.json_text(value)


def _runs(runs: list[RunView], now: datetime, language: str) -> Table:
    made = output.table(["when", "action", "mode", "state", "what came of it"])
    for run in runs:
        came = run_text(run, language) or run_error(run, language) or (run.reason or "").replace("_", " ")
        made.add_row(
            output.ago(run.finished_at or run.started_at or run.created_at, now),
            output.styled(f"{run.action} ({run.handler_rule})"),
            str(run.mode).replace("_", " "),
            str(run.state),
            output.styled(came),
        )
    return made
