"""The load check: reads the current window of every metric of the catalogue and compares it with its limit.

The check is stateless. It reads further back than the duration of a limit, so that each tick computes on its own since
when a series has been in breach and whether it recovered. Ticks may be missed, repeated or late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from collectors.metrics_analysis import breach
from collectors.metrics_analysis.advice.next_steps import next_steps
from collectors.metrics_analysis.breach import Breach, Limits
from collectors.metrics_analysis.detectors import DetectorContext, Effect
from collectors.metrics_analysis.evidence import Tick
from collectors.metrics_analysis.sigma.template import Scope, render, show
from shared.durations import format_duration
from shared.errors import TransientError
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step
from shared.own_incidents import own_finding
from shared.series import ReadError, TimeSeries, read, request, window_end
from shared.texts import Text, as_text, findings
from shared.texts import next_steps as own_steps
from shared.texts.history import errors as history_errors
from shared.texts.locale import Locale
from shared.units import human

EVIDENCE = (Tick,)
PERMISSIONS = ("monitoring.timeSeries.list",)
JOB = "load-check"
FAILED = "hinomi/load_check_failed"
SHORTEST_LOOKBACK = 3 * 3600
FAILURE_QUIET_SECONDS = 3600
SHOWN_METRICS = 3
READERS = 8  # concurrent calls; a call takes about 50 ms


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one metric in one project, in epoch seconds, and the time zone for texts."""

    project: str
    spec: dict[str, Any]
    start: int
    end: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One series: its labels, its name, and the fingerprint of its breach."""

    labels: dict[str, str]
    project: str
    resource: str
    fingerprint: str


def detect(evidence: Tick, context: DetectorContext) -> Iterator[Effect]:
    """Findings about series in breach, recoveries of series, and findings about unreadable metrics.

    Raises TransientError if nothing could be read and a retry may help.
    """
    if evidence.job != JOB:
        return
    time = min(evidence.time, context.now)
    if not context.settings.projects:
        yield failed("", "NO_PROJECT", findings.NO_PROJECTS, time)
        return
    windows = [
        _window(project, spec, time, context.settings.timezone)
        for project in context.settings.projects
        for spec in context.load
    ]
    failures: list[tuple[Window, ReadError]] = []
    for window, outcome in zip(windows, _read_all(windows, context), strict=True):
        if isinstance(outcome, ReadError):
            failures.append((window, outcome))
            continue
        for series in outcome:
            yield from _judge(window, series)
    if failures and len(failures) == len(windows) and all(error.transient for _, error in failures):
        raise TransientError(history_errors.MONITORING_UNAVAILABLE(error=str(failures[0][1])))
    yield from _failures(failures, time)


def lookback(spec: Mapping[str, Any]) -> int:
    """The number of seconds to read for a metric: enough for the start of a breach and the end of the previous breach."""
    limits = [spec["limits"], *(override["limits"] for override in spec["overrides"])]
    longest = max(limit["for"] + limit["clear_for"] for limit in limits)
    seconds = max(SHORTEST_LOOKBACK, 4 * longest)
    return int(-(-seconds // spec["period"]) * spec["period"])


def _window(project: str, spec: dict[str, Any], time: datetime, timezone: str) -> Window:
    end = window_end(time, period=spec["period"], visible_after=spec["visible_after"])
    return Window(project, spec, end - lookback(spec), end, timezone)


def _read_all(windows: Sequence[Window], context: DetectorContext) -> list[list[TimeSeries] | ReadError]:
    client = context.clients.monitoring()

    def one(window: Window) -> list[TimeSeries] | ReadError:
        try:
            return read(client, request(window.spec, window.project, start=window.start, end=window.end))
        except ReadError as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(one, windows))


def _judge(window: Window, series: TimeSeries) -> Iterator[Effect]:
    spec = window.spec
    subject = _subject(window, series)
    override: dict[str, Any] = next((item for item in spec["overrides"] if _matches(item["match"], subject)), {})
    if override.get("off"):
        return
    chosen = override.get("limits", spec["limits"])
    limits = Limits(chosen["above"], chosen["threshold"], chosen["clear"], chosen["for"], chosen["clear_for"])
    slots = breach.slots(
        series.points,
        start=window.start,
        end=window.end,
        period=spec["period"],
        limits=limits,
        absent=spec["absent"],
    )
    # A series that alerts by its absence may have been absent for longer than the window.
    verdict = breach.evaluate(slots, period=spec["period"], limits=limits, after_breach=spec["absent"] == "alert")
    if verdict.breach:
        severity = Severity(override.get("severity", spec["severity"]))
        yield _finding(window, subject, verdict.breach, limits, severity)
    elif verdict.recovered_at is not None:
        yield _recovery(window, subject, verdict.recovered_at, limits)


def _subject(window: Window, series: TimeSeries) -> Subject:
    labels = {**series.resource, **series.metric}
    project = series.resource.get("project_id", window.project)
    resource = render(window.spec["name"], Scope({**labels, "project": project}))
    parts = [f"{name}={value}" for name, value in sorted(labels.items())]
    # The resource and the metric may both have a label of this name.
    hidden = [f"resource.{name}={value}" for name, value in sorted(series.resource.items()) if labels[name] != value]
    key = fingerprint(_rule(window), project, *parts, *hidden)
    return Subject({**labels, "project": project}, project, resource, key)


def _matches(match: Mapping[str, Sequence[str]], subject: Subject) -> bool:
    return all(
        any(fnmatchcase(subject.labels.get(label, ""), pattern) for pattern in patterns)
        for label, patterns in match.items()
    )


def _finding(window: Window, subject: Subject, breach: Breach, limits: Limits, severity: Severity) -> Finding:
    spec = window.spec
    return Finding(
        rule=_rule(window),
        title=spec["title"],
        kind=IncidentKind.LOAD_ISSUE,
        severity=severity,
        service=spec["service"],
        resource=subject.resource,
        principal="",
        summary=_summary(window, subject, breach, limits, "en"),
        fingerprint=subject.fingerprint,
        time=_time(breach.slot.end),
        since=_time(breach.since),
        event_key=_event_key(window, subject, breach.slot.end),
        project=subject.project,
        # The series may disappear (a VM is stopped): then nothing would ever report its recovery.
        quiet_seconds=None if spec["absent"] == "alert" else window.end - window.start + spec["visible_after"],
        fields={
            "metric": spec["metric"],
            "value": breach.slot.value,
            "limit": limits.threshold,
            "unit": spec["unit"],
            "since": _time(breach.since).isoformat(),
            "labels": subject.labels,
        },
        labels={**subject.labels, "metric": spec["key"]},
        translations={"ja": {"title": spec["ja"]["title"], "summary": _summary(window, subject, breach, limits, "ja")}}
        if spec["ja"]
        else {},
        next_steps=next_steps(spec, Scope(subject.labels)),
    )


def _summary(window: Window, subject: Subject, breach: Breach, limits: Limits, language: str) -> str:
    spec, value = window.spec, breach.slot.value
    texts = spec if language == "en" else spec[language]
    lasts = format_duration(breach.slot.end - breach.since, language)
    longer = findings.LONGER_THAN(duration=lasts).in_language(language)
    values = {
        "title": texts["title"],
        "resource": subject.resource,
        "value": findings.NO_DATA.in_language(language) if value is None else human(value, spec["unit"], language),
        "limit": human(limits.threshold, spec["unit"], language),
        "since": Locale(language, window.timezone, _time(window.end)).minute(_time(breach.since)),
        "duration": longer if breach.truncated else lasts,
    }
    return render(texts["summary"], Scope({**subject.labels, **values}))


def _recovery(window: Window, subject: Subject, at: int, limits: Limits) -> Recovery:
    return Recovery(
        rule=_rule(window),
        fingerprint=subject.fingerprint,
        time=_time(at),
        event_key=_event_key(window, subject, at),
        summary=_recovered(window, subject, limits, "en"),
        translations={"ja": {"summary": _recovered(window, subject, limits, "ja")}},
    )


def _recovered(window: Window, subject: Subject, limits: Limits, language: str) -> str:
    level = human(limits.clear, window.spec["unit"], language)
    calm = format_duration(limits.clear_seconds or window.spec["period"], language)
    template = findings.AT_MOST if limits.above else findings.AT_LEAST
    return template(resource=subject.resource, level=level, duration=calm).in_language(language)


def _failures(failures: Sequence[tuple[Window, ReadError]], time: datetime) -> Iterator[Finding]:
    """One finding for each project and reason: a project without permission denies every metric."""
    groups: dict[tuple[str, str], list[tuple[Window, ReadError]]] = {}
    for window, error in failures:
        groups.setdefault((window.project, error.code), []).append((window, error))
    for (project, code), group in groups.items():
        keys = [window.spec["key"] for window, _ in group]
        metrics = as_text(", ".join(keys[:SHOWN_METRICS]))
        if len(keys) > SHOWN_METRICS:
            metrics = findings.AND_MORE(count=len(keys) - SHOWN_METRICS, names=metrics)
        reason = show(str(group[0][1]))
        yield failed(project, code, findings.METRICS_NOT_READ(metrics=metrics, error=reason), time)


def failed(project: str, code: str, text: Text, time: datetime) -> Finding:
    """The finding about a project (empty: all projects) that cannot be read because of `code`."""
    summary = findings.LOAD_OF_PROJECT(project=show(project), text=text) if project else text
    return own_finding(
        FAILED,
        title=findings.LOAD_CHECK_FAILED,
        summary=summary,
        resource=project or "load check",
        fault=[project, code],
        time=time,
        event_key=f"load-check:{project}:{code}:{time.isoformat()}"[:300],
        project=project,
        quiet_seconds=FAILURE_QUIET_SECONDS,
        labels={"code": code},
        next_steps=(next_step(own_steps.CHECK_INSTALLATION, ("hinomi", "doctor")),),
    )


def _rule(window: Window) -> str:
    return f"load/{window.spec['key']}"


def _event_key(window: Window, subject: Subject, end: int) -> str:
    return f"load:{window.spec['key']}:{subject.resource}"[:280] + f":{end}"


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
