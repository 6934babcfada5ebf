"""The permissions that the enabled parts of Hinomi declare, and no others: the content of the generated roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handlers import registry
from handlers.iam.grant import BINDING_DELTAS
from handlers.match import takes
from handlers.read import read
from handlers.spec import HandlerSpec, Match
from shared.config import Settings
from shared.model import IncidentKind, Mode

Reasons = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Source:
    """A source of incidents of one rule, kind and service. `elements` are the names of the lists that it reads."""

    rule: str
    kind: str
    service: str
    elements: str = ""


# The incidents of collectors/history_analysis/intended_access, which no rule of the artifact opens.
_ACCESS = tuple(
    _Source(name, str(IncidentKind.IRREGULAR_ACCESS), service, BINDING_DELTAS)
    for name in ("platform/unintended_access", "platform/lost_access")
    for service in ("bigquery", "iam", "pubsub", "storage")
)


# Those of collectors/history_analysis/late_jobs.
_LATE_JOBS = tuple(
    _Source(name, str(IncidentKind.JOB_FAILURE), service)
    for name in ("jobs/run_late", "jobs/many_late")
    for service in ("bigquery", "composer", "dataflow", "vertex_ai")
)
# Those of collectors/history_analysis/tables and quality.
_TABLES = (
    _Source("tables/stale", str(IncidentKind.JOB_FAILURE), "bigquery"),
    _Source("tables/many_stale", str(IncidentKind.JOB_FAILURE), "bigquery"),
    _Source("tables/unusual_volume", str(IncidentKind.LOAD_ISSUE), "bigquery"),
    _Source("quality/check_failed", str(IncidentKind.JOB_FAILURE), "bigquery"),
)
# Those of collectors/history_analysis/costs.
_COSTS = tuple(
    _Source(name, str(IncidentKind.LOAD_ISSUE), "bigquery") for name in ("cost/unusual_day", "cost/over_budget")
)


def _unusual(artifact: dict[str, Any]) -> tuple[_Source, ...]:
    """The sources of incidents about unusual values: each service with stored metrics."""
    services = [spec["service"] for spec in artifact.get("history", ())]
    names = ("metrics/unusual", "metrics/silent", "metrics/limit_ahead")
    return tuple(_Source(name, str(IncidentKind.LOAD_ISSUE), service) for name in names for service in services)


def declared(function: str, *, artifact: dict[str, Any], handlers_file: Path | None, settings: Settings) -> Reasons:
    """The permissions of a function in the monitored scope, each with the parts that declare it.

    `settings` are the planned settings: a part that reads nothing needs no permission. Raises InputError for an invalid
    handlers file.
    """
    makers = {
        "metrics_analysis": lambda: _metrics(artifact, handlers_file, settings),
        "history_analysis": lambda: _history(artifact, settings),
        "dashboard": lambda: _dashboard(settings),
    }
    reasons: Reasons = {}
    for permission, reason in makers.get(function, lambda: iter(()))():
        reasons.setdefault(permission, []).append(reason)
    return {name: sorted(set(reasons[name])) for name in sorted(reasons)}


def of_accounts(artifact: dict[str, Any], handlers_file: Path | None, settings: Settings) -> dict[str, frozenset[str]]:
    """The permissions of each account in HINOMI_SERVICE_ACCOUNTS; the account of metrics-analysis comes first.

    A single account runs both functions. Without a handlers file no handler rule declares permissions. Raises
    InputError for an invalid file.
    """
    metrics, history = (
        frozenset(declared(function, artifact=artifact, handlers_file=handlers_file, settings=settings))
        for function in ("metrics_analysis", "history_analysis")
    )
    first, *others = settings.service_accounts or ("",)
    return {first: metrics if others else metrics | history, **dict.fromkeys(others, history)}


def of_handler(rule: HandlerSpec, settings: Settings, artifact: dict[str, Any]) -> tuple[str, ...]:
    """The permissions of a handler rule: those of its action, for the incidents that its `match` accepts.

    With dry_run an action may declare fewer, because it only reads. None if `match` accepts no incident with the
    evidence that the action needs, if the target system is not configured or does not use IAM, and for an action with
    PUBLISHES_TO, because the grants are on its topics.
    """
    action = registry.find(rule.action)
    if hasattr(action, "PUBLISHES_TO"):
        return ()
    asks_iam = getattr(action, "asks_iam", None)
    if asks_iam is not None and not asks_iam(settings, registry.params(action, rule.params)):
        return ()
    by_service = getattr(action, "PERMISSIONS_BY_SERVICE", None)
    evidence = getattr(action, "EVIDENCE", "")
    matched = matched_sources(rule.match, artifact, with_map=bool(settings.platform_file), evidence=evidence)
    needed = action.PERMISSIONS if matched else ()
    if by_service is not None:
        found = (name for source in by_service if source in matched for name in by_service[source])
        needed = tuple(dict.fromkeys(found))
    if unneeded := getattr(action, "unneeded", None):
        beyond = unneeded(rule.match.resource, frozenset(name for name in matched if "/" in name))
        needed = tuple(name for name in needed if name not in beyond)
    if rule.mode is Mode.DRY_RUN:
        reading = getattr(action, "DRY_RUN_PERMISSIONS", action.PERMISSIONS)
        return tuple(name for name in needed if name in reading)
    return needed


def matched_sources(
    match: Match, artifact: dict[str, Any], *, with_map: bool = False, evidence: str = ""
) -> frozenset[str]:
    """The services and rules of the incidents that a `match` may accept, from its kind, service and rule.

    `with_map` is True if there is a platform map, whose drift opens incidents too. With `evidence`, only incidents that
    may have this list of elements.
    """
    return frozenset(
        name
        for source in (
            *_sources(artifact),
            *_LATE_JOBS,
            *_TABLES,
            *_COSTS,
            *_unusual(artifact),
            *(_ACCESS if with_map else ()),
        )
        if takes(match.rule, source.rule) and takes(match.kind, source.kind) and takes(match.service, source.service)
        if evidence in source.elements
        for name in (source.service, source.rule)
    )


def _sources(artifact: dict[str, Any]) -> Iterator[_Source]:
    """Everything that opens incidents about monitored services."""
    from collectors.metrics_analysis.airflow import findings  # noqa: PLC0415
    from collectors.metrics_analysis.detectors import long_jobs  # noqa: PLC0415

    for spec in (*artifact["rules"], *artifact.get("correlations", ())):
        if not spec.get("silent"):
            yield _Source(spec["name"], spec["kind"], spec["service"], json.dumps(spec))
    for spec in artifact["load"]:
        yield _Source(f"load/{spec['key']}", str(IncidentKind.LOAD_ISSUE), spec["service"])
    yield _Source(long_jobs.RULE, str(IncidentKind.LOAD_ISSUE), long_jobs.SERVICE)
    for rule in findings.RULES:
        yield _Source(rule, str(findings.kind_of(rule)), findings.SERVICE)
    for reporter in artifact.get("reporters", ()):
        for kind in reporter["kind"]:
            yield from (_Source(f"report/{reporter['name']}", kind, service) for service in reporter["service"])


def _metrics(artifact: dict[str, Any], handlers_file: Path | None, settings: Settings) -> Iterator[tuple[str, str]]:
    from collectors.metrics_analysis import reason_lines  # noqa: PLC0415
    from collectors.metrics_analysis.detectors import discover  # noqa: PLC0415

    if artifact["load"]:
        for detector in discover():
            is_enabled = getattr(detector, "is_enabled", lambda _settings: True)
            for permission in getattr(detector, "PERMISSIONS", ()) if is_enabled(settings) else ():
                yield permission, f"detector {detector.__name__.rpartition('.')[2]}"
    if reason_lines.is_enabled(settings) and any(spec.get("reason_log") for spec in artifact["rules"]):
        yield from ((permission, "lines that say why a job failed") for permission in reason_lines.PERMISSIONS)
    rules, errors = read(handlers_file) if handlers_file else ([], [])
    if errors:
        raise errors[0]
    for rule in rules:
        for permission in of_handler(rule, settings, artifact) if rule.enabled else ():
            yield permission, f"handler rule {rule.name} ({rule.action}, {rule.mode})"


def _dashboard(settings: Settings) -> Iterator[tuple[str, str]]:
    """The permissions of the dashboard: only log lines are read from projects, everything else from the databases."""
    if settings.dashboard_log_lines > 0:
        for permission in ("logging.logEntries.list", "logging.privateLogEntries.list"):
            yield permission, "log lines on the page of an incident"


def _history(artifact: dict[str, Any], settings: Settings) -> Iterator[tuple[str, str]]:
    from collectors.history_analysis.registry import of_rules  # noqa: PLC0415

    for collector in of_rules(artifact):
        for permission in collector.permissions if collector.scopes(settings) else ():
            yield permission, f"collector {collector.name}"
