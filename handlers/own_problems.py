"""The problems of Hinomi itself in the Error DB: broken channels, unsent reports, work left to workers, own incidents."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from handlers.channels.part_names import channel_of
from shared.model import Status
from shared.own_incidents import CHANNEL_BROKEN, SERVICE
from shared.records import WORKER_SILENT_AFTER, ChannelView, IncidentView, RunView, WorkerView
from shared.texts import Text
from shared.texts.deploy import doctor as texts
from shared.texts.recorded import summary_of
from shared.texts.reports.labels import day_text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.api_tokens import TokenView
    from db.error_db.reports import SubscriptionState

MOST_INCIDENTS = 20
LEFT_TOO_LONG = timedelta(minutes=5)  # a worker asks for its runs every few seconds


@dataclass(frozen=True, slots=True)
class OwnProblem:
    """A problem of Hinomi itself. `fix` is the command that corrects it; a warning needs a person's decision."""

    text: Text
    fix: str
    is_warning: bool = False


def recorded(
    session: Session, now: datetime, sharing: Collection[str] = (), subscribed: Collection[str] = (), project: str = ""
) -> Iterator[OwnProblem]:
    """The problems in the Error DB.

    `sharing` are the declared reporters, while the shared topic of earlier versions exists; `subscribed` are the
    workers with a subscription, in Hinomi's `project`.
    """
    from db.error_db import api_tokens, channels, queries, reporters, reports, runs  # noqa: PLC0415
    from db.error_db.runs import worker_answers  # noqa: PLC0415

    broken = channels.broken(session)
    filters = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED), service=SERVICE)
    incidents = queries.incidents(session, filters, limit=MOST_INCIDENTS)
    moved = reporters.moved(session) if sharing else set()
    unsent = [state for state in reports.listed(session) if state.error]
    left = runs.left_to_workers(session, now - LEFT_TOO_LONG)
    workers = worker_answers.workers(session)
    yield from map(_broken, broken)
    yield from (_incident(incident) for incident in incidents if incident.rule != CHANNEL_BROKEN)
    yield from map(_unsent, unsent)
    yield from map(_expiring, api_tokens.expiring(session, now))
    yield from (_left(worker, list(those)) for worker, those in groupby(_by_worker(left), lambda run: run.worker or ""))
    yield from _silent(workers, subscribed, project, now)
    if waiting := sorted(set(sharing) - moved):
        done = sorted(set(sharing) & moved)
        text = texts.REPORTERS_WAIT(names=", ".join(waiting), moved=", ".join(done) or texts.NO_REPORTER)
        yield OwnProblem(text, "hinomi incidents list --all --text report/", is_warning=True)


def _broken(channel: ChannelView) -> OwnProblem:
    since = channel.broken_since.strftime("%Y-%m-%d %H:%M UTC") if channel.broken_since else ""
    return not_accepting(channel.name, since, channel.reason or "")


def _unsent(state: SubscriptionState) -> OwnProblem:
    text = texts.REPORT_NOT_SENT(name=state.name, day=day_text(state.next_day), error=state.error or "")
    return OwnProblem(text, "hinomi report --scheduled")


def _expiring(token: TokenView) -> OwnProblem:
    command = [
        "hinomi",
        "tokens",
        "add",
        f"{token.name}-2",
        *(part for each in token.scopes for part in ("--scope", each)),
    ]
    text = texts.TOKEN_EXPIRES(name=token.name, day=day_text(token.expires_at))
    return OwnProblem(text, shlex.join(command), is_warning=True)


def _by_worker(left: Collection[RunView]) -> list[RunView]:
    return sorted(left, key=lambda run: run.worker or "")


def _left(worker: str, left: Sequence[RunView]) -> OwnProblem:
    since = left[0].not_before.strftime("%Y-%m-%d %H:%M UTC")
    text = texts.LEFT_TO_WORKER(count=len(left), worker=worker, since=since)
    return OwnProblem(text, shlex.join(("hinomi", "worker", "actions", "--name", worker)))


def _silent(
    workers: Sequence[WorkerView], subscribed: Collection[str], project: str, now: datetime
) -> Iterator[OwnProblem]:
    """The workers with a subscription whose last heartbeat is too old, or that never sent one."""
    heard = {worker.name: worker.seen_at for worker in workers if worker.is_subscribed}
    for name in subscribed:
        seen = heard.get(name)
        if seen is None or seen < now - WORKER_SILENT_AFTER:
            text = texts.WORKER_SILENT(worker=name, since=f"{seen:%Y-%m-%d %H:%M} UTC") if seen else None
            command = ("hinomi", "worker", "actions", "--name", name, "--project", project or "PROJECT")
            yield OwnProblem(text or texts.WORKER_NEVER_HEARD(worker=name), shlex.join(command))


def not_accepting(channel: str, since: str, reason: str) -> OwnProblem:
    """The problem of a channel that has accepted no notifications since a time."""
    notifier, _, name = channel_of(channel).partition(":")
    command = shlex.join(("hinomi", "notify-test", "--notifier", notifier, "--channel", name))
    return OwnProblem(texts.CHANNEL_BROKEN(channel=channel, since=since, reason=reason), command)


def _incident(incident: IncidentView) -> OwnProblem:
    return OwnProblem(summary_of(incident), f"hinomi incidents show {incident.id}")
