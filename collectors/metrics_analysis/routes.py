"""The paths of the function; each accepts one kind of message.

Each path has a topic, a push subscription and a push account of its own, so a sender can send on its path only messages
of that kind: a reporter cannot forge a log entry, and a log sink cannot send ticks. Each declared reporter has a topic
and a path of its own (`/reports/NAME`), which accepts the reports of that reporter only; so has each worker
on-premises (`/results/NAME`), whose messages are also signed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date

from collectors.metrics_analysis.evidence import (
    Evidence,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
    UntrustedSenderError,
    WorkerMessage,
)
from collectors.metrics_analysis.sigma.template import show
from shared import logs
from shared.config import Settings
from shared.errors import InputError
from shared.redaction.setting_values import PUSH_ACCOUNT, ROUTE, shown_invalid
from shared.texts import EMPTY, Text, listed, validation
from shared.texts import evidence as texts

OPEN_ROUTE = "/"  # accepts every kind: for local use, where nobody else sends
# The path of all reporters: for local use, and while the topic that earlier versions shared among reporters is kept.
REPORTS = "/reports"
ROUTES: dict[str, type[Evidence]] = {
    "/evidence": LogEntry,
    "/monitoring": MonitoringIncident,
    REPORTS: Report,
    "/ticks": Tick,
}
RESULTS = "/results"  # the paths of workers begin with it: /results/NAME
SHOWN = ("/evidence", "/monitoring", f"{REPORTS}/NAME", f"{RESULTS}/NAME", "/ticks")
# The sources of Eventarc's events (docs.cloud.google.com/eventarc/docs/cloudevents).
_TOPICS, _AUDIT_LOGS = "//pubsub.googleapis.com/", "//cloudaudit.googleapis.com/"
# A topic or subscription: a prefix, the kind, and the name of a reporter or worker.
_RESOURCE = r".*?-(?:(evidence|monitoring|ticks)|reports(?:-(.+))?|results-(.+))"


def paths(
    reporters: Iterable[str], workers: Iterable[str] = (), *, on_google_cloud: bool, shared_reports: bool = False
) -> frozenset[str]:
    """The paths that accept messages: on Google Cloud one for each kind, each declared reporter and each worker."""
    own = {*ROUTES, *map(reporter_path, reporters), *(f"{RESULTS}/{name}" for name in workers)}
    if not on_google_cloud:
        return frozenset({OPEN_ROUTE, *own})
    return frozenset(own if shared_reports else own - {REPORTS})


def of_installation(settings: Settings, reporters: Iterable[str]) -> frozenset[str]:
    """The paths for these settings, with these declared reporters."""
    workers = [name for name, each in settings.connections.get("worker", {}).items() if each.member]
    shared = bool(settings.shared_reports_until)
    return paths(reporters, workers, on_google_cloud=settings.on_google_cloud, shared_reports=shared)


def reporter_path(name: str) -> str:
    """The path of a reporter."""
    return f"{REPORTS}/{name}"


def reporter_of(route: str) -> str:
    """The reporter whose reports a path accepts; empty for other paths."""
    start, _, name = route.partition(f"{REPORTS}/")
    return "" if start else name


def worker_of(route: str) -> str:
    """The worker whose messages a path accepts; empty for other paths."""
    start, _, name = route.partition(f"{RESULTS}/")
    return "" if start else name


def is_route(route: str) -> bool:
    """Whether a path accepts messages of a kind."""
    return _kind(route) is not None


def route_of(resource: str) -> str:
    """The path for a topic or subscription, such as /reports/airflow for hinomi-reports-airflow; `/` for other names."""
    found = re.fullmatch(_RESOURCE, resource)
    if found is None:
        return OPEN_ROUTE
    kind, reporter, worker = found.groups()
    if kind:
        return f"/{kind}"
    if worker:
        return f"{RESULTS}/{worker}"
    return reporter_path(reporter) if reporter else REPORTS


def callers(accounts: Iterable[str]) -> dict[str, str] | None:
    """The push account of each path, from `PATH=EMAIL`; None if there are none.

    Raises InputError for an item of another form.
    """
    by_path = dict(_caller(text) for text in accounts)
    return by_path or None


def trigger_route(name: str, known: Collection[str], *, on_google_cloud: bool) -> str:
    """The path of a function with a topic as its trigger; `known` are its paths.

    Raises InputError for an unknown path.
    """
    if not on_google_cloud:
        return OPEN_ROUTE
    if name not in known:
        raise InputError(validation.TRIGGER_ROUTE(value=shown_invalid(name, ROUTE), routes=listed(sorted(known))))
    return name


def foreign_source(source: str, topic: str) -> Text:
    """Why an event of a trigger is rejected because of its CloudEvents `source`; empty if it is accepted.

    Eventarc sets the source: the resource name of the topic, or of the audit log.
    """
    if (topic and source == f"{_TOPICS}{topic}") or source.startswith(_AUDIT_LOGS):
        return EMPTY
    shown = show(source)[:200]
    return texts.TRIGGER_SOURCE(source=shown, topic=topic) if topic else texts.TRIGGER_UNSET(source=shown)


def check(route: str, evidence: Evidence) -> None:
    """Raises NotUnderstoodError if a message arrives on the path of another kind, or of another reporter."""
    expected = _kind(route)
    if expected is None:
        return
    if not isinstance(evidence, expected):
        kind = texts.KINDS[type(evidence).__name__]
        raise NotUnderstoodError(texts.WRONG_ROUTE(found=kind, route=route, expected=texts.KINDS[expected.__name__]))
    owner = reporter_of(route)
    if owner and isinstance(evidence, Report) and evidence.source != owner:
        raise NotUnderstoodError(texts.REPORTER_ROUTE(source=show(evidence.source)[:60]))
    worker = worker_of(route)
    if worker and isinstance(evidence, WorkerMessage) and evidence.worker != worker:
        raise NotUnderstoodError(texts.WORKER_ROUTE(worker=show(evidence.worker)[:60]))


def named(reason: Text, route: str) -> Text:
    """The reason for rejecting a message, with the reporter of the path."""
    owner = reporter_of(route)
    return texts.OF_REPORTER(owner=owner, reason=reason) if owner else reason


def check_shared(route: str, evidence: Evidence, until: str, today: date) -> None:
    """Raises UntrustedSenderError if a report arrives on the shared path after `until`, its last open day.

    Without `until` the path is open, which is the case only in local use.
    """
    if route == REPORTS and isinstance(evidence, Report) and until and today > date.fromisoformat(until):
        raise UntrustedSenderError(texts.SHARED_REPORTS_CLOSED(source=show(evidence.source)[:60], until=until))


def _kind(route: str) -> type[Evidence] | None:
    if worker_of(route):
        return WorkerMessage
    return Report if reporter_of(route) else ROUTES.get(route)


def _caller(text: str) -> tuple[str, str]:
    path, _, email = text.partition("=")
    if not is_route(path) or "@" not in email:
        raise InputError(validation.PUSH_ACCOUNTS(value=shown_invalid(text, PUSH_ACCOUNT), routes=listed(SHOWN)))
    return path, email


def log_missing_protections(settings: Settings) -> None:
    """Logs a warning at the start for each protection that is off."""
    if not settings.on_google_cloud:
        logs.log("INFO", f"{OPEN_ROUTE} accepts every kind of message: this is for local use only")
        return
    if not settings.service_accounts:
        logs.log("WARNING", "the loop guard is off: set HINOMI_SERVICE_ACCOUNTS to the accounts that Hinomi runs as")
    if not settings.push_accounts:
        logs.log(
            "WARNING", "every caller may call every path: set HINOMI_PUSH_ACCOUNTS to the push account of each path"
        )
    if not (settings.project_numbers or settings.scope):
        logs.log(
            "WARNING",
            "service agents of other projects may get powerful roles without an incident until a snapshot has seen the "
            "monitored projects: set HINOMI_PROJECT_NUMBERS",
        )
    if settings.shared_reports_until:
        message = (
            f"{REPORTS} accepts reports in the name of every declared reporter that has not used its own topic yet"
        )
        logs.log("WARNING", message, until=settings.shared_reports_until)
