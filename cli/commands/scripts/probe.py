"""`hinomi probe`: reads systems that the function cannot reach, and publishes their state."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.language import echo
from cli.point_in_time import length
from cli.stopping import stopping
from shared import config
from shared.errors import InputError, PermanentError, TransientError
from shared.texts.cli import probe as texts

if TYPE_CHECKING:
    from shared.clients import Clients
    from shared.kafka.observation import KafkaObservation

app = command_group()

MISSED = 5  # consecutive readings that do not arrive before the job counts as late


@app.callback()
def probe() -> None:
    """Makes `kafka` a sub-command: typer would leave out the name of a single command."""


@app.command("kafka")
def kafka(
    names: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    reporter: Annotated[str, typer.Option()] = "kafka",
    topic: Annotated[str, typer.Option()] = "",
    every: Annotated[str, typer.Option()] = "",
    show: Annotated[bool, typer.Option("--print")] = False,
) -> None:
    """Reads the connections and publishes their state, once or until it is stopped."""
    from cli.reported_run.publish import topic_of
    from shared.clients import Clients
    from shared.kafka.probe import observe

    settings = config.load()
    chosen = names or sorted(settings.connections.get("kafka_connect", {}))
    if not chosen:
        raise InputError(texts.NO_CONNECTION)
    pause = length(every, "--every") if every else None
    address = "" if show else topic_of(topic, reporter, settings)
    clients = Clients(settings)
    with stopping() as stop:
        while True:
            sent = True
            for name in chosen:
                observation = observe(clients, name, datetime.now(UTC))
                if show:
                    typer.echo(json.dumps(observation.as_dict(), indent=2))
                else:
                    sent = _publish(clients, address, _report(reporter, observation, pause)) and sent
            if pause is None or stop.wait(pause.total_seconds()):
                break
    raise typer.Exit(int(not sent))


def _report(reporter: str, observation: KafkaObservation, pause: timedelta | None) -> dict[str, Any]:
    """The report: the observations, and a run of the probe, so that a probe that stops becomes a late job."""
    report = {
        "report": reporter,
        "job": observation.cluster,
        "state": "ok",
        "time": observation.time.isoformat(),
        "kafka": observation.as_dict(),
    }
    return report if pause is None else {**report, "every": f"{max(1, int(MISSED * pause.total_seconds() // 60))}m"}


def _publish(clients: Clients, topic: str, report: dict[str, Any]) -> bool:
    from cli.reported_run.publish import publish
    from cli.reported_run.waiting import WaitingReport

    try:
        publish(clients, WaitingReport(topic, report))
    except (TransientError, PermanentError) as error:
        echo(texts.NOT_PUBLISHED(error=error.text), error=True)
        return False
    connectors = report["kafka"].get("connectors", ())
    failed = sum(any(task["state"] == "FAILED" for task in each.get("tasks", ())) for each in connectors)
    echo(texts.PUBLISHED(cluster=report["job"], count=len(connectors), failed=failed))
    return True
