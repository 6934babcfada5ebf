"""Decides whether a failed load or query job may run again, and with which configuration.

A job is atomic: one that failed has written nothing, so that even an INSERT or an appending load may run again.
Exceptions are scripts and transactions, whose earlier statements remain.

Formats: docs.cloud.google.com/bigquery/docs/reference/rest/v2/Job (JobConfiguration, JobStatistics2.statementType) and
docs.cloud.google.com/bigquery/docs/error-messages (reasons).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from handlers.actions.bigquery._api import Job, error_of, name_of, time_of
from shared.texts import EMPTY, Text
from shared.texts.remediations import bigquery as texts

GENERATION = "hinomi_rerun"  # the label of a job that Hinomi started: how often the failed job was run again until then

REASONS = frozenset(
    {
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "quotaExceeded",
        "rateLimitExceeded",
        "resourcesExceeded",
        "tableUnavailable",
    }
)
# The same for messages: BigQuery names a concurrent change by a reason of other errors (invalidQuery).
_CONCURRENT = ("Could not serialize access to table", "Transaction is aborted due to concurrent update")
_STATEMENTS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE_TABLE", "CREATE_TABLE_AS_SELECT", "CREATE_TABLE"}
)
_REPEATABLE = frozenset({"SELECT", "MERGE", "TRUNCATE_TABLE", "CREATE_TABLE_AS_SELECT", "CREATE_TABLE", "DELETE"})
_COMMENT = re.compile(r"--[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_SELECTS = re.compile(rf"(?:\s|{_COMMENT.pattern}|\()*(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)
# Labels by which a caller marks jobs that it runs again itself (Airflow, Dataform, transfers, dbt).
_CALLERS = ("airflow-dag", "dataform_workflow_invocation_id", "data_source_id", "dts_run_id", "dbt_invocation_id")
# What only a query with a result of its own may have; BigQuery adds the table to other statements, and does not accept it there.
_DESTINATION = (
    "destinationTable",
    "createDisposition",
    "writeDisposition",
    "timePartitioning",
    "rangePartitioning",
    "clustering",
    "schemaUpdateOptions",
    "destinationEncryptionConfiguration",
)


def can_help(error: Mapping[str, Any]) -> bool:
    """Whether another run may succeed after this error."""
    message = str(error.get("message", ""))
    return error.get("reason") in REASONS or any(text in message for text in _CONCURRENT)


def obstacle(job: Job) -> Text:
    """The reason why a failed job cannot run again; empty if it can."""
    error = error_of(job) or {}
    if not can_help(error):
        return texts.OTHER_ERROR(reason=str(error.get("reason", "")), message=str(error.get("message", ""))[:200])
    return next(_obstacles(job, job.get("configuration", {}), job.get("statistics", {})), EMPTY)


def configuration(job: Job, generation: int) -> dict[str, Any]:
    """The configuration for the next run of a job, without the fields that BigQuery adds."""
    given = job["configuration"]
    kept = {name: given[name] for name in ("jobTimeoutMs", "reservation") if name in given}
    labels = {**given.get("labels", {}), GENERATION: str(generation)}
    return {**kept, **_work(job), "labels": labels}


def generation_of(job: Job) -> int:
    """How often the job had already been rerun when it was started; 0 if Hinomi did not start it."""
    value = str(job.get("configuration", {}).get("labels", {}).get(GENERATION, ""))
    return int(value) if value.isdecimal() else 0


def same_work(job: Job, other: Job) -> bool:
    """Whether two jobs do the same work: same statement and destination, or same sources and destination.

    Comments may differ.
    """
    return _without_comments(_work(job)) == _without_comments(_work(other))


def started_later(job: Job, other: Job) -> bool:
    """Whether the other job was created after this one."""
    first, second = time_of(job, "creationTime"), time_of(other, "creationTime")
    return name_of(job) != name_of(other) and first is not None and second is not None and second >= first


def _obstacles(job: Job, given: Mapping[str, Any], statistics: Mapping[str, Any]) -> Iterator[Text]:
    """The reasons not to run a job again, most important first."""
    query, load = given.get("query"), given.get("load")
    statement = _statement(job)
    if query is None and load is None:
        yield texts.OTHER_TYPE(type=str(given.get("jobType", "")).lower() or "?")
    elif load is not None and not load.get("sourceUris"):
        yield texts.NO_SOURCE
    if statistics.get("parentJobId") or int(statistics.get("numChildJobs") or 0) or statement == "SCRIPT":
        yield texts.SCRIPT
    if any(name in statistics for name in ("sessionInfo", "transactionInfo")) or _has_session(query or {}):
        yield texts.SESSION
    if statement and statement not in _STATEMENTS:
        yield texts.OTHER_STATEMENT(statement=statement)
    if query is not None and _is_read_by_caller(query, statement):
        yield texts.READ_BY_CALLER
    if _depends_on_caller(query or {}, statistics):
        yield texts.DEPENDS_ON_CALLER
    if not _is_repeatable(job) and any(label in given.get("labels", {}) for label in _CALLERS):
        yield texts.CALLER_REPEATS


def _has_session(query: Mapping[str, Any]) -> bool:
    properties = query.get("connectionProperties", ())
    return bool(query.get("createSession")) or any(each.get("key") == "session_id" for each in properties)


def _depends_on_caller(query: Mapping[str, Any], statistics: Mapping[str, Any]) -> bool:
    """Whether the rows depend on the account: by SESSION_USER, row-level security or masked columns."""
    secured = statistics.get("rowLevelSecurityStatistics", {}).get("rowLevelSecurityApplied")
    masked = statistics.get("dataMaskingStatistics", {}).get("dataMaskingApplied")
    return bool(secured or masked) or "SESSION_USER" in str(query.get("query", "")).upper()


def _is_read_by_caller(query: Mapping[str, Any], statement: str) -> bool:
    """Whether the query writes no table, so that only its caller can use the result."""
    selects = statement == "SELECT" or (not statement and bool(_SELECTS.match(str(query.get("query", "")))))
    return selects and ("destinationTable" not in query or _is_anonymous(query))


def _is_anonymous(query: Mapping[str, Any]) -> bool:
    """Whether the destination is one that BigQuery chose."""
    return str(query.get("destinationTable", {}).get("datasetId", "")).startswith("_")


def _is_repeatable(job: Job) -> bool:
    """Whether a second success changes nothing more than the first, if its caller runs the job again too."""
    given = job["configuration"]
    if "load" in given:
        return bool(given["load"].get("writeDisposition", "WRITE_APPEND") != "WRITE_APPEND")
    statement, query = _statement(job), given.get("query", {})
    if query.get("destinationTable") and statement in ("", "SELECT"):
        return bool(query.get("writeDisposition", "WRITE_EMPTY") != "WRITE_APPEND")
    return statement in _REPEATABLE


def _statement(job: Job) -> str:
    """The type of the statement; empty if the query failed before BigQuery had read it, or for a load."""
    return str(job.get("statistics", {}).get("query", {}).get("statementType", ""))


def _without_comments(work: dict[str, Any]) -> dict[str, Any]:
    """The work with the statement in one comparable form."""
    query = work.get("query")
    if query is None:
        return work
    return {"query": {**query, "query": " ".join(_COMMENT.sub(" ", str(query.get("query", ""))).split())}}


def _work(job: Job) -> dict[str, Any]:
    """The load or the query, without the destination that BigQuery chose."""
    given = job.get("configuration", {})
    if "load" in given:
        return {"load": dict(given["load"])}
    query = dict(given.get("query", {}))
    if _is_anonymous(query) or _statement(job) not in ("", "SELECT"):
        for name in _DESTINATION:
            query.pop(name, None)
    return {"query": query}
