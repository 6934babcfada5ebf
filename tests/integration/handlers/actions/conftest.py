"""Fixtures of the tests of actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import worker_subscription
from db.error_db.store import ErrorStore
from shared.config import Settings
from shared.connections import worker as connection
from shared.secret import Secret
from tests.support.handling import Desk
from tests.support.script_orders import ENVIRONMENT, NAME, ORDERS, PROJECT, RESULTS, Place


@pytest.fixture
def place(
    store: ErrorStore, error_db_url: str, tmp_path: Path, pubsub_address: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_address)
    environment = {name: Secret(value) for name, value in ENVIRONMENT.items()}
    settings = Settings(
        error_db_url=error_db_url,
        actions_dir=str(tmp_path / "actions"),
        project=PROJECT,
        pubsub_endpoint=f"http://{pubsub_address}",
        environment=environment,
        connections={"worker": connection.read(environment)},
    )
    with worker_subscription.opened(PROJECT, NAME) as bus:
        results = f"projects/{PROJECT}/subscriptions/results"
        for topic, name in ((ORDERS, bus.name), (RESULTS, results)):
            bus.publisher.create_topic(name=topic)
            bus.subscriber.create_subscription(name=name, topic=topic)
        desk = Desk(store, settings, now=datetime.now(UTC))
        yield Place(desk, bus, tmp_path / "actions", tmp_path / "state", results)
        for topic, name in ((ORDERS, bus.name), (RESULTS, results)):
            bus.subscriber.delete_subscription(subscription=name)
            bus.publisher.delete_topic(topic=topic)
