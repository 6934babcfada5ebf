"""Handler rules in an Error DB, findings that match them, and a worker with its own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from db.error_db import handler_rules, queries, runs, silences
from db.error_db.store import ErrorStore
from handlers.plan import plan
from handlers.spec import HandlerSpec
from handlers.worker import ActionWorker
from insights.causes.lookup import Causes
from shared.clients import Clients
from shared.config import Settings
from shared.model import IncidentKind, JobLinks, Recovery, Severity
from shared.records import IncidentChange, IncidentDetail, RunView
from tests.support.findings import NOON, finding

BUCKET = "example-bucket"
NO_LINKS = JobLinks()
GRANT = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}


@dataclass
class Desk:
    """The handlers of one Error DB. The clock is stopped until `wait`."""

    store: ErrorStore
    settings: Settings
    now: datetime = NOON
    causes: Causes | None = None

    def apply(self, *rules: HandlerSpec) -> None:
        with self.store.transaction(self.now) as transaction:
            handler_rules.replace(transaction.session, {rule.name: rule.as_dict() for rule in rules}, self.now)

    def public_bucket(self, event: str = "e1", bucket: str = BUCKET, **changes: Any) -> list[IncidentChange]:
        """Records a finding about a bucket made public and plans its actions; each bucket has its own incident."""
        made = finding(
            rule="storage/bucket_made_public",
            kind=IncidentKind.IRREGULAR_ACCESS,
            severity=Severity.HIGH,
            service="storage",
            resource=bucket,
            fingerprint=bucket,
            event_key=event,
            elements={"deltas": [GRANT]},
        )
        with self.store.transaction(self.now) as transaction:
            found = transaction.record(replace(made, **{"time": self.now, **changes}), redact=())
            plan(found, transaction, self.now)
        return found

    def recover(self, bucket: str = BUCKET, links: JobLinks = NO_LINKS) -> None:
        text = "the role was taken back"
        recovery = Recovery("storage/bucket_made_public", bucket, self.now, "r1", text, links=links)
        with self.store.transaction(self.now) as transaction:
            plan(transaction.recover(recovery), transaction, self.now)

    def silence(self, reason: str = "planned work", **length: float) -> None:
        """Silences the bucket from now on, for this duration."""
        with self.store.transaction(self.now) as transaction:
            silences.add(
                transaction.session,
                matcher={"resource": [BUCKET]},
                owner="alice",
                reason=reason,
                starts_at=self.now,
                expires_at=self.now + timedelta(**length),
                now=self.now,
            )

    def worker(self) -> ActionWorker:
        return ActionWorker(self.store, Clients(self.settings), self.settings, lambda: self.now, self.causes)

    def work(self, **options: Any) -> int:
        return self.worker().run_due(self.now, **options)

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)

    def detail(self, incident_id: int = 1) -> IncidentDetail:
        with self.store.reading() as session:
            detail = queries.incident(session, incident_id)
        assert detail is not None
        return detail

    def runs(self, incident_id: int = 1) -> Sequence[RunView]:
        with self.store.reading() as session:
            return runs.of_incident(session, incident_id)
