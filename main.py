"""The entry points of the functions; only this module connects the parts."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import functions_framework

# What the start creates lives as long as the process: garbage collections that visit it only delay the first response.
_collects_garbage = gc.isenabled()
gc.disable()

from shared import config, front_door, logs
from shared.texts import EMPTY

IS_DASHBOARD = config.function_target() == "dashboard"
if TYPE_CHECKING or not IS_DASHBOARD:  # the first page does not wait for what only messages and history need
    from collectors.metrics_analysis import event_requests, routes
    from collectors.metrics_analysis.envelope import MAX_BODY
    from collectors.metrics_analysis.evidence import Evidence, Tick, entry_time
    from collectors.metrics_analysis.pipeline import Effect, Pipeline, PipelineDependencies
    from collectors.metrics_analysis.sigma import artifact
    from collectors.metrics_analysis.sigma.engine import Engine
    from collectors.metrics_analysis.sigma.links import project
    from collectors.metrics_analysis.sigma.project_numbers import MonitoredNumbers

if TYPE_CHECKING:
    import flask
    from cloudevents.http import CloudEvent
    from sqlalchemy.orm import Session
    from werkzeug import Response

    from collectors.metrics_analysis.collector_check import CollectorCheck
    from collectors.metrics_analysis.reason_lines.reader import ReasonReader
    from db.error_db.store import ErrorStore
    from db.schema_db.store import SchemaStore
    from handlers.worker import ActionWorker
    from insights.causes.lookup import Causes
    from shared.clients import Clients
    from shared.events import EarlierPolicy
    from shared.history import ExpectedCollector
    from shared.model import Finding
    from shared.records import IncidentChange, IncidentView
    from shared.texts import Text

gc.freeze()
if _collects_garbage:
    gc.enable()

Answer = tuple[str, int, dict[str, str]]
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class Application:
    """The parts, each built on first use, so that an entry that matches no rule never loads a database or a client.

    The framework uses several threads, so parts, which are thread-safe, are built under a lock. `clock` returns the time.
    """

    def __init__(self, settings: config.Settings, clock: Callable[[], datetime] | None = None) -> None:
        self.settings = settings
        self._clock = clock or _now
        self._lock = threading.RLock()

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline of messages."""
        dependencies = PipelineDependencies(
            store=self.store,
            detect=self._detect,
            reporters=self._artifact.get("reporters", []),
            plan=self._plan,
            act=self._act,
            sweep=self._sweep,
            explains=self._explains,
            permissions=self._permissions,
            action_permissions=self._action_permissions,
            is_older=self._is_older,
            earlier_policy=self._earlier_policy,
            worker_message=self._worker_message,
            reasons=self._reasons,
        )
        numbers = MonitoredNumbers(self.settings, self.causes, self._clock)
        return Pipeline(Engine(self._artifact, self.settings.redact, numbers.is_monitored), self.settings, dependencies)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths that accept messages."""
        names = [str(reporter["name"]) for reporter in self._artifact.get("reporters", [])]
        return routes.of_installation(self.settings, names)

    @cached_property
    def callers(self) -> dict[str, str] | None:
        """The account that may call each path; None if every caller may."""
        return routes.callers(self.settings.push_accounts)

    @cached_property
    def trigger_route(self) -> str:
        """The kind of message for a function with a topic as its trigger."""
        on_google_cloud = self.settings.on_google_cloud
        return routes.trigger_route(self.settings.trigger_route, self.paths, on_google_cloud=on_google_cloud)

    def refusal(self, source: str) -> Text:
        """Why events of this source are rejected on Google Cloud; empty if they are accepted."""
        return routes.foreign_source(source, self.settings.trigger_topic) if self.settings.on_google_cloud else EMPTY

    def _permissions(self, account: str) -> frozenset[str]:
        """The permissions of detectors and collectors of one of Hinomi's accounts. A single account runs all of them."""
        accounts = self.settings.service_accounts
        metrics = self._metrics_permissions if account == accounts[0] else frozenset()
        return metrics | self._history_permissions if account in (accounts[1:] or accounts) else metrics

    @cached_property
    def _metrics_permissions(self) -> frozenset[str]:
        from collectors.metrics_analysis import detectors, reason_lines  # noqa: PLC0415

        return detectors.permissions() | set(reason_lines.PERMISSIONS)

    def _action_permissions(self, account: str, time: datetime, transaction: Any) -> frozenset[str]:
        """The permissions of the actions that are enabled, or ran in the day before, for the account that runs them."""
        from handlers.enabled_actions import permissions  # noqa: PLC0415

        is_of_actions = account == self.settings.service_accounts[0]
        return permissions(transaction.session, time, self.settings) if is_of_actions else frozenset()

    @cached_property
    def _history_permissions(self) -> frozenset[str]:
        from collectors.history_analysis import registry  # noqa: PLC0415

        return registry.permissions(registry.of_rules(self._artifact), self.settings)

    def store(self) -> ErrorStore:
        """The Error DB."""
        with self._lock:
            return self._store

    def causes(self) -> Causes:
        """Queries on the Schema DB whose failure has no consequences."""
        with self._lock:
            return self._causes

    @cached_property
    def _artifact(self) -> dict[str, Any]:
        return artifact.load(self.settings.rules_dir)

    @cached_property
    def _store(self) -> ErrorStore:
        from db.first_use import open_error_store  # noqa: PLC0415

        return open_error_store(self.settings.error_db_url)

    @cached_property
    def _clients(self) -> Clients:
        from shared.clients import Clients  # noqa: PLC0415

        return Clients(self.settings)

    @cached_property
    def _worker(self) -> ActionWorker:
        from handlers.worker import ActionWorker  # noqa: PLC0415

        return ActionWorker(self.store(), self._clients, self.settings, clock=self._clock, causes=self._causes)

    @cached_property
    def _causes(self) -> Causes:
        from insights.causes.lookup import Causes  # noqa: PLC0415

        message = "the Schema DB is unavailable: cards omit the changes before the incident, and the load check reads only the named projects"
        url, redact = self.settings.schema_db_url, self.settings.redact
        return Causes(url, lambda reason: logs.log("WARNING", message, reason=reason), redact=redact)

    @cached_property
    def _schema_store(self) -> SchemaStore:
        from db.first_use import open_schema_store  # noqa: PLC0415

        return open_schema_store(self.settings.schema_db_url)

    def history(self, body: bytes, schedule_time: str | None, now: datetime) -> tuple[str, int]:
        """A history run: the answer as JSON and the HTTP status. Raises TransientError without the Schema DB."""
        from collectors.history_analysis import incident_checks, registry, request  # noqa: PLC0415
        from collectors.history_analysis.snapshot import HistoryDependencies  # noqa: PLC0415
        from db.error_db.reporters.changed import changed  # noqa: PLC0415
        from db.error_db.reporters.readings import stored_readings  # noqa: PLC0415
        from handlers.reports.keep import keep  # noqa: PLC0415

        with self._lock:
            collectors = registry.of_rules(self._artifact)
            store, errors = self._schema_store, lambda: self.store().reading()
            parts = HistoryDependencies(
                store,
                self._clients,
                self.settings,
                self._clock,
                collectors,
                reported=partial(changed, errors),
                readings=partial(stored_readings, errors),
            )
        answer = request.answer(parts, body, schedule_time, now)
        incident_checks.run(store, self.store, self.settings, self._plan, self._clock, self._artifact)
        keep(store, self.store, self.settings, self._clock())
        return answer

    def _detect(self, evidence: Evidence, now: datetime) -> Iterable[Effect]:
        from collectors.metrics_analysis import detectors  # noqa: PLC0415
        from db.error_db.detector_queries import DetectorQueries  # noqa: PLC0415

        settings = self.causes().watching(self.settings, now) if isinstance(evidence, Tick) else self.settings
        with self._lock:
            load, reporters = self._artifact["load"], self._artifact.get("reporters", [])
            asks = DetectorQueries(self.store, now)
            context = detectors.DetectorContext(
                now, settings, self._clients, load, reporters, asks.unresolved, asks.readings, asks.keep
            )
        return detectors.detect(evidence, context)

    def _plan(self, changes: list[IncidentChange], transaction: Any, now: datetime) -> None:
        from handlers import plan  # noqa: PLC0415

        plan.plan(changes, transaction, now)

    def _act(self, now: datetime, incident_ids: list[int]) -> None:
        with self._lock:
            worker = self._worker
        worker.run_due(now, incident_ids=incident_ids)

    def _worker_message(self, name: str, content: dict[str, Any], now: datetime) -> None:
        from handlers.scripts.orders.receive import take  # noqa: PLC0415

        with self._lock:
            worker = self._worker
        take(self.store(), self.settings, worker, name, content, now)

    def _explains(self, entry: dict[str, Any], time: datetime, transaction: Any) -> bool:
        from handlers.own_calls import explains  # noqa: PLC0415

        return explains(entry, time, transaction.session, self.settings)

    def _is_older(self, finding: Finding, location: str, recovered_at: datetime | None) -> bool:
        """Whether the history has the public grants of a complete policy from before; no if the Schema DB does not answer."""
        from insights.access.earlier_policy import is_older  # noqa: PLC0415

        ask = self.causes().ask
        return bool(ask(lambda session: is_older(session, finding, location, recovered_at), self._clock()))

    def _earlier_policy(self, entry: dict[str, Any], location: str, restores: bool) -> EarlierPolicy | None:  # noqa: FBT001
        """The policy of an entry's resource before the entry, or with `restores` before its deletion; None if unknown."""
        from insights.access.earlier_policy import full_name, policy_before  # noqa: PLC0415

        name, time = full_name(entry.get("protoPayload") or {}, project(entry), location), entry_time(entry)
        return self.causes().ask(lambda session: policy_before(session, name, time, deleted=restores), self._clock())

    def _sweep(self, now: datetime) -> str:
        from collectors.metrics_analysis import sweep  # noqa: PLC0415

        with self._lock:
            worker = self._worker
        return sweep.sweep(
            self.pipeline, self.store(), worker, now, lambda: self._plan_deferred(now),
            lambda incidents: self._usual_intervals(incidents, now),
            lambda: self._collector_check.check(now), send_reports=lambda: self._send_reports(now) if self.settings.reports else 0,
            read_reasons=lambda: self._reasons().read_due(now),
        )  # fmt: skip

    def _reasons(self) -> ReasonReader:
        from collectors.metrics_analysis.reason_lines.reader import ReasonReader  # noqa: PLC0415

        with self._lock:
            return ReasonReader(self.store(), self._clients, self.settings, self.pipeline.engine, self._plan)

    def _send_reports(self, now: datetime) -> int:
        """Sends the reports that are due; most ticks find none, and load nothing for it."""
        from handlers.reports.deliver import ReportSender  # noqa: PLC0415

        return ReportSender(self.store(), self.settings, self._clock).send_due(now)

    @cached_property
    def _collector_check(self) -> CollectorCheck:
        from collectors.metrics_analysis.collector_check import CollectorCheck  # noqa: PLC0415

        return CollectorCheck(self.store(), self.causes(), self._expected_collectors, self._plan, self.settings.redact)

    def _expected_collectors(self, session: Session) -> dict[str, ExpectedCollector]:
        """The collectors that should run in the monitored scopes; one whose scopes are not known is left out."""
        from collectors.history_analysis import registry  # noqa: PLC0415
        from db.schema_db import monitored_projects  # noqa: PLC0415

        settings = monitored_projects.settings(session, self.settings)
        return registry.expected(registry.of_rules(self._artifact), settings)

    def _usual_intervals(self, incidents: list[IncidentView], now: datetime) -> dict[int, timedelta]:
        """The usual interval of the jobs of these incidents, where the history of jobs has one."""
        from insights.jobs.intervals import usual_intervals  # noqa: PLC0415

        return self.causes().ask(lambda session: usual_intervals(session, incidents, now), now) or {}

    def _plan_deferred(self, now: datetime) -> int:
        from handlers.silences.due import plan_due  # noqa: PLC0415

        with self.store().transaction(now) as transaction:
            return plan_due(transaction, now, self.settings.redact)


