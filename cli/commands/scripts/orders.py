"""`hinomi worker actions --project`: the worker receives orders from its subscription, and needs no database."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.language import echo, listed
from cli.stopping import stopping
from shared.errors import HinomiError, InputError
from shared.texts.scripts import cli as texts
from shared.texts.scripts import orders as order_texts

if TYPE_CHECKING:
    from threading import Event

    from cli.worker_subscription import WorkerSubscription
    from handlers.scripts.orders.runner import OrderRunner
    from handlers.scripts.script import Script
    from shared.config import Settings

STATE = ".hinomi/worker-{worker}"  # the default folder
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0  # seconds after an error


def serve(
    settings: Settings,
    name: str,
    scripts: list[Script],
    *,
    project: str,
    state: Path | None,
    every: float,
    once: bool,
) -> None:
    """Processes orders until a signal; with `once` only the waiting orders. Raises InputError for a mistake."""
    from cli import worker_subscription
    from handlers.scripts.orders import ledger
    from handlers.scripts.orders.runner import OrderRunner
    from shared.connections.worker import key_of

    key = key_of(settings, name)
    folder = state or Path(STATE.format(worker=name))
    with ledger.opened(folder) as orders, worker_subscription.opened(project, name) as bus, stopping() as stop:
        runner = OrderRunner(
            worker=name,
            machine=f"{platform.node()}:{folder.resolve()}",
            scripts={script.name: script for script in scripts},
            settings=settings,
            key=key,
            ledger=orders,
            bus=bus,
            clock=lambda: datetime.now(UTC),
            note=echo,
        )
        names = listed(script.name for script in scripts)
        echo(order_texts.READY(worker=name, scripts=names, subscription=bus.name))
        if once:
            _all_waiting(runner, bus, every)
            return
        _until_stopped(runner, bus, every, stop)
    echo(texts.WORKER_STOPPED(worker=name))


def _all_waiting(runner: OrderRunner, bus: WorkerSubscription, every: float) -> None:
    while _round(runner, bus, every):
        pass


def _until_stopped(runner: OrderRunner, bus: WorkerSubscription, every: float, stop: Event) -> None:
    """Processes orders until a signal. While Pub/Sub is unavailable or denies access, prints each new error once."""
    shown, pause = "", 0.0
    while not stop.wait(pause):
        try:
            _round(runner, bus, every)
            shown, pause = "", 0.0
        except HinomiError as error:
            if str(error) != shown:
                echo(error.text, error=True)
            shown, pause = str(error), min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)


def _round(runner: OrderRunner, bus: WorkerSubscription, every: float) -> bool:
    """Waits up to `every` seconds for an order and runs it; returns whether one came.

    Raises InputError, TransientError.
    """
    runner.resume()
    runner.stay_alive()
    received = bus.pull(every)
    if received is None:
        return False
    try:
        order = runner.read(received.data)
    except InputError as error:  # it will never be an order for this worker
        text = order_texts.IGNORED(id=received.message_id, subscription=bus.name, reason=error.text)
        echo(text, error=True)
        bus.acknowledge(received.ack_id)
    else:
        runner.take(order, received.ack_id)
    return True
