"""The simulated services of example-project, on loopback, started and stopped together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from demo.platform.access import AccessServers
from demo.platform.airflow import SimulatedAirflow
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.bigquery.transfers import TransferServer
from demo.platform.compute import ComputeServer
from demo.platform.dataflow import DataflowServer
from demo.platform.jobs.scheduler import SchedulerServer
from demo.platform.messaging.kafka_connect import ConnectServer
from demo.platform.monitoring.server import MonitoringServer
from demo.platform.phone import PhoneServer
from demo.platform.resourcemanager import ResourceManagerServer
from demo.platform.smtp import MailboxServer
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from demo.platform.vertex import VertexServer
from demo.situations.connector import CONNECTION
from demo.situations.loader import LoaderServer

USERNAME, PASSWORD = "hinomi", "made-up-password"


class SimulatedServices:
    """All servers; a context manager that starts and stops them together."""

    def __init__(self) -> None:
        self.airflow = SimulatedAirflow(version=2, username=USERNAME, password=PASSWORD)
        self.bigquery = BigQueryServer()
        self.compute = ComputeServer()
        self.dataflow = DataflowServer()
        self.monitoring = MonitoringServer()
        self.resourcemanager = ResourceManagerServer()
        self.scheduler = SchedulerServer()
        self.storage = StorageServer()
        self.transfers = TransferServer()
        self.teams = TeamsServer()
        self.security = TeamsServer()
        self.mailbox = MailboxServer()
        self.phone = PhoneServer()
        self.vertex = VertexServer()
        self.loader = LoaderServer()
        self.connect = ConnectServer()
        self.access = AccessServers(self.storage, self.resourcemanager)
        self._running = ExitStack()

    def start(self) -> None:
        """Starts every server on a free port of 127.0.0.1."""
        google = (self.bigquery, self.compute, self.dataflow, self.monitoring, self.resourcemanager, self.storage)
        people = (self.teams, self.security, self.mailbox, self.phone)
        schedules = (self.scheduler, self.transfers)
        for server in (*google, *schedules, self.vertex, self.airflow, self.loader, self.connect, *people, self.access):
            server.start()
            self._running.callback(server.stop)

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards of both channels, in the order of arrival."""
        arrived = [pair for each in (self.teams, self.security) for pair in zip(each.times, each.cards, strict=False)]
        return [card for _, card in sorted(arrived, key=lambda pair: pair[0])]

    @property
    def delivered(self) -> int:
        """The number of cards, e-mails and messages on the phone that arrived."""
        return len(self.cards) + len(self.mailbox.mails) + len(self.phone.messages)

    def stop(self) -> None:
        """Stops them all and frees their ports."""
        self._running.close()

    def environment(self, airflow: str) -> dict[str, str]:
        """The settings that point Hinomi at these servers; `airflow` is the name of the Airflow connection."""
        connection = f"HINOMI_AIRFLOW_{airflow.upper()}"
        return {
            "HINOMI_MONITORING_ENDPOINT": self.monitoring.endpoint,
            "HINOMI_STORAGE_ENDPOINT": self.storage.url,
            "HINOMI_RESOURCEMANAGER_ENDPOINT": self.resourcemanager.url,
            "HINOMI_BIGQUERY_ENDPOINT": self.bigquery.url,
            "HINOMI_COMPUTE_ENDPOINT": self.compute.url,
            "HINOMI_DATAFLOW_ENDPOINT": self.dataflow.url,
            "HINOMI_AIPLATFORM_ENDPOINT": self.vertex.url,
            "HINOMI_SCHEDULER_ENDPOINT": self.scheduler.url,
            "HINOMI_TRANSFER_ENDPOINT": self.transfers.url,
            "HINOMI_VERTEX_LOCATIONS": "europe-west1",
            **self.access.environment(),
            "HINOMI_TEAMS_WEBHOOK_URL": self.teams.webhook,
            "HINOMI_TEAMS_WEBHOOK_URL_SECURITY": self.security.webhook,
            "HINOMI_EMAIL_SERVER": self.mailbox.url,
            "HINOMI_EMAIL_FROM": "hinomi@example.com",
            "HINOMI_EMAIL_TO": "data-team@example.com",
            "HINOMI_APPRISE_URLS": self.phone.apprise_url,
            "HINOMI_SCRIPT_SECRET_LOADER_URL": self.loader.loads_url,
            f"HINOMI_KAFKA_CONNECT_{CONNECTION.upper()}_URL": self.connect.url,
            f"{connection}_URL": self.airflow.url,
            f"{connection}_AUTH": "basic",
            f"{connection}_USERNAME": USERNAME,
            f"{connection}_PASSWORD": PASSWORD,
        }
