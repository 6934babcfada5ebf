"""The schedule of reports from HINOMI_REPORTS, such as `daily teams 07:00, weekly email:data mon 08:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers import registry
from handlers.messages.channel_locale import channel_timezone
from insights.reports.period import Frequency, ReportPeriod, containing, moment
from shared.config import Settings
from shared.errors import InputError
from shared.redaction.setting_values import shown_invalid
from shared.setting import DEFAULT_NAME
from shared.texts import listed
from shared.texts.reports import sentences as texts

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(
    r"(?P<frequency>daily|weekly) +(?P<notifier>[a-z][a-z0-9_]*)(?::(?P<channel>[A-Za-z0-9_]+))?"
    rf"(?: +(?P<weekday>{'|'.join(WEEKDAYS)}))? +(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)",
    re.ASCII,
)
# A subscription that is new this long after its time sends the latest report at once, so that one sees it work.
BEGINS_WITHIN = timedelta(hours=12)
MOST_MISSED = 2  # periods that are sent after an outage, the latest ones


@dataclass(frozen=True, slots=True)
class ScheduledReport:
    """A report for a channel. A weekly one is sent on `weekday` (0 is Monday); `zone` is the time zone of the channel."""

    frequency: Frequency
    notifier: str
    channel: str
    weekday: int
    clock: time
    zone: str

    @property
    def name(self) -> str:
        """The name, such as `daily teams:default`. A report is sent once per name and period."""
        return f"{self.frequency} {self.target}"

    @property
    def target(self) -> str:
        """The channel, such as `teams:default`."""
        return f"{self.notifier}:{self.channel}"

    def period(self, day: date) -> ReportPeriod:
        """The period that contains a day."""
        return containing(self.frequency, day, self.zone)

    def due(self, period: ReportPeriod) -> datetime:
        """The time when the report on a period is sent: the local time on the first suitable day after the period."""
        return moment(period.last + timedelta(days=1 + self.weekday), self.clock, self.zone)

    def latest_due(self, now: datetime) -> ReportPeriod:
        """The latest period that is due."""
        period = self.period(now.date() + timedelta(days=1))
        while self.due(period) > now:
            period = period.before()
        return period

    def first_period(self, now: datetime) -> ReportPeriod:
        """The period that a new subscription begins with."""
        latest = self.latest_due(now)
        return latest if now - self.due(latest) <= BEGINS_WITHIN else latest.after()


def subscriptions(settings: Settings) -> list[ScheduledReport]:
    """The reports of HINOMI_REPORTS. Raises InputError for an invalid or repeated one."""
    found = [_parsed(text, settings) for text in settings.reports]
    names = [each.name for each in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(texts.SUBSCRIBED_TWICE(name=twice[0]))
    return found


def channel_of(text: str) -> tuple[Any, Any]:
    """The notifier of a channel such as `teams` or `email:data`, and its parameters. Raises InputError."""
    notifier, _, channel = text.partition(":")
    if notifier not in reporting_notifiers():
        raise _no_channel(text[:100])
    plugin = registry.find(notifier)
    return plugin, registry.params(plugin, {"channel": (channel or DEFAULT_NAME).lower()})


def reporting_notifiers() -> tuple[str, ...]:
    """The notifiers that can send reports."""
    return tuple(name for name in registry.notifiers() if hasattr(registry.find(name), "send_report"))


def _no_channel(shown: str) -> InputError:
    from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it

    near = did_you_mean(shown.partition(":")[0], reporting_notifiers())
    use = texts.CHANNEL_FORM(notifiers=listed(reporting_notifiers()), example="email:data")
    return InputError(texts.NO_CHANNEL(value=shown, advice=near or use))


def _parsed(text: str, settings: Settings) -> ScheduledReport:
    match = _FORM.fullmatch(text)
    if match is None or (match["weekday"] and match["frequency"] == Frequency.DAILY):
        raise InputError(texts.SUBSCRIPTION_FORM(value=shown_invalid(text)))
    if match["notifier"] not in reporting_notifiers():
        raise _no_channel(shown_invalid(match["notifier"], "|".join(registry.notifiers())))
    plugin, params = channel_of(f"{match['notifier']}:{match['channel'] or DEFAULT_NAME}")
    return ScheduledReport(
        frequency=Frequency(match["frequency"]),
        notifier=plugin.NAME,
        channel=params.channel,
        weekday=WEEKDAYS.index(match["weekday"]) if match["weekday"] else 0,
        clock=time(int(match["hour"]), int(match["minute"])),
        zone=channel_timezone(settings, plugin.NAME, params.channel),
    )
