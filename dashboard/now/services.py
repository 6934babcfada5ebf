"""The health of each service: its open incidents, and what was repaired today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.incidents.situation import Need, OpenIncident
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView
from shared.texts import Text, joined
from shared.texts.dashboard import now as texts


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """A service with its icon and its problems; no problems if it is healthy."""

    name: str
    glyph: str
    note: Text


def services(
    incidents: Sequence[OpenIncident], repaired: Iterable[IncidentView], watched: Iterable[str]
) -> list[ServiceHealth]:
    """The watched services and the services with an incident; those with problems come first."""
    fixed = [view.service for view in repaired]
    names = {each.view.service for each in incidents} | set(fixed) | set(watched)
    found = [_health(name, [each for each in incidents if each.view.service == name], fixed) for name in sorted(names)]
    order = ("failed", "waiting", "silenced", "repaired", "well")
    return sorted(found, key=lambda each: order.index(each.glyph))


def _health(name: str, incidents: Sequence[OpenIncident], fixed: Sequence[str]) -> ServiceHealth:
    counts = {need: sum(each.need is need for each in incidents) for need in Need}
    words = {Need.YOU: texts.COUNT_OPEN, Need.HANDLED: texts.COUNT_HANDLED, Need.SILENCED: texts.COUNT_SILENCED}
    note = joined([words[need](count=count) for need, count in counts.items() if count])
    glyphs = {Need.YOU: "failed", Need.HANDLED: "waiting", Need.SILENCED: "silenced"}
    if incidents:
        return ServiceHealth(name, next(glyphs[need] for need, count in counts.items() if count), note)
    if name in fixed:
        return ServiceHealth(name, "repaired", texts.COUNT_REPAIRED(count=fixed.count(name)))
    return ServiceHealth(name, "well", note)
