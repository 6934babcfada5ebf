"""The state of Hinomi itself in the Error DB: broken notification channels, and open incidents about itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime

from cli import database
from deploy.doctor import Problem
from handlers.channels.incident import CHANNEL_BROKEN
from shared.config import Settings
from shared.errors import HinomiError
from shared.model import Status
from shared.records import ChannelView, IncidentView
from shared.texts.deploy import doctor as texts

MOST_INCIDENTS = 20


def problems(settings: Settings) -> list[Problem] | None:
    """The problems in the Error DB; None if no Error DB is configured."""
    if not _is_configured(settings):
        return None
    try:
        return list(_recorded(settings))
    except HinomiError as error:
        return [Problem(texts.OWN_HEALTH, error.full_text, "hinomi db check")]


def try_channel(settings: Settings, name: str, now: datetime) -> bool:
    """Makes a broken channel, such as `teams:default`, due now; False if it is not broken or no Error DB is configured.

    Raises InputError, TransientError.
    """
    from handlers.channels import health

    if not _is_configured(settings):
        return False
    with database.opened(settings) as store, store.transaction(now) as transaction:
        return health.try_now(transaction, name, now)


def _is_configured(settings: Settings) -> bool:
    return settings.error_db_url != Settings().error_db_url


def _recorded(settings: Settings) -> Iterator[Problem]:
    from db.error_db import channels, queries

    with database.opened(settings) as store, store.reading() as session:
        broken = channels.broken(session)
        filters = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED), service="hinomi")
        incidents = queries.incidents(session, filters, limit=MOST_INCIDENTS)
    yield from map(_broken, broken)
    yield from (_incident(incident) for incident in incidents if incident.rule != CHANNEL_BROKEN)


def _broken(channel: ChannelView) -> Problem:
    since = channel.broken_since.strftime("%Y-%m-%d %H:%M UTC") if channel.broken_since else ""
    text = texts.CHANNEL_BROKEN(channel=channel.name, since=since, reason=channel.reason or "")
    notifier, _, name = channel.name.partition(":")
    return Problem(
        texts.OWN_HEALTH, text, shlex.join(("hinomi", "notify-test", "--notifier", notifier, "--channel", name))
    )


def _incident(incident: IncidentView) -> Problem:
    text = texts.OWN_INCIDENT(title=incident.title, summary=incident.summary)
    return Problem(texts.OWN_HEALTH, text, f"hinomi incidents show {incident.id}")
