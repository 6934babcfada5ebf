"""An incident as one line: its state as an icon and a word, and its latest event."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from dashboard.incidents.situation import Need, OpenIncident
from shared.lazy.dataclass import dataclass
from shared.model import RunState, Status
from shared.records import IncidentView, RunView
from shared.texts import Text
from shared.texts.dashboard import common
from shared.texts.dashboard import incidents as texts
from shared.texts.locale import Locale, duration
from shared.texts.recorded import localized

SHOWN_EFFECTS = 3
FOLDED = 3  # lines of one rule in a list are folded when there are more
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A line.

    `glyph` is a name in templates/sprite.html, `last` the latest event, `effects` resources that failed with it. Lines
    with equal `alike` may be folded into one.
    """

    view: IncidentView
    glyph: str
    word: Text
    last: Text
    effects: Sequence[str] = ()
    more_effects: int = 0
    alike: Hashable = None

    @property
    def owner(self) -> str:
        """The name of the owner, empty if it has none."""
        return self.view.owner.name if self.view.owner else ""


def alike_open(incident: OpenIncident) -> Hashable:
    """The key of unresolved incidents that may be folded into one line; unique for one that waits for approval."""
    view = incident.view
    return view.id if incident.approval else (view.rule, view.severity, view.status, incident.need)


def alike_ended(view: IncidentView) -> Hashable:
    """The key of resolved incidents that may be folded into one line."""
    return view.rule, view.severity, view.resolved_by


def fold(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """The items in groups, in their order: more than FOLDED items with the same key are one group, others are alone."""
    found: dict[Hashable, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    groups = ([same] if len(same) > FOLDED else [[item] for item in same] for same in found.values())
    return [each for group in groups for each in group]


def open_row(incident: OpenIncident, locale: Locale) -> IncidentRow:
    """The line of an unresolved incident."""
    glyph, word, last = _open_state(incident, locale)
    effects = incident.view.effects
    view = localized(incident.view, locale.language)
    more = max(len(effects) - SHOWN_EFFECTS, 0)
    return IncidentRow(view, glyph, word, last, effects[:SHOWN_EFFECTS], more, alike_open(incident))


def ended_row(view: IncidentView, locale: Locale) -> IncidentRow:
    """The line of a resolved incident."""
    glyph, word, last = ended_state(localized(view, locale.language))
    return IncidentRow(localized(view, locale.language), glyph, word, last, alike=alike_ended(view))


def ended_state(view: IncidentView) -> tuple[str, Text, Text]:
    """The icon, the word and the end of a resolved incident."""
    lasted = duration((view.resolved_at or view.last_seen_at) - view.opened_at)
    if view.is_closed:
        return "past", common.CLOSED, Text.verbatim(view.resolution or "")
    if view.resolved_by == "repair":
        return "repaired", common.REPAIRED, texts.REPAIRED_IN(duration=lasted)
    if view.resolved_by == "person":
        return "well", common.RESOLVED, Text.verbatim(view.resolution or "")
    return "well", common.RESOLVED, texts.RECOVERED_IN(duration=lasted)


def _open_state(incident: OpenIncident, locale: Locale) -> tuple[str, Text, Text]:
    view = incident.view
    if incident.approval is not None:
        return "failed", common.OPEN, texts.WAITS_FOR_APPROVAL
    if incident.need is Need.SILENCED and incident.silence is not None:
        return "silenced", common.SILENCED, texts.SILENCED_UNTIL(time=_clock(incident.silence.expires_at, locale))
    if incident.pending is not None:
        return _pending_state(incident.pending, locale)
    if view.status is Status.ACKNOWLEDGED and view.acknowledged_at is not None:
        time = _clock(view.acknowledged_at, locale)
        return "waiting", common.ACKNOWLEDGED, texts.ACKNOWLEDGED_AT(time=time, by=view.acknowledged_by or "")
    return "failed", common.OPEN, _after_runs(incident.runs)


def _pending_state(run: RunView, locale: Locale) -> tuple[str, Text, Text]:
    if run.state is RunState.RUNNING:
        return "running", common.RUNNING, texts.RUNS(action=run.action)
    if run.attempts:
        return "retry", common.RETRIES, texts.RETRY_AT(time=_clock(run.not_before, locale))
    return "waiting", common.PLANNED, texts.PLANNED_AT(action=run.action, time=_clock(run.not_before, locale))


def _after_runs(runs: Sequence[RunView]) -> Text:
    tried = [run for run in runs if run.state in (RunState.DONE, RunState.FAILED)]
    if not tried:
        return texts.NO_ACTION
    failed = tried[-1].state is RunState.FAILED
    return (texts.ACTION_FAILED if failed else texts.NOT_FIXED_YET)(action=tried[-1].action)


def _clock(moment: datetime, locale: Locale) -> str:
    local, today = locale.local(moment), locale.local(locale.now)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{locale.text(common.short_day(local))} {local:%H:%M}"
