"""The data flow of the platform with the state of each node, for a template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.flow import layout
from dashboard.flow.states import NodeState, state_of, worst
from dashboard.incidents.situation import OpenIncident
from dashboard.page_request import PageRequest
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.logs import log

if TYPE_CHECKING:
    from insights.access.platform_map import PlatformMap
    from insights.flow.model import PlatformFlow


@dataclass(frozen=True, slots=True)
class LayerHealth:
    """A layer with its owner, the icon of its worst node, and the number of its nodes with an incident."""

    name: str
    owner: str
    glyph: str
    troubled: int
    size: int


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """Both pictures, and every node for the table."""

    size: int
    wide: layout.Picture
    narrow: layout.Picture
    columns: Sequence[tuple[str, str, Sequence[NodeState]]]

    @property
    def layers(self) -> list[LayerHealth]:
        """The health of each layer of the platform map, in the order of the flow."""
        return [
            LayerHealth(name, owner, worst(nodes), sum(bool(each.incidents) for each in nodes), len(nodes))
            for name, owner, nodes in self.columns
            if name
        ]


def flow_picture(request: PageRequest, incidents: Sequence[OpenIncident]) -> FlowPicture | None:
    """The picture; None while the Schema DB is unavailable."""
    from insights.flow.read import platform_flow  # noqa: PLC0415

    platform_map = _map(request)
    flow = request.ask_schema_db(lambda session: platform_flow(session, request.now, platform_map))
    return None if flow is None else _drawn(flow, incidents)


def _drawn(flow: PlatformFlow, incidents: Sequence[OpenIncident]) -> FlowPicture:
    states = [(each, [state_of(node, incidents) for node in each.nodes]) for each in flow.layers]
    columns = layout.untangled([layout.column(each.name, each.owner, nodes) for each, nodes in states], flow.flows)
    return FlowPicture(
        size=flow.size,
        wide=layout.wide(columns, flow.flows),
        narrow=layout.narrow(columns, flow.flows),
        columns=[(each.name, each.owner, nodes) for each, nodes in states],
    )


def _map(request: PageRequest) -> PlatformMap | None:
    """The platform map; None without a map. A map that cannot be read is logged and counts as none."""
    if not request.settings.platform_file:
        return None
    from insights.access import compiled_map  # noqa: PLC0415

    try:
        return compiled_map.load(Path(request.settings.platform_file))
    except InputError as error:
        log("WARNING", "the platform map cannot be read", reason=str(error))
        return None
