"""The state of each node of the flow, from the open incidents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dashboard.incidents.situation import Need, OpenIncident
from insights.flow.model import FlowNode
from shared.lazy.dataclass import dataclass

WELL, FAILED, HANDLED, SILENCED, UNKNOWN = "well", "failed", "waiting", "silenced", "unknown"
_GLYPHS = {Need.YOU: FAILED, Need.HANDLED: HANDLED, Need.SILENCED: SILENCED}


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node with its icon and its open incidents, the most urgent first."""

    node: FlowNode
    glyph: str
    incidents: Sequence[OpenIncident] = ()

    @property
    def label(self) -> str:
        """The name without its project, which is the same for most nodes."""
        return self.node.name.partition(".")[2] if self.node.kind == "datasets" else self.node.name.rpartition("/")[2]


def state_of(node: FlowNode, incidents: Iterable[OpenIncident]) -> NodeState:
    """The state of a node: `well` if it was written recently and no incident concerns it or a job that writes it."""
    pattern = _pattern(node)
    about = [each for each in incidents if any(map(pattern.search, _names(each)))]
    if about:
        urgent = min(about, key=lambda each: list(Need).index(each.need))
        return NodeState(node, _GLYPHS[urgent.need], about)
    return NodeState(node, WELL if node.written_at else UNKNOWN)


def worst(nodes: Sequence[NodeState]) -> str:
    """The icon of the most urgent of these nodes; unknown without nodes."""
    glyphs = {each.glyph for each in nodes}
    return next((each for each in (FAILED, HANDLED, SILENCED, WELL) if each in glyphs), UNKNOWN)


def _names(incident: OpenIncident) -> Iterable[str]:
    view = incident.view
    return (view.resource, *view.effects)


def _pattern(node: FlowNode) -> re.Pattern[str]:
    """Matches the node's own name, with or without its project, and the names of its jobs, as whole words."""
    own = re.escape(node.name.partition(".")[2] or node.name) if node.kind == "datasets" else re.escape(node.name)
    names = "|".join([own, *map(_job_pattern, sorted(node.jobs)[:200])])
    return re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")


def _job_pattern(job: str) -> str:
    """The name of a job without its scheduler; the resource of an Airflow task has a slash between DAG and task."""
    scheduler, _, name = job.rpartition(":")
    escaped = re.escape(name)
    return escaped.replace(r"\.", "[./]") if scheduler == "airflow" else escaped
