"""Calls that changed something before an incident: deployments, quotas, tables, keys, and changes by Google."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from db.schema_db.models import JobRun, UserAction
from insights.causes import names
from insights.causes.affected import FAMILIES, Affected
from insights.causes.change import CandidateChange, Shared, shared_with
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Place
from shared.model import ErrorClass
from shared.texts import causes as texts

# Writes to these services change how the platform runs; reads, data and single jobs do not.
_SERVICES = tuple(
    f"{name}.googleapis.com"
    for name in (
        *("aiplatform", "artifactregistry", "bigquery", "bigqueryconnection", "bigquerydatatransfer"),
        *(
            "bigqueryreservation",
            "cloudbuild",
            "cloudfunctions",
            "cloudkms",
            "cloudquotas",
            "cloudscheduler",
            "cloudsql",
        ),
        *("composer", "compute", "container", "dataflow", "dataform", "dataproc", "datastream", "iam", "orgpolicy"),
        *("pubsub", "run", "secretmanager", "serviceusage", "sqladmin", "storage", "storagetransfer", "vpcaccess"),
        "workflows",
    )
)
_KUBERNETES = "k8s.io"
# Objects of Kubernetes that people and pipelines deploy; controllers change these and others all the time.
_DEPLOYED = r"^io\.k8s\.(apps|batch|core)\.[^.]+\.(configmaps|cronjobs|daemonsets|deployments|jobs|secrets|statefulsets)\.[a-z]+$"
_CONTROLLER = re.compile(r"^system:(?!serviceaccount:(?!kube-system:))")
_WRITES = (
    r"(add|create|update|patch|replace|deploy|delete|destroy|insert|import|enable|disable|resize|restart|reset|stop|set"
    r"|setmetadata|failover|rotate|upload|undelete|attach|detach|repair|automatic|pause|resume|move|modify"
    r"|executeairflowcommand"  # such as `variables set` and `connections add`
    r"|internaltableexpired)"
)
_LAST_PART = rf"(?i)(^|\.){_WRITES}[^.]*$"
_NO_CHANGE = re.compile(r"(data|job|iampolicy|iampermissions|session|operation|query|object|objects)s?$")
# Jobs that last, whose settings and schedule a call changes; those of other services are single runs.
_LASTING_JOBS = frozenset(f"{name}.googleapis.com" for name in ("cloudscheduler", "run", "storagetransfer"))
_QUOTA = re.compile(r"quota|override", re.IGNORECASE)
_EXPIRED = "InternalTableExpired"  # BigQuery removed a table at its expiration time
_TABLES = frozenset({"tables", "datasets", "routines"})
_CODE = re.compile(r"^//storage\.googleapis\.com/[^/]+/(dags|plugins)$")
# Accounts of Google that change resources by themselves: maintenance, repair and upgrades.
_GOOGLE = re.compile(r"^(system@google\.com|system|service-\d+@[\w.-]+\.iam\.gserviceaccount\.com|cloud-.*@system\.gserviceaccount\.com)$")  # fmt: skip
HOUR = timedelta(hours=1)
QUOTAS = {"composer": "composer", "vertex_ai": "aiplatform", "functions": "cloudfunctions", "cloud_sql": "sqladmin"}


def calls(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The writing calls with a connection to the incident, without calls of its own accounts and its own audit entry."""
    until = affected.incident.opened_at
    query = select(UserAction).where(
        UserAction.hour.between(since - HOUR, until),
        UserAction.first_at <= until,
        UserAction.last_at >= since,
        UserAction.count > UserAction.denied,
        or_(
            UserAction.service.in_(_SERVICES),
            and_(UserAction.service == _KUBERNETES, UserAction.method.regexp_match(_DEPLOYED)),
        ),
        UserAction.method.regexp_match(_LAST_PART),  # most calls read
    )
    for row in session.scalars(query):
        if not _CONTROLLER.match(row.principal) and (change := _change(affected, row, until)):
            yield change


