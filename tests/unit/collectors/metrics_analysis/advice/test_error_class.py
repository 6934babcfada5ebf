"""The class of an error, from its message as the services document it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from collectors.metrics_analysis.advice.error_class import of_entry
from collectors.metrics_analysis.compiler import examples
from collectors.metrics_analysis.sigma.engine import Engine
from shared.identity.error_classes import of_texts
from shared.model import ErrorClass, Finding, IncidentKind
from tests.support.shipped_rules import RULES, compiled

NAME = re.compile(r"[a-z]\w*[_-]\w*")  # of a job: other words are also those of messages
MESSAGES = {
    "permission": [
        "Access Denied: Table p:d.t: User does not have permission to query table p:d.t, or perhaps it does not exist.",
        "PERMISSION_DENIED: Permission 'storage.objects.get' denied on resource (or it may not exist).",
        "google.api_core.exceptions.Forbidden: 403 POST https://bigquery.googleapis.com/: Access Denied",
        "The request was not authenticated. Either allow unauthenticated invocations or set the proper header. 401",
        "Workflow failed. Causes: Current user cannot act as service account: Missing the iam.serviceAccounts.actAs permission",
        "Constraint constraints/compute.vmExternalIpAccess violated for project p.",
        "The attribute condition rejected the given credential.",
    ],
    "quota": [
        "Quota exceeded: Your table exceeded quota for imports or query appends per table",
        "Exceeded rate limits: too many table update operations for this table.",
        "Resources exceeded during query execution: Not enough resources for query planning",
        "Response too large to return. Consider specifying a destination table in your job configuration.",
        "Startup of the worker pool in zone z failed to bring up any of the desired 4 workers. ZONE_RESOURCE_POOL_EXHAUSTED",
        "The request was aborted because there was no available instance.",
        "The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_cpus",
        "429 Too Many Requests",
    ],
    "not_found": [
        "Not found: Table p:d.memory_quota was not found in location EU",
        "404 GET https://storage.googleapis.com/: The specified bucket does not exist.",
        "FileNotFoundError: [Errno 2] No such file or directory: 'orders.csv'",
        "Image 'europe-docker.pkg.dev/p/r/i:1' not found.",
    ],
    "syntax": [
        'Syntax error: Expected end of input but got identifier "FRM" at [3:1]',
        "Unrecognized name: custmer_id at [3:8]",
        "No matching signature for operator = for argument types: INT64, STRING.",
        "ModuleNotFoundError: No module named 'orders'",
        "Broken DAG: [/home/airflow/gcs/dags/a.py] Traceback",
    ],
    "timeout": [
        "Function execution took 60002 ms, finished with status: 'timeout'",
        "The request has been terminated because it has reached the maximum request timeout.",
        "airflow.exceptions.AirflowTaskTimeout: Timeout, PID: 42",
        "Operation timed out after 6.0 hours. Consider reducing the amount of work performed by your operation.",
        "URL_REJECTED-REJECTED_DEADLINE_EXCEEDED",
    ],
    "memory": [
        "Memory limit of 512 MiB exceeded with 530 MiB used. Consider increasing the memory limit",
        "The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 137.",
        "Task exited with return code Negsignal.SIGKILL",
        "java.lang.OutOfMemoryError: Java heap space",
        "Resources exceeded during query execution: The query could not be executed in the allotted memory.",
        "Shutting down JVM after 8 consecutive periods of measured GC thrashing.",
    ],
    "data": [
        "Error while reading data, error message: JSON table encountered too many errors, giving up.",
        'Could not cast literal "x" to type DATE',
        "UPDATE/MERGE must match at most one source row for each target row",
        "Provided Schema does not match Table p:d.t. Cannot add fields (field: a)",
        "ValueError: invalid literal for int() with base 10: 'a'",
        "Division by zero: 1 / 0",
    ],
    "upstream": [
        "The service is currently unavailable. backendError",
        "HTTP server responded with error code 503",
        "Could not serialize access to table p:d.t due to concurrent update",
        "An internal error occurred and the request could not be completed. Error: 80324028 internalError",
        "The DAG failed because some tasks failed. The failed tasks are: [train].",
    ],
    "network": [
        "requests.exceptions.ConnectionError: Failed to establish a new connection: [Errno 111] Connection refused",
        'could not translate host name "db" to address: Name or service not known',
        "HOLD_TIMER_EXPIRED",
        "failed_to_connect_to_backend",
    ],
    "unknown": ["Execution nightly-load-x7k2p has failed to complete, 0/1 tasks were a success.", ""],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "message"), [(kind, text) for kind, texts in MESSAGES.items() for text in texts], ids=lambda one: one[:40]
)
def test_a_message_is_of_its_class(kind: str, message: str) -> None:
    assert of_texts([message]) == kind


def test_every_class_has_messages() -> None:
    assert set(MESSAGES) == set(ErrorClass)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"protoPayload": {"status": {"code": 7, "message": "no"}}}, "permission"),
        ({"protoPayload": {"status": {"code": 3, "message": "Insufficient 'N2_CPUS' quota."}}}, "quota"),
        ({"protoPayload": {"status": {"code": 5}}}, "not_found"),
        ({"protoPayload": {"metadata": {"jobChange": {"job": {"jobStatus": {"errorResult": {"code": 8}}}}}}}, "quota"),
        ({"httpRequest": {"status": 504}}, "timeout"),
        ({"jsonPayload": {"status": "UNAVAILABLE"}}, "upstream"),
        ({"jsonPayload": {"status": {"statusCode": "PERMISSION_DENIED"}}}, "permission"),
        ({"jsonPayload": {"status": {"code": 7}}}, "unknown"),
        ({"textPayload": "Marking task as FAILED. dag_id=a"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_code_decides_where_the_message_does_not(entry: dict[str, Any], kind: str) -> None:
    assert of_entry(entry) == kind


def test_a_name_in_a_message_does_not_decide() -> None:
    assert of_texts(["Access Denied: Dataset p:not_found_timeouts: Permission denied"]) == ErrorClass.PERMISSION


def test_names_of_the_job_in_a_message_say_nothing_about_its_error() -> None:
    message = "Run schema-1 of DAG schema-timeouts has timed-out"
    assert of_texts([message]) == ErrorClass.DATA
    assert of_texts([message], names=["schema-timeouts", "schema-1", ""]) == ErrorClass.TIMEOUT
    assert of_texts(["my-quota-reports failed"], names=["quota-report"]) == ErrorClass.QUOTA  # another name


def renamed(entries: Any, finding: Finding) -> Any:
    """The entries with names of the DAG, task and job that contain words of other classes."""
    text = json.dumps(entries)
    for name in {finding.labels.get(label, "") for label in ("dag_id", "dag", "task_id", "task", "job", "pipeline")}:
        if NAME.fullmatch(name):
            text = re.sub(rf"(?<![\w./-]){re.escape(name)}(?![\w-])", f"{name}-quota-timeout", text)
    return json.loads(text)


def test_the_class_and_the_log_to_read_do_not_depend_on_what_dags_tasks_and_jobs_are_called() -> None:
    engine, compared = Engine(compiled()), set()
    for case in examples.cases(RULES, compiled()):
        found = [each for each in examples.effects(engine, case.entries) if isinstance(each, Finding)]
        if case.section != "match" or len(found) != 1 or found[0].kind is not IncidentKind.JOB_FAILURE:
            continue
        others = examples.effects(engine, renamed(case.entries, found[0]))
        for other in others:
            if isinstance(other, Finding) and other.rule == found[0].rule and other.resource != found[0].resource:
                assert (other.error, bool(other.reason_log)) == (found[0].error, bool(found[0].reason_log)), other
                compared.add(other.rule)
    assert {"composer/dag_run_failed", "composer/task_failed"} <= compared


def test_a_long_message_is_read_in_bounded_time() -> None:
    assert of_texts(["permission " * 200_000 + "denied"]) == ErrorClass.UNKNOWN


def test_failures_of_jobs_and_workers_without_memory_have_a_class_and_most_a_known_one_or_a_log_to_read() -> None:
    engine, found = Engine(compiled()), []
    for case in examples.cases(RULES, compiled()):
        if case.section == "match":
            found += [each for each in examples.effects(engine, case.entries) if isinstance(each, Finding)]
    classified = [each for each in found if each.error is not None]
    others = [each.error for each in classified if each.kind != IncidentKind.JOB_FAILURE]
    assert set(others) == {ErrorClass.MEMORY}
    assert all(each.error for each in found if each.kind is IncidentKind.JOB_FAILURE)
    known = [each for each in classified if each.error is not ErrorClass.UNKNOWN]
    without_log = [each for each in classified if not each.reason_log]
    assert sum(not each.reason_log for each in known) / len(without_log) > 0.8
    assert sum(each in known or each.reason_log != "" for each in classified) / len(classified) > 0.8
