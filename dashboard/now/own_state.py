"""The health of Hinomi itself: collectors, rejected messages, channels, the last notification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dashboard.formats import short_duration
from shared.lazy.dataclass import dataclass
from shared.texts import Text, listed
from shared.texts.dashboard import now as texts

if TYPE_CHECKING:
    from insights.collector_status import CollectorView
    from shared.records import ChannelView, RunView

FAILED = "failed"
DAY, LONG_DELAY = timedelta(days=1), timedelta(minutes=1)
MEASURED = 1_000  # the latest occurrences, as many as insights.own_state.reaction measures


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A fact about Hinomi: its icon, its subject, and the value. `command` shows more or repairs it."""

    glyph: str
    name: Text
    text: Text
    time: datetime | None = None
    command: str = ""


def own_lines(session: Any, status: Sequence[CollectorView] | None, now: datetime) -> list[OwnLine]:
    """The facts, from the Error DB and the state of the collectors; None is shown as unknown, never as healthy."""
    from db.error_db import channels, queries, rejected, runs  # noqa: PLC0415
    from handlers import registry  # noqa: PLC0415

    return [
        _collectors(status),
        _rejected(rejected.count(session)),
        _delay(queries.recording_delays(session, now - DAY, limit=MEASURED)),
        *_channels(channels.broken(session)),
        _notification(runs.last_done(session, registry.notifiers())),
    ]


def _collectors(found: Sequence[CollectorView] | None) -> OwnLine:
    if found is None:
        return OwnLine("unknown", texts.COLLECTORS, texts.COLLECTORS_UNKNOWN, command="hinomi doctor")
    if not found:
        return OwnLine("learning", texts.COLLECTORS, texts.NO_SNAPSHOT, command="hinomi snapshot run")
    last = max((each.last_success for each in found if each.last_success), default=None)
    failing = [each.collector for each in found if each.state == FAILED]
    if failing:
        text = texts.COLLECTORS_FAIL(count=len(failing), names=listed(dict.fromkeys(failing)))
        return OwnLine("failed", texts.COLLECTORS, text, last, "hinomi snapshot list")
    return OwnLine("well", texts.COLLECTORS, texts.COLLECTORS_RUN(count=len(found)), last)


def _rejected(count: int) -> OwnLine:
    if not count:
        return OwnLine("well", texts.MESSAGES, texts.NONE_REJECTED)
    return OwnLine("late", texts.MESSAGES, texts.REJECTED(count=count), command="hinomi dlq list")


def _delay(delays: Sequence[timedelta]) -> OwnLine:
    """The median time from an event to its record, as on the page of Hinomi itself."""
    if not delays:
        return OwnLine("learning", texts.DELAY, texts.NO_EVENTS)
    half = len(delays) // 2
    median = (delays[half] + delays[-half - 1]) / 2
    return OwnLine(
        "late" if median > LONG_DELAY else "well",
        texts.DELAY,
        texts.DELAYED(duration=short_duration(median.total_seconds())),
    )


def _channels(broken: Sequence[ChannelView]) -> Iterator[OwnLine]:
    if not broken:
        yield OwnLine("well", texts.CHANNELS, texts.CHANNELS_WORK)
    for each in broken:
        text = texts.CHANNEL_BROKEN(name=each.name, reason=each.reason or "")
        yield OwnLine("failed", texts.CHANNELS, text, each.broken_since, f"hinomi notify-test {each.name}")


def _notification(run: RunView | None) -> OwnLine:
    if run is None:
        return OwnLine("learning", texts.NOTIFICATION, texts.NONE_SENT)
    return OwnLine("well", texts.NOTIFICATION, texts.SENT(target=run.target, rule=run.handler_rule), run.finished_at)
