"""Forges messages on which Hinomi would act, as a person with permission to write logs and send reports could."""

from __future__ import annotations

from dataclasses import dataclass

from demo.entries import PROJECT, Entry, bucket_policy
from demo.stage import Stage
from demo.world import BUCKET, DAG, PUBLIC, READER

REPORTER = "mallory"
VICTIM = "example-payroll"  # private: the forged entry claims that it is public
OWN_LOG = f"projects/{PROJECT}/logs/mallorys-app"
GRANT = {"role": READER, "member": PUBLIC}


@dataclass
class Forger:
    """Forges audit entries in a log of their own, and reports without being declared as a reporter."""

    stage: Stage
    rejected: int = 0

    def forge(self) -> None:
        """Forges the end of a real grant, a grant that does not exist, and the success of a failed job."""
        now = self.stage.now
        revoked = bucket_policy(now, BUCKET, [{"action": "REMOVE", **GRANT}], "admin@example.com")
        granted = bucket_policy(now, VICTIM, [{"action": "ADD", **GRANT}], "admin@example.com")
        for entry in (revoked, granted):
            self.stage.publish(in_own_log(entry))
        self.stage.publish({"report": REPORTER, "job": DAG, "state": "ok", "time": now.isoformat()})
        self.rejected += 1
        self.stage.fails("Reports", f"{REPORTER} forges audit entries and a report")


def in_own_log(entry: Entry) -> Entry:
    """The entry in the form that a caller of the Logging API can write; only Google writes audit logs."""
    return {**entry, "logName": OWN_LOG}
