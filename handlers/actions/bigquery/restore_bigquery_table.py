"""Restores a deleted BigQuery table as it was before, by a copy from its time travel.

The table comes from the incident (`projects/PROJECT/datasets/DATASET/tables/TABLE`), in the incident's project. A copy job copies it from `seconds_before` the
deletion to its old name, and never overwrites a table (`WRITE_EMPTY`). The deletion must be within the time travel window of the
dataset (two to seven days). If a table of this name exists again, nothing happens; with `beside: true` the earlier state is copied to
`TABLE_restored_DATE` instead. BigQuery can do that for a table that was replaced or emptied, not for one that was deleted and created again.

Views, models, routines and external tables have no time travel. The copy has neither the tags, the roles nor the row
access policies of the table itself: everybody who may read the dataset may read it. According to Google's
documentation, its partitioning may be lost, too. Compare it with the old one. The incident is resolved when the copy is
done. There is no undo, because it would delete a table: a person does that. The job id follows from the run, so that
the copy never starts twice. It runs as Hinomi's service account, which needs access to the data.

For `bigquery/table_deleted` (of `bigquery/tables_deleted_in_bulk`, each table has an incident of that rule):

```yaml
  - name: restore-table
    match: {rule: bigquery/table_deleted, resource: 'projects/*/datasets/mart/*'}
    action: restore_bigquery_table
    mode: approve
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.actions.bigquery._api import (
    BigQueryApi,
    JobName,
    TableName,
    error_of,
    milliseconds,
    project_of,
    state_of,
)
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import bigquery as texts

NAME = "restore_bigquery_table"
DRY_RUN_PERMISSIONS = ("bigquery.datasets.get", "bigquery.jobs.get", "bigquery.tables.get")
# Those of the copy: cloud.google.com/bigquery/docs/managing-tables#limitations_on_copying_tables
JOB_PERMISSIONS = ("bigquery.tables.create", "bigquery.tables.getData")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "bigquery.jobs.create", *JOB_PERMISSIONS)
CALLS = (("bigquery.googleapis.com", "google.cloud.bigquery.v2.JobService.InsertJob"),)

MOST_SECONDS = 7 * 86_400
LOOK_AGAIN_SECONDS = 30.0
_TABLE = re.compile(
    r"projects/(?P<project>[^/]+)/datasets/(?P<dataset>\w{1,1024})/tables/(?P<table>[^/@$\s][^/@$]{0,1023})"
)


@dataclass(frozen=True)
class Params:
    """The state to restore, and the name to use if the table exists."""

    seconds_before: int = parameter("Seconds before the deletion from which the state is restored, 1 to 604800.", 10)
    beside: bool = parameter("Whether a table that exists is copied to a new name as it was.", default=False)

    def __post_init__(self) -> None:
        if not 1 <= self.seconds_before <= MOST_SECONDS:
            raise InputError(texts.SECONDS_BEFORE(most=MOST_SECONDS, value=self.seconds_before))


def target(incident: IncidentView, params: Params) -> str:
    """The table."""
    del params
    return _table(incident).path


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to copy the table to its old name if it does not exist."""
    api, table = BigQueryApi(context), _table(context.incident)
    moment = context.incident.last_seen_at - timedelta(seconds=params.seconds_before)
    name = context.journal.planned("job") or f"hinomi_restore_{context.run_key('restore')[:16]}"
    job = JobName(table.project, name, _location(context, api, table, moment))
    if api.job_if_any(job) is not None:
        return Plan(texts.RESTORE_STARTED_ALREADY(table=table.text, job=job.job), details=_details(job, table))
    restored = _destination(api, table, moment, params)
    if restored is None:
        return Plan(texts.TABLE_EXISTS(table=table.text), before={"exists": True})
    copy = {
        "sourceTable": {**table.reference, "tableId": f"{table.table}@{milliseconds(moment)}"},
        "destinationTable": restored.reference,
        "writeDisposition": "WRITE_EMPTY",
    }
    named = {"table": table.text, "restored": restored.text, "time": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}
    return Plan(
        texts.WOULD_RESTORE(**named),
        calls=(api.insert(job, {"copy": copy}, texts.RESTORE(table=table.text), {"copy": copy}),),
        done=texts.RESTORED(**named),
        precondition={"table_does_not_exist": restored.path, "writeDisposition": "WRITE_EMPTY"},
        before={"exists": restored != table},
        details=_details(job, restored),
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Starts the copy."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the copy job. A copy beside the table does not resolve the incident."""
    del params
    if not plan.details.get("job"):
        return Verdict(Outcome.BY_EVENT)
    details, table = plan.details, _table(context.incident)
    job = BigQueryApi(context).job(JobName(table.project, str(details["job"]), str(details["location"])))
    error, after = error_of(job), {"state": state_of(job), "error": dict(error_of(job) or {})}
    if state_of(job) != "DONE":
        return Verdict(Outcome.NOT_YET, texts.IS_NOW(state=state_of(job)), after, look_again_seconds=LOOK_AGAIN_SECONDS)
    if error is not None:
        text = texts.COPY_FAILED(message=str(error.get("message", ""))[:200])
        return Verdict(Outcome.NOT_FIXED, text, after, may_help_again=True)
    return Verdict(Outcome.FIXED, texts.COPY_DONE, after, resolves=details.get("table") == table.path)


def _location(context: ActionContext, api: BigQueryApi, table: TableName, moment: datetime) -> str:
    """The dataset's location. Raises TargetRefusedError if the moment is before its time travel window."""
    dataset = api.dataset(table.project, table.dataset)
    hours = int(dataset.get("maxTimeTravelHours") or 168)
    if moment < context.now - timedelta(hours=hours):
        raise TargetRefusedError(texts.TOO_LATE(table=table.text, hours=hours), TargetRefusal.LIMIT_REACHED)
    return str(dataset["location"])


def _destination(api: BigQueryApi, table: TableName, moment: datetime, params: Params) -> TableName | None:
    """The table to create: the old one if it does not exist, otherwise a new one; None if nothing is to be done."""
    if not api.has_table(table):
        return table
    if not params.beside:
        return None
    suffix = f"_restored_{moment:%Y%m%d%H%M%S}"
    beside = TableName(table.project, table.dataset, table.table[: 1024 - len(suffix)] + suffix)
    return None if api.has_table(beside) else beside


def _table(incident: IncidentView) -> TableName:
    """The table of the incident, in its own project. Its name comes from a log entry, so its form is checked."""
    found = _TABLE.fullmatch(incident.resource)
    if found is None or not incident.resource.isprintable() or found["project"] != project_of(incident):
        raise TargetRefusedError(texts.NO_TABLE(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return TableName(found["project"], found["dataset"], found["table"])


def _details(job: JobName, table: TableName) -> dict[str, str]:
    return {"job": job.job, "location": job.location, "table": table.path}
