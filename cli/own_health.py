"""The state of Hinomi itself: broken notification channels, rejected messages, and open incidents about itself.

The Error DB has them. Where it is not configured, the last log lines of the function name the channels and the
rejected messages: it writes them for the alert policies of deploy/plan.yaml.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cli import database
from deploy.doctor import Problem
from deploy.site import Site
from handlers.channels.part_names import channel_of
from shared.config import Settings
from shared.errors import HinomiError
from shared.logs import CANNOT_NOTIFY, REJECTED
from shared.model import Status
from shared.own_incidents import CHANNEL_BROKEN, SERVICE
from shared.records import ChannelView, IncidentView, RunView
from shared.texts.deploy import doctor as texts

if TYPE_CHECKING:
    from db.error_db.reports import SubscriptionState

MOST_INCIDENTS = 20
MOST_LINES = 200
# A broken channel has a line for each attempt, at most an hour apart.
LAST_LINES = timedelta(minutes=65)
LEFT_TOO_LONG = timedelta(minutes=5)  # a worker asks for its runs every few seconds


def problems(settings: Settings, sharing: Collection[str] = ()) -> list[Problem] | None:
    """The problems in the Error DB; None if no Error DB is configured.

    `sharing` are the declared reporters, while the topic that earlier versions shared among them exists.
    """
    if not _is_configured(settings):
        return None
    try:
        return list(_recorded(settings, sharing))
    except HinomiError as error:
        return [Problem(texts.OWN_HEALTH, error.full_text, "hinomi db check")]


def logged(site: Site, now: datetime) -> Iterator[Problem]:
    """The problems in the last log lines of the function. Raises CloudError, TransientError."""
    (name,) = (each.name for each in site.functions if each.target == "metrics_analysis")
    lines = (
        f'resource.type="cloud_run_revision" AND resource.labels.service_name="{name}"'
        f' AND timestamp>="{(now - LAST_LINES).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"'
        " AND (jsonPayload.alert:* OR jsonPayload.channel:*)"
    )
    latest: dict[str, dict[str, Any]] = {}
    for entry in site.cloud.entries(site.target.project, lines, limit=MOST_LINES):
        line = entry.get("jsonPayload") or {}
        latest.setdefault(str(line.get("channel") or line.get("alert")), line)
    for line in latest.values():
        if line.get("alert") == CANNOT_NOTIFY:
            yield _unreached(line)
        elif line.get("alert") == REJECTED:
            yield Problem(texts.OWN_HEALTH, texts.REJECTED(reason=str(line.get("reason", ""))), "hinomi dlq list")


def _unreached(line: dict[str, Any]) -> Problem:
    reason = str(line.get("message", "")).removeprefix(f"{CANNOT_NOTIFY}: ")
    since = str(line.get("since", ""))[:16].replace("T", " ") + " UTC"
    return _not_accepting(str(line.get("channel", "")), since, reason)


def try_channel(settings: Settings, name: str, now: datetime) -> bool | None:
    """Makes a broken channel, such as `teams:default`, due now; whether notifications wait for it.

    None if it is not broken or no Error DB is configured. Raises InputError, TransientError.
    """
    from handlers.channels import health

    if not _is_configured(settings):
        return None
    with database.opened(settings) as store, store.transaction(now) as transaction:
        return health.try_now(transaction, name, now)


def _is_configured(settings: Settings) -> bool:
    return settings.error_db_url != Settings().error_db_url


def _recorded(settings: Settings, sharing: Collection[str]) -> Iterator[Problem]:
    from db.error_db import channels, queries, reporters, reports, runs

    with database.opened(settings) as store, store.reading() as session:
        broken = channels.broken(session)
        filters = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED), service=SERVICE)
        incidents = queries.incidents(session, filters, limit=MOST_INCIDENTS)
        moved = reporters.moved(session) if sharing else set()
        unsent = [state for state in reports.listed(session) if state.error]
        left = runs.left_to_workers(session, datetime.now(UTC) - LEFT_TOO_LONG)
    yield from map(_broken, broken)
    yield from (_incident(incident) for incident in incidents if incident.rule != CHANNEL_BROKEN)
    yield from map(_unsent, unsent)
    yield from (_left(worker, list(those)) for worker, those in groupby(_by_worker(left), lambda run: run.worker or ""))
    if waiting := sorted(set(sharing) - moved):
        done = sorted(set(sharing) & moved)
        text = texts.REPORTERS_WAIT(names=", ".join(waiting), moved=", ".join(done) or texts.NO_REPORTER)
        yield Problem(texts.OWN_HEALTH, text, "hinomi incidents list --all --text report/", is_warning=True)


def _broken(channel: ChannelView) -> Problem:
    since = channel.broken_since.strftime("%Y-%m-%d %H:%M UTC") if channel.broken_since else ""
    return _not_accepting(channel.name, since, channel.reason or "")


def _unsent(state: SubscriptionState) -> Problem:
    text = texts.REPORT_NOT_SENT(name=state.name, day=state.next_day.isoformat(), error=state.error or "")
    return Problem(texts.OWN_HEALTH, text, "hinomi report --scheduled")


def _by_worker(left: Collection[RunView]) -> list[RunView]:
    return sorted(left, key=lambda run: run.worker or "")


def _left(worker: str, left: Sequence[RunView]) -> Problem:
    since = left[0].not_before.strftime("%Y-%m-%d %H:%M UTC")
    text = texts.LEFT_TO_WORKER(count=len(left), worker=worker, since=since)
    return Problem(texts.OWN_HEALTH, text, shlex.join(("hinomi", "worker", "actions", "--name", worker)))


def _not_accepting(channel: str, since: str, reason: str) -> Problem:
    notifier, _, name = channel_of(channel).partition(":")
    command = shlex.join(("hinomi", "notify-test", "--notifier", notifier, "--channel", name))
    return Problem(texts.OWN_HEALTH, texts.CHANNEL_BROKEN(channel=channel, since=since, reason=reason), command)


def _incident(incident: IncidentView) -> Problem:
    text = texts.OWN_INCIDENT(title=incident.title, summary=incident.summary)
    return Problem(texts.OWN_HEALTH, text, f"hinomi incidents show {incident.id}")
