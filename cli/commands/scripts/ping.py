"""`hinomi ping`: reports how a job outside Google Cloud ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from cli.command_group import single_command
from cli.language import echo
from shared import config
from shared.config import Settings
from shared.errors import InputError, PermanentError, TransientError
from shared.model import Severity
from shared.texts.cli import ping as texts

app = single_command()

TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")


@app.command("ping")
def ping(
    job: Annotated[str, typer.Argument()],
    command: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    reporter: Annotated[str, typer.Option()],
    topic: Annotated[str, typer.Option()] = "",
    state: Annotated[Literal["ok", "failed"] | None, typer.Option()] = None,
    summary: Annotated[str, typer.Option()] = "",
    severity: Annotated[Severity | None, typer.Option()] = None,
) -> None:
    """Runs the command if there is one, and publishes a report; exits with the command's exit code."""
    if command and state:
        raise InputError(texts.STATE_WITH_COMMAND)
    settings = config.load()
    topic = _topic(topic, reporter, settings)
    code, text = _run(command) if command else (0, "")
    state = state or ("failed" if code else "ok")
    report: dict[str, Any] = {"report": reporter, "job": job, "state": state, "time": datetime.now(UTC).isoformat()}
    if said := summary or text:
        report["summary"] = said
    if severity and state == "failed":
        report["severity"] = str(severity)
    sent = _send(topic, report, settings)
    if not command and sent:
        echo(texts.SENT(job=job, state=texts.STATES[state]))
    raise typer.Exit(code if command else int(not sent))


def _run(command: list[str]) -> tuple[int, str]:
    """The exit code of the command, and how a report says it: without secrets; empty after a success."""
    from cli.reported_run.run import run
    from shared.redaction.secret_patterns import scrub

    result = run(command)
    if not result.code:
        return 0, ""
    line = scrub(result.last_line)
    return result.code, (texts.EXIT_WITH(code=result.code, line=line) if line else texts.EXIT(code=result.code)).en


def _send(topic: str, report: dict[str, Any], settings: Settings) -> bool:
    """Sends what waits and then the report. Keeps the report, says so and returns False when it cannot be sent."""
    from cli.reported_run.publish import publish
    from cli.reported_run.waiting import WaitingReport, WaitingReports, state_folder
    from shared.clients import Clients

    clients, reports = Clients(settings), WaitingReports(state_folder())
    this = WaitingReport(topic, report)
    try:
        if sent := reports.send(lambda each: publish(clients, each)):
            echo(texts.SENT_WAITING(count=sent), error=True)
        publish(clients, this)
    except (TransientError, PermanentError) as error:
        reports.keep(this)
        echo(texts.KEPT(error=error.text, folder=str(reports.folder)), error=True)
        return False
    return True


def _topic(given: str, reporter: str, settings: Settings) -> str:
    """The topic of the reporter. Raises InputError when its project is unknown, or the name is none."""
    if not given and not settings.project:
        raise InputError(texts.NO_PROJECT)
    topic = given or f"projects/{settings.project}/topics/hinomi-reports-{reporter}"
    if not TOPIC.fullmatch(topic):
        raise InputError(texts.NO_TOPIC(topic=topic))
    return topic
