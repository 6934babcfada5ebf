"""Records the jobs that the simulated services write to the log, so that their APIs return the same jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo.entries import PROJECT, REGION, ZONE
from demo.platform.services import SimulatedServices

Entry = dict[str, Any]
REASONS = {5: "notFound", 8: "resourcesExceeded"}
PIPELINE_FIELDS = ("pipelineName", "state")


class Ledger:
    """Stores every BigQuery job, pipeline and operation in the entries, and every audit entry."""

    def __init__(self, services: SimulatedServices) -> None:
        self._services = services

    def note(self, entry: Entry) -> None:
        """Records one entry when it is published."""
        self._services.access.note(entry)
        payload = entry.get("protoPayload", {})
        job = payload.get("metadata", {}).get("jobChange", {}).get("job")
        pipeline = entry.get("jsonPayload", {})
        if job:
            self._bigquery(job, payload.get("authenticationInfo", {}).get("principalEmail", ""))
        elif all(name in pipeline for name in PIPELINE_FIELDS):
            self._vertex(entry, pipeline)
        elif str(payload.get("methodName", "")).startswith("compute.instances."):
            self._compute(entry, payload)

    def _bigquery(self, job: Entry, principal: str) -> None:
        config, stats, status = job["jobConfig"], job["jobStats"], job["jobStatus"]
        query = config.get("queryConfig", {})
        error = status.get("errorResult")
        row = {
            "job_id": job["jobName"].rpartition("/")[2],
            "user_email": principal,
            "job_type": config["type"],
            "statement_type": query.get("statementType"),
            "state": "DONE",
            "creation_time": datetime.fromisoformat(stats["createTime"]),
            "start_time": datetime.fromisoformat(stats["startTime"]),
            "end_time": datetime.fromisoformat(stats["endTime"]),
            "total_slot_ms": int(stats.get("totalSlotMs", 0)),
            "total_bytes_billed": int(stats.get("queryStats", {}).get("totalBilledBytes", 0)),
            "cache_hit": False,
            "query": query.get("query"),
            "error_result": error and {"reason": REASONS.get(error["code"], "invalid"), "message": error["message"]},
            "labels": [{"key": key, "value": value} for key, value in config.get("labels", {}).items()],
            "destination_table": _table(query.get("destinationTable", "")),
        }
        with self._services.bigquery.lock:
            self._services.bigquery.jobs.schema.add(PROJECT, "eu", "JOBS", row)

    def _vertex(self, entry: Entry, pipeline: Entry) -> None:
        run = entry["resource"]["labels"]["pipeline_job_id"]
        message = pipeline.get("message")
        self._services.vertex.add(
            PROJECT,
            REGION,
            "pipelineJobs",
            run,
            displayName=pipeline["pipelineName"],
            state=pipeline["state"],
            createTime=entry["timestamp"],
            startTime=entry["timestamp"],
            endTime=entry["timestamp"],
            serviceAccount=entry["labels"]["service_account"],
            **({"error": {"code": 9, "message": message}} if message else {}),
        )

    def _compute(self, entry: Entry, payload: Entry) -> None:
        method, time = payload["methodName"], entry["timestamp"]
        self._services.compute.add(
            PROJECT,
            f"zones/{ZONE}",
            entry["operation"]["id"],
            method,
            f"instances/{payload['resourceName'].rpartition('/')[2]}",
            user="system",
            insertTime=time,
            startTime=time,
            endTime=time,
        )


def _table(name: str) -> Entry | None:
    parts = name.split("/")
    return {"project_id": parts[1], "dataset_id": parts[3], "table_id": parts[5]} if len(parts) == 6 else None
