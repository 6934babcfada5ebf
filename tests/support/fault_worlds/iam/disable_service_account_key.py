"""A new key of a service account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.iam_admin import IamAdminServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT, KEY = "example-project", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
ACCOUNT = f"etl@{PROJECT}.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/serviceAccounts/{ACCOUNT}/keys/{KEY}"


@contextmanager
def world() -> Iterator[World]:
    """An account with a new key."""
    switched: list[object] = []

    def changes() -> int:
        switched.extend(server.take_switches())
        return len(switched)

    with IamAdminServer() as server:
        server.add_account(PROJECT, ACCOUNT)
        server.add_key(PROJECT, ACCOUNT, KEY, after="2026-11-23T06:00:00Z")
        yield World(
            server,
            Settings(iam_endpoint=server.url),
            finding(
                rule="iam/service_account_key_created",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.MEDIUM,
                service="iam",
                resource=ACCOUNT,
                labels={"service_account": ACCOUNT, "key": KEY},
            ),
            is_change=lambda request: request.method == "POST",
            changes=changes,
            correct=lambda: server.set_disabled(NAME, disabled=True),
            remove=lambda: server.remove(NAME),
        )
