"""A service account that was deleted and restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from demo.platform.iam_admin import IamAdminServer
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import finding

PROJECT = "example-project"
ACCOUNT = f"etl@{PROJECT}.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/serviceAccounts/{ACCOUNT}"


@contextmanager
def world() -> Iterator[World]:
    """The restored account is enabled."""
    switched: list[object] = []

    def changes() -> int:
        switched.extend(server.take_switches())
        return len(switched)

    with IamAdminServer() as server:
        server.add_account(PROJECT, ACCOUNT)
        yield World(
            server,
            Settings(iam_endpoint=server.url),
            finding(
                rule="iam/service_account_restored",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.MEDIUM,
                service="iam",
                resource=ACCOUNT,
                labels={"service_account": ACCOUNT},
            ),
            is_change=lambda request: request.method == "POST",
            changes=changes,
            correct=lambda: server.set_disabled(NAME, disabled=True),
            remove=lambda: server.remove(NAME),
        )
