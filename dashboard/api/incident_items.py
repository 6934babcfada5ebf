"""Incidents and action runs as items of answers, in the language of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.api.models.incidents import IncidentItem, IncidentOwner, RunItem, StageItem
from dashboard.api.request import ApiRequest
from dashboard.incidents.runs import result_of
from dashboard.incidents.situation import OpenIncident, with_needs
from handlers import registry
from handlers.cards.incident import incident_url
from handlers.cards.links import known_hosts, with_known_links
from handlers.owners.table import Owners, owners_of, with_owner
from handlers.versions.apply import defaults_of
from shared.model import Status
from shared.records import IncidentView, RunView
from shared.texts.recorded import localized
from shared.texts.stages import sentence, stage_name


class IncidentReader:
    """Converts incidents to items within one session, with their owner and need, and only with links to known hosts."""

    def __init__(self, request: ApiRequest, session: Any) -> None:
        self._request, self._session = request, session
        self._hosts = known_hosts(request.settings)
        self._owners: Owners = owners_of(defaults_of(session))

    def items(self, views: Iterable[IncidentView]) -> list[IncidentItem]:
        """The items in the order of the incidents."""
        owned = [with_owner(view, self._owners) for view in views]
        unresolved = [view for view in owned if view.status is not Status.RESOLVED]
        needs = {each.view.id: each for each in with_needs(self._session, self._request.now, unresolved)}
        return [self._item(view, needs.get(view.id)) for view in owned]

    def item(self, view: IncidentView) -> IncidentItem:
        """One item."""
        return self.items([view])[0]

    def _item(self, view: IncidentView, needing: OpenIncident | None) -> IncidentItem:
        shown = localized(with_known_links(view, self._hosts), self._request.locale.language)
        dashboard_url = self._request.settings.dashboard_url
        values = {name: getattr(shown, name) for name in IncidentItem.model_fields if hasattr(shown, name)}
        return IncidentItem(
            **values
            | {
                "owner": IncidentOwner.model_validate(shown.owner) if shown.owner else None,
                "labels": {name: str(value) for name, value in shown.labels.items()},
                "need": needing.need if needing else None,
                "silence": needing.silence.id if needing and needing.silence else None,
                "url": incident_url(dashboard_url, view.id) if dashboard_url else None,
            }
        )


def run_items(runs: Sequence[RunView], language: str) -> list[RunItem]:
    """Action runs, each with the decisions of its stages."""
    notifiers = registry.notifiers()
    return [_run_item(run, notifiers, language) for run in runs]


def _run_item(run: RunView, notifiers: Sequence[str], language: str) -> RunItem:
    derived: dict[str, Any] = {
        "text": result_of(run, language),
        "is_notification": run.action in notifiers,
        "stages": [_stage(each, language) for each in run.decision],
    }
    stored = {name: getattr(run, name) for name in RunItem.model_fields if name not in derived}
    return RunItem(**stored, **derived)


def _stage(decided: dict[str, Any], language: str) -> StageItem:
    return StageItem(
        stage=str(decided.get("stage", "")),
        reason=str(decided.get("reason", "")),
        stops=bool(decided.get("stops")),
        text=f"{stage_name(decided).in_language(language)}: {sentence(decided).in_language(language)}",
    )
