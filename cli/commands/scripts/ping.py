"""`hinomi ping`: reports that a job outside Google Cloud started, and how it ended."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NoReturn

import typer

from cli.command_group import single_command
from cli.language import echo
from cli.point_in_time import length
from shared import config
from shared.config import Settings
from shared.errors import InputError, PermanentError, TransientError
from shared.model import Severity
from shared.texts.cli import ping as texts

app = single_command()


@app.command("ping")
def ping(  # noqa: PLR0913 - one parameter for each option
    job: Annotated[str, typer.Argument()],
    command: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    reporter: Annotated[str, typer.Option()] = "",
    topic: Annotated[str, typer.Option()] = "",
    state: Annotated[Literal["started", "ok", "failed"] | None, typer.Option()] = None,
    summary: Annotated[str, typer.Option()] = "",
    severity: Annotated[Severity | None, typer.Option()] = None,
    run_id: Annotated[str, typer.Option("--id")] = "",
    every: Annotated[str, typer.Option()] = "",
    finish_by: Annotated[str, typer.Option()] = "",
) -> None:
    """Runs the command, if any, and publishes reports; exits with the command's exit code."""
    if command and state:
        raise InputError(texts.STATE_WITH_COMMAND)
    try:
        settings, topic, about = _checked(job, reporter, topic, every, finish_by)
    except InputError as error:
        if not command:
            raise
        _run_unreported(command, error)
    if run_id or command:
        about["id"] = run_id or uuid.uuid4().hex
    code, text = _run(command, topic, about, settings) if command else (0, "")
    state = state or ("failed" if code else "ok")
    report = _report(about, state)
    if sentence := summary or text:
        report["summary"] = sentence
    if severity and state == "failed":
        report["severity"] = str(severity)
    sent = _send(topic, report, settings)
    if not command and sent:
        echo(texts.SENT(job=job, state=texts.STATES[state]))
    raise typer.Exit(code if command else int(not sent))


def _checked(job: str, reporter: str, topic: str, every: str, finish_by: str) -> tuple[Settings, str, dict[str, Any]]:
    """The settings, the topic, and the common fields of all reports. Raises InputError for an invalid value."""
    from cli.reported_run.publish import topic_of
    from collectors.metrics_analysis import report_model
    from collectors.metrics_analysis.evidence import NotUnderstoodError

    if not reporter:
        raise InputError(texts.NO_REPORTER)
    settings = config.load()
    about = {"report": reporter, "job": job, **_expected(every, finish_by)}
    try:
        report_model.check(_report(about, "started"))  # as the function does, which would reject it
    except NotUnderstoodError as error:
        raise InputError(error.text) from error
    return settings, topic_of(topic, reporter, settings), about


def _run_unreported(command: list[str], error: InputError) -> NoReturn:
    """Runs the command without a report, because a backup must not stop for an invalid setting."""
    from cli.reported_run.run import run

    echo(texts.NOT_REPORTED(error=error.full_text), error=True)
    raise typer.Exit(run(command).code)


def _report(about: Mapping[str, str], state: str) -> dict[str, Any]:
    return {**about, "state": state, "time": datetime.now(UTC).isoformat()}


def _expected(every: str, finish_by: str) -> dict[str, str]:
    """The fields of a report that declare the expectation of the job. Raises InputError for an invalid value."""
    from shared.calendar.deadlines import parse_deadline

    if every:
        length(every, "--every")
    if finish_by:
        parse_deadline(finish_by)
    return {name: value for name, value in (("every", every), ("finish_by", finish_by)) if value}


def _run(command: list[str], topic: str, about: Mapping[str, str], settings: Settings) -> tuple[int, str]:
    """Runs the command; returns its exit code and the text of the report, without secrets, empty after a success.

    The report of the start is sent in parallel, so the command waits for no network.
    """
    from cli.reported_run.run import run
    from shared.redaction.secret_patterns import scrub

    started = _report(about, "started")
    reporting = threading.Thread(target=_send, args=(topic, started, settings), kwargs={"is_quiet": True})
    reporting.start()
    result = run(command)
    reporting.join()
    if not result.code:
        return 0, ""
    line = scrub(result.last_line)
    return result.code, (texts.EXIT_WITH(code=result.code, line=line) if line else texts.EXIT(code=result.code)).en


def _send(topic: str, report: dict[str, Any], settings: Settings, *, is_quiet: bool = False) -> bool:
    """Sends the waiting reports, then this one; stores it, prints that and returns False if it cannot be sent."""
    from cli.reported_run.publish import publish
    from cli.reported_run.waiting import WaitingReport, WaitingReports, state_folder
    from shared.clients import Clients

    clients, reports = Clients(settings), WaitingReports(state_folder())
    this = WaitingReport(topic, report)
    try:
        if (sent := reports.send(lambda each: publish(clients, each))) and not is_quiet:
            echo(texts.SENT_WAITING(count=sent), error=True)
        publish(clients, this)
    except (TransientError, PermanentError) as error:
        reports.keep(this)
        if not is_quiet:
            echo(texts.KEPT(error=error.text, folder=str(reports.folder)), error=True)
        return False
    return True
