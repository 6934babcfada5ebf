"""The callback runs for each call of a client library in the block, and for no other calls."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import grpc
import pytest
import requests
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcTransport
from google.oauth2.credentials import Credentials

from demo.platform.bigquery.server import BigQueryServer
from demo.platform.monitoring.server import MonitoringServer
from shared import clients as module
from shared.call_counter import count_calls, counting
from shared.clients import Clients
from shared.config import Settings
from shared.series import read, request

SPEC = {
    "metric": "pubsub.googleapis.com/subscription/num_undelivered_messages",
    "resource": "pubsub_subscription",
    "filter": "",
    "period": 60,
    "aligner": "ALIGN_MEAN",
    "reducer": "",
    "labels": (),
    "split": (),
}


@pytest.fixture
def monitoring() -> Iterator[MonitoringServer]:
    server = MonitoringServer()
    server.start()
    yield server
    server.stop()


def ask(clients: Clients) -> None:
    read(clients.monitoring(), request(SPEC, "example-project", start=0, end=600))


def test_a_further_try_of_a_grpc_client_is_a_call(monitoring: MonitoringServer) -> None:
    heard: list[int] = []
    monitoring.fail(grpc.StatusCode.UNAVAILABLE, times=2)
    with counting(lambda: heard.append(1)):
        ask(Clients(Settings(monitoring_endpoint=monitoring.endpoint)))
    assert len(heard) == len(monitoring.requests) == 3


def test_calls_with_credentials_are_counted(monitoring: MonitoringServer, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(token="made-up-token")  # type: ignore[no-untyped-call]
    monkeypatch.setattr(module, "_default_credentials", lambda: credentials)
    local = grpc.insecure_channel(monitoring.endpoint)
    monkeypatch.setattr(MetricServiceGrpcTransport, "create_channel", lambda *_args, **_kwargs: local)
    heard: list[int] = []
    with counting(lambda: heard.append(1)):
        ask(Clients(Settings()))
    assert len(heard) == 1


def test_calls_outside_of_the_block_are_not_counted(monitoring: MonitoringServer) -> None:
    heard: list[int] = []
    clients = Clients(Settings(monitoring_endpoint=monitoring.endpoint))
    with counting(lambda: heard.append(1)):
        pass
    ask(clients)
    assert heard == []


def test_another_thread_is_not_counted(monitoring: MonitoringServer) -> None:
    heard: list[int] = []
    clients = Clients(Settings(monitoring_endpoint=monitoring.endpoint))
    with counting(lambda: heard.append(1)):
        other = threading.Thread(target=ask, args=(clients,))
        other.start()
        other.join()
    assert heard == []


@pytest.mark.server
def test_a_call_over_http_is_shown_before_it_is_made() -> None:
    session = requests.Session()
    count_calls(session)
    seen: list[int] = []
    with BigQueryServer() as server, counting(lambda: seen.append(len(server.requests))):
        session.get(server.url)
        session.get(server.url)
    assert seen == [0, 1]
