"""Collects access data in separate processes, from servers on loopback, so that tests can kill these processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from collectors.history_analysis import registry
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.snapshot import HistoryDependencies, run
from db.engine import make_engine
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from demo.platform.asset import AssetServer
from demo.platform.iam_admin import IamAdminServer
from demo.platform.logging.server import LoggingServer
from demo.platform.resourcemanager import ResourceManagerServer
from shared.clients import Clients
from shared.config import Settings
from tests.support import history
from tests.support.history import TEN

PROJECT = "example-project"
RESOURCES = 20
ROLE, EDITOR = "roles/storage.objectViewer", "roles/storage.objectAdmin"
GROUP, INNER = "analysts@example.com", "interns@example.com"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Platform:
    """A project whose policies, groups, roles and accounts change every day; half of the grants have an audit entry."""

    asset: AssetServer
    logging: LoggingServer
    manager: ResourceManagerServer
    iam: IamAdminServer

    def settings(self) -> Settings:
        """The settings with the addresses of the servers."""
        return Settings(
            projects=(PROJECT,), history_first_days=1, asset_endpoint=self.asset.endpoint,
            logging_endpoint=self.logging.endpoint, resourcemanager_endpoint=self.manager.url,
            iam_endpoint=self.iam.url,
        )  # fmt: skip

    def change(self, slot: int) -> None:
        """Brings the platform into its state at this slot."""
        for number in range(RESOURCES):
            bindings = [
                {"role": ROLE, "members": _members(number, slot)},
                {"role": EDITOR, "members": [f"group:{GROUP}"]},
            ]
            self.asset.set_policy(_bucket(number), "x/Bucket", bindings, project=PROJECT)
            time = TEN + slot * DAY - timedelta(minutes=35 * number + 5)
            self.logging.add(_entry(number, slot, time.isoformat()))
        self.iam.add_role(ROLE, ["storage.objects.get", f"storage.made.up{slot}"])
        self.iam.add_role(EDITOR, ["storage.objects.create"])
        self.iam.add_group(
            GROUP, [f"group:{INNER}", *(f"user:p{(slot + index) % 9}@example.com" for index in range(5))]
        )
        self.iam.add_group(INNER, [f"user:i{slot % 2}@example.com"])
        email = f"robot{slot:02}@{PROJECT}.iam.gserviceaccount.com"
        self.iam.add_account(PROJECT, email)
        self.iam.add_key(PROJECT, email, f"k{slot}", after="2026-01-01T00:00:00Z")
        self.manager.audit(PROJECT, [{"service": f"made-up-{slot % 3}.googleapis.com", "auditLogConfigs": []}])


@contextmanager
def platform() -> Iterator[Platform]:
    """Starts the servers of the platform; they answer in small pages, so that each read needs several."""
    made = Platform(
        AssetServer(page_size=2), LoggingServer(page_size=20), ResourceManagerServer(), IamAdminServer(page_size=2)
    )
    made.manager.add_project(PROJECT)
    made.asset.add_project(PROJECT, "123", organization="1")
    with ExitStack() as stack:
        for server in (made.asset, made.logging, made.manager, made.iam):
            server.start()
            stack.callback(server.stop)
        yield made


def _members(number: int, slot: int) -> list[str]:
    return [f"user:p{index}@example.com" for index in range(20) if (number + index + slot) % 7]


def _bucket(number: int) -> str:
    return f"//storage.googleapis.com/example-{number:03}"


def _entry(number: int, slot: int, time: str) -> dict[str, Any]:
    going = [index for index in range(20) if not (number + index + slot) % 7]
    deltas = [{"action": "REMOVE", "role": ROLE, "member": f"user:p{index}@example.com"} for index in going[::2]]
    return {
        "logName": f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2Factivity",
        "insertId": f"{slot}-{number}",
        "timestamp": time,
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "storage.googleapis.com",
            "methodName": "storage.setIamPermissions",
            "resourceName": f"projects/_/buckets/example-{number:03}",
            "authenticationInfo": {"principalEmail": "carol@example.com"},
            "serviceData": {
                "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
                "policyDelta": {"bindingDeltas": deltas},
            },
        },
    }


def collect(url: str, settings: Settings, slot: int) -> None:
    """Makes one history run of all access collectors, with the maintenance."""
    now = TEN + slot * DAY
    store = SchemaStore(make_engine(url))
    collectors = [
        replace(item, every=DAY) for item in registry.discover(()) if item.name.startswith(("audit.", "iam."))
    ]
    outside = HistoryDependencies(
        store, Clients(settings), settings, lambda: now, collectors, Limiter(sleep=lambda _seconds: None)
    )
    for result in run(outside, now):
        if result.error:
            sys.exit(f"{result.collector}: {result.error}")
    store.engine.dispose()


def end_leases(url: str, struck: list[str]) -> int:
    """Ends all leases, as if they had expired; the tests stop the clock, so they never expire.

    Appends the collectors that held a lease to `struck`. Returns the largest number of runs in a row in which one of
    these collectors wrote nothing.
    """
    store = SchemaStore(make_engine(url))
    with store.transaction() as session:
        held = session.execute(select(Snapshot.collector, Snapshot.stalls).where(Snapshot.lease_until > TEN)).all()
        session.execute(update(Snapshot).values(lease_until=TEN - DAY))
    store.engine.dispose()
    struck.extend(collector for collector, _ in held)
    return max((stalls for _, stalls in held), default=0)


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of access data."""
    store = SchemaStore(make_engine(url))
    found = {name: rows for name, rows in history.contents(store).items() if rows}
    store.engine.dispose()
    return found