def _now() -> datetime:
    return datetime.now(UTC)


_lock = threading.Lock()
_application: Application | None = None


def application() -> Application:
    """The application of this process, created once from the environment."""
    global _application  # noqa: PLW0603
    with _lock:
        if _application is None:
            gc.disable()
            try:
                _application = _started()
            finally:
                gc.freeze()
                if _collects_garbage:
                    gc.enable()
    return _application


def _started() -> Application:
    """A new application. Wrong settings and rules fail here, not with the first message."""
    logs.install()
    made = Application(config.load())
    routes.log_missing_protections(made.settings)
    _ = made.callers, made.trigger_route, made.pipeline
    return made


@functions_framework.http
def metrics_analysis(request: flask.Request) -> Answer:
    """Handles one Pub/Sub message: a CloudEvent or a push. A normal return acknowledges it, an exception does not."""
    if request.path == front_door.LIVENESS:
        front_door.stop_reading(request)
        return "ok", 200, TEXT
    app = application()
    try:
        body = front_door.body(request, paths=app.paths, limit=MAX_BODY, callers=app.callers)
    except front_door.RefusedError as refused:
        if refused.status == 403:
            logs.log("WARNING", "call refused: the caller is not the push account of this path", path=request.path)
        return refused.text, refused.status, TEXT
    with logs.request(request.headers, project=app.settings.project, function="metrics_analysis"):
        headers = event_requests.headers_of(request)
        return _answer(app, app.pipeline.handle(body, _now(), route=request.path, headers=headers))


