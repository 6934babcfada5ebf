"""The two days before the demo: the jobs, queries, reads and grants that history_analysis collects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo.entries import PIPELINE, PROJECT, Entry, bigquery_job, bigquery_query, bucket_policy, object_read
from demo.ledger import Ledger
from demo.platform.services import SimulatedServices
from demo.world import BUCKET, DAG, GUEST, READER, TABLE, TASK

HOUR = timedelta(hours=1)
HOURS = 48
ANALYST, HEAVY, OWNER = "alice@example.com", "bob@example.com", "carol@example.com"
LEGACY = f"legacy-export@{PROJECT}.iam.gserviceaccount.com"
# The build has been slower since its table doubled, for most of the last day.
SLOWER_FOR = 20
SECONDS, SLOWER_SECONDS = 18, 61


class Past:
    """Fills the simulated services with the events of the past."""

    def __init__(self, services: SimulatedServices) -> None:
        self._services = services
        self._ledger = Ledger(services)

    def fill(self, now: datetime) -> None:
        """Adds the events of the two days before `now`."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        self._grant()
        for entry in (*_jobs(hour), *_reads(hour), *_grants(hour)):
            self._ledger.note(entry)
        for ago in range(1, HOURS + 1):
            start = hour - ago * HOUR
            run = f"scheduled__{start.isoformat()}"
            self._services.airflow.add_past_run(DAG, run, ["extract", TASK], start, start + timedelta(minutes=4))

    def _grant(self) -> None:
        """The grants on the project; the bucket's own policy comes with the bucket."""
        manager = self._services.resourcemanager
        bindings = [
            {"role": "roles/owner", "members": [f"user:{OWNER}"]},
            {
                "role": "roles/bigquery.dataEditor",
                "members": [f"serviceAccount:{PIPELINE}", f"serviceAccount:{LEGACY}"],
            },
            {"role": "roles/bigquery.jobUser", "members": ["group:analysts@example.com"]},
        ]
        manager.add_project(PROJECT, bindings)
        manager.audit(PROJECT, [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}])


def _jobs(hour: datetime) -> Iterator[Entry]:
    for ago in range(1, HOURS):
        seconds = SLOWER_SECONDS if ago <= SLOWER_FOR else SECONDS + ago % 3
        yield bigquery_job(hour - ago * HOUR, f"airflow_{ago:012x}", TABLE, seconds=seconds, billed=3 * seconds)
        yield bigquery_query(
            hour - ago * HOUR + timedelta(minutes=9), f"bqjob_{ago:012x}", TABLE, ANALYST, seconds=2, billed=4
        )
        if ago % 6 == 0:
            begin = hour - ago * HOUR + timedelta(minutes=31)
            yield bigquery_query(begin, f"script_{ago:012x}", "staging.events", HEAVY, seconds=240, billed=900)


def _reads(hour: datetime) -> Iterator[Entry]:
    for ago in range(2, HOURS, 3):
        time = hour - ago * HOUR + timedelta(minutes=12)
        yield object_read(time, BUCKET, f"orders/{time:%Y-%m-%d}.csv", ANALYST, ip="203.0.113.24")


def _grants(hour: datetime) -> Iterator[Entry]:
    delta = {"action": "ADD", "role": READER, "member": f"user:{GUEST}"}
    yield bucket_policy(hour - 3 * HOUR, BUCKET, [delta], OWNER)