def _change(affected: Affected, row: UserAction, until: datetime) -> CandidateChange | None:
    method = row.method.rpartition(".")[2]
    verb = method.lower()
    place = names.place_of(row.resource)
    uploads = _CODE.match(row.resource) is not None  # of a Composer environment
    is_setting = uploads or (verb.endswith("job") and row.service in _LASTING_JOBS)
    is_data = ".objects." in row.method and not uploads
    if is_data or (_NO_CHANGE.search(verb) and not is_setting) or _is_itself(affected, row):
        return None
    kind = _kind(row, place)
    shared = _of_quota(affected, row, place) if kind is ChangeKind.QUOTA else shared_with(affected, place)
    shared = shared or _of_reservation(affected, row, place)
    if shared is None:
        return None
    time = row.last_at if row.last_at <= affected.failed_at else max(row.first_at, min(row.last_at, until))
    time = row.first_at if row.first_at <= affected.failed_at < row.last_at else time
    many = Statement(texts.CALLS.form(row.count), {"count": str(row.count)}) if row.count > 1 else None
    return CandidateChange(
        kind=kind,
        time=time,
        what=_what(kind, row, method),
        who="" if kind is ChangeKind.PLATFORM or method == _EXPIRED else row.principal,
        shared=shared,
        evidence=(many,) if many else (),
        others=_others(place),
    )


def _is_itself(affected: Affected, row: UserAction) -> bool:
    """Whether the call is the access that the incident is about."""
    incident = affected.incident
    return affected.symptom == "access" and row.principal == incident.principal and row.last_at >= incident.opened_at


def _kind(row: UserAction, place: Place) -> ChangeKind:
    if _GOOGLE.match(row.principal) and row.method.rpartition(".")[2] != _EXPIRED:
        return ChangeKind.PLATFORM
    if row.service in ("cloudquotas.googleapis.com", "serviceusage.googleapis.com") and _QUOTA.search(
        row.method + row.resource
    ):
        return ChangeKind.QUOTA
    if row.service == "bigquery.googleapis.com" and place.name is not None and place.name[0] in _TABLES:
        return ChangeKind.SCHEMA
    return ChangeKind.DEPLOYMENT


def _of_quota(affected: Affected, row: UserAction, place: Place) -> Shared | None:
    """How closely a changed quota is connected with the incident.

    All users of a service in a project share its quotas, which matter only to errors about quotas of that service.
    """
    incident = affected.incident
    service = QUOTAS.get(incident.service, incident.service)
    known = {service} | {FAMILIES.get(each, each) for each in (run.service for run in affected.runs)}
    # In the id of a quota preference, the console writes underscores (docs.cloud.google.com/docs/quotas/implement-common-use-cases).
    where = row.resource.replace("_googleapis_com", ".googleapis.com")
    named = [each for each in known if f"{each.replace('_', '')}.googleapis.com" in where]
    is_project = place.project in ("", incident.project) or row.project == incident.project
    if affected.symptom != ErrorClass.QUOTA or not named or not is_project:
        return None
    return Shared(0.95, Statement(texts.SAME_QUOTA, {"service": named[0]}))


def _of_reservation(affected: Affected, row: UserAction, place: Place) -> Shared | None:
    """How closely a changed reservation, or an assignment to it, is connected with the jobs that ran in it."""
    if row.service != "bigqueryreservation.googleapis.com":
        return None
    used = {run.reservation_id.rpartition(".")[2] for run in affected.runs if run.reservation_id}
    name = next((value for collection, value in place.names if collection == "reservations" and value in used), "")
    return Shared(0.9, Statement(texts.INSIDE, {"resource": name})) if name else None


def _what(kind: ChangeKind, row: UserAction, method: str) -> Statement:
    values = {"method": method, "resource": row.resource}
    if method == _EXPIRED:
        return Statement(texts.HAPPENED, values)
    return Statement(texts.BY_GOOGLE if kind is ChangeKind.PLATFORM else texts.CHANGED, values)


def _others(place: Place) -> Callable[[JobRun], bool] | None:
    """Whether other jobs depend on the changed resource: those that read or write a table, or run in an environment."""
    if place.name is None:
        return None
    if place.name[0] in ("tables", "datasets"):
        return lambda run: _uses(run, place.name)
    if place.name[0] == "buckets":  # a file of a DAG: those of other DAGs say nothing
        return None
    environment = next((value for collection, value in place.names if collection == "environments"), "")
    if environment:
        return lambda run: run.service == "airflow" and run.project == environment
    return None


def _uses(run: JobRun, name: names.Name | None) -> bool:
    tables = {found for table in run.sources or () if (found := names.table_of(table))}
    return name in tables or name in {names.dataset_of(table) for table in tables}