@functions_framework.cloud_event
def metrics_analysis_event(event: CloudEvent) -> None:
    """The entry point for a function with `--trigger-topic` or an Eventarc trigger; docs/deploying.md lists its limits."""
    from cloudevents.conversion import to_json  # noqa: PLC0415 - the framework has loaded it for such a function

    app = application()
    body = bytes(to_json(event))
    with logs.request({}, project=app.settings.project, function="metrics_analysis"):
        app.pipeline.handle(body, _now(), route=app.trigger_route, refusal=app.refusal(event["source"]))


@functions_framework.http
def history_analysis(request: flask.Request) -> Answer:
    """Handles one call of Cloud Scheduler: collects everything that is due into the Schema DB."""
    if request.path == front_door.LIVENESS:
        front_door.stop_reading(request)
        return "ok", 200, TEXT
    schedule_time = request.headers.get("X-CloudScheduler-ScheduleTime")
    app = application()
    try:
        body = front_door.body(request, paths=("/",), limit=MAX_BODY)
    except front_door.RefusedError as refused:
        return refused.text, refused.status, TEXT
    with logs.request(request.headers, project=app.settings.project, function="history_analysis"):
        text, status = app.history(body, schedule_time, _now())
    return text, status, {"Content-Type": "application/json"}


@functions_framework.http
def dashboard(request: flask.Request) -> Response:
    """Shows a page of the dashboard, or makes a change sent from a page."""
    from dashboard.function import respond  # noqa: PLC0415

    return respond(request.environ)


def _answer(app: Application, text: str) -> Answer:
    """Logs the result of a message; on Google Cloud the sender only learns that it was accepted."""
    return "ok" if app.settings.on_google_cloud else text, 200, TEXT


if not IS_DASHBOARD:
    event_requests.guard(application)
