"""Snapshots of policies and audit logs in processes of their own, to be killed."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import select, update

from collectors.history_analysis.limiter import Limiter
from collectors.history_analysis.snapshot import Outside, run
from db.engine import make_engine
from db.schema_db.models import Binding, BindingChange, Coverage, Resource, Snapshot, UserAction
from db.schema_db.store import SchemaStore
from demo.platform.asset import AssetServer
from demo.platform.logging import LoggingServer
from demo.platform.resourcemanager import ResourceManagerServer
from shared.clients import Clients
from shared.config import Settings
from tests.support import forkserver
from tests.support.history import TEN

PROJECT = "example-project"
RESOURCES, SLOTS = 40, 4
ROLE = "roles/storage.objectViewer"


@dataclass(frozen=True)
class Place:
    """Where the database and the servers are."""

    url: str
    asset: str
    logging: str
    manager: str

    def store(self) -> SchemaStore:
        """The Schema DB."""
        return SchemaStore(make_engine(self.url))


def name(number: int) -> str:
    """A bucket."""
    return f"//storage.googleapis.com/example-{number:03}"


@contextmanager
def servers() -> Iterator[tuple[AssetServer, LoggingServer, ResourceManagerServer]]:
    """A project whose policies change every hour, half of the changes with an audit entry."""
    asset, logging, manager = AssetServer(page_size=5), LoggingServer(page_size=10), ResourceManagerServer()
    manager.add_project(PROJECT)
    manager.start()
    asset.add_project(PROJECT, "123", organization="1")
    asset.start()
    logging.start()
    try:
        yield asset, logging, manager
    finally:
        asset.stop()
        logging.stop()
        manager.stop()


def change(asset: AssetServer, logging: LoggingServer, slot: int) -> None:
    """What the policies are from this slot on."""
    for number in range(RESOURCES):
        members = [f"user:p{index}@example.com" for index in range(20) if (number + index + slot) % 7]
        asset.set_policy(name(number), "x/Bucket", [{"role": ROLE, "members": members}], project=PROJECT)
        time = TEN + timedelta(hours=slot, minutes=-30, seconds=number)
        logging.add(_entry(number, slot, time.isoformat()))


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


def collect(place: Place, slot: int) -> None:
    """Audit logs, then policies, for one slot."""
    store = place.store()
    settings = Settings(
        asset_endpoint=place.asset, logging_endpoint=place.logging, projects=(PROJECT,), history_first_days=1,
        resourcemanager_endpoint=place.manager,
    )  # fmt: skip
    now = TEN + timedelta(hours=slot)
    limiter = Limiter(sleep=lambda _seconds: None)
    outside = Outside(store, Clients(settings), settings, lambda: now, limiter=limiter)
    for collector in ("audit.actions", "iam.bindings"):
        for result in run(outside, now, only=[collector]):
            if result.error:
                sys.exit(f"{collector}: {result.error}")
    store.engine.dispose()


def _child(place: Place, slot: int, started: Connection) -> None:
    started.send(True)
    collect(place, slot)


def killed_often(place: Place, slot: int, kills: int, chance: random.Random) -> int:
    """Kills runs of a slot until `kills` of them died, then lets one end; how many died."""
    context = forkserver.context()
    died = 0
    while True:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(place, slot, sender))
        process.start()
        receiver.recv()
        process.join(chance.uniform(0.0, 0.2) if died < kills else None)
        if process.exitcode is not None:
            assert process.exitcode == 0
            return died
        process.kill()
        process.join()
        died += 1
        end_leases(place)


def end_leases(place: Place) -> None:
    """As if the lease of the killed one had run out; the clock of the test stands still."""
    store = place.store()
    with store.transaction() as session:
        session.execute(update(Snapshot).values(lease_until=TEN - timedelta(days=1)))
    store.engine.dispose()


def contents(place: Place) -> dict[str, list[str]]:
    """Every row about access, without numbers that the database draws."""
    store = place.store()
    found = {}
    with store.reading() as session:
        for model in (Binding, BindingChange, Coverage, Resource, UserAction):
            columns = [item for item in model.__table__.columns if item.name not in ("id", "seen_by")]
            found[model.__tablename__] = sorted(str(tuple(row)) for row in session.execute(select(*columns)))
    store.engine.dispose()
    return found
