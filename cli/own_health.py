"""The state of Hinomi itself: broken notification channels, rejected messages, and open incidents about itself.

The Error DB contains them. Without an Error DB, the last log lines of the function name the channels and the rejected
messages; the function writes them for the alert policies in deploy/plan.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cli import database
from deploy.doctor import Problem
from deploy.site import Site
from handlers.own_problems import OwnProblem, not_accepting, recorded
from shared.config import Settings
from shared.connections.worker import subscribed
from shared.errors import HinomiError
from shared.logs import CANNOT_NOTIFY, REJECTED
from shared.texts.deploy import doctor as texts

MOST_LINES = 200
# A broken channel has a line for each attempt, at most an hour apart.
LAST_LINES = timedelta(minutes=65)


def problems(settings: Settings, sharing: Collection[str] = ()) -> list[Problem] | None:
    """The problems in the Error DB; None without an Error DB.

    `sharing` are the declared reporters that share a topic of earlier versions, if it exists.
    """
    if not _is_configured(settings):
        return None
    try:
        with database.opened(settings) as store, store.reading() as session:
            workers = subscribed(settings.connections.get("worker", {}))
            found = recorded(session, datetime.now(UTC), sharing, workers, settings.project)
            return [_problem(each) for each in found]
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
    return _problem(not_accepting(str(line.get("channel", "")), since, reason))


def try_channel(settings: Settings, name: str, now: datetime) -> bool | None:
    """Makes notifications on a broken channel, such as `teams:default`, due now; returns whether any wait for it.

    None if the channel is not broken or if there is no Error DB. Raises InputError, TransientError.
    """
    from handlers.channels import health

    if not _is_configured(settings):
        return None
    with database.opened(settings) as store, store.transaction(now) as transaction:
        return health.try_now(transaction, name, now)


def _is_configured(settings: Settings) -> bool:
    return settings.error_db_url != Settings().error_db_url


def _problem(own: OwnProblem) -> Problem:
    return Problem(texts.OWN_HEALTH, own.text, own.fix, own.is_warning)
