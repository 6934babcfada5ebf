"""The flow of data: layers of nodes, and connections between nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from insights.access.platform_map import Layer, PlatformMap


MOST_STEPS = 6  # columns of a flow that no map arranges


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A dataset, a bucket, a topic, a DAG or a pipeline.

    `jobs` write to it; `written_at` is the time of the latest write.
    """

    name: str
    kind: str
    jobs: frozenset[str] = frozenset()
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlowLayer:
    """Nodes side by side. `name` and `owner` come from the platform map and are empty without a map."""

    name: str
    owner: str
    nodes: Sequence[FlowNode]


@dataclass(frozen=True, slots=True)
class DatasetFlow:
    """The runs of jobs that read one dataset and write another."""

    source: str
    target: str
    runs: int


@dataclass(frozen=True, slots=True)
class PlatformFlow:
    """The layers in the order of the flow, and the connections between nodes by name."""

    layers: Sequence[FlowLayer] = ()
    flows: Sequence[DatasetFlow] = ()

    @property
    def size(self) -> int:
        """The number of nodes."""
        return sum(len(layer.nodes) for layer in self.layers)


@dataclass(slots=True)
class WrittenDataset:
    """The jobs that write to a dataset, and the time of the latest write."""

    jobs: set[str] = field(default_factory=set)
    written_at: datetime | None = None


def arrange(
    flows: Sequence[DatasetFlow], written: Mapping[str, WrittenDataset], platform_map: PlatformMap | None
) -> PlatformFlow:
    """Arranges datasets in the layers of the map, or without a map in the order in which data passes through them."""
    names = {name for flow in flows for name in (flow.source, flow.target)} | set(written)
    nodes = {name: _node(name, "datasets", written.get(name)) for name in sorted(names)}
    layers = _by_depth(nodes, flows) if platform_map is None else _by_map(nodes, flows, platform_map)
    return PlatformFlow([layer for layer in layers if layer.nodes], flows)


def _node(name: str, kind: str, written: WrittenDataset | None) -> FlowNode:
    return FlowNode(name, kind, frozenset(written.jobs), written.written_at) if written else FlowNode(name, kind)


def _by_map(nodes: Mapping[str, FlowNode], flows: Iterable[DatasetFlow], platform_map: PlatformMap) -> list[FlowLayer]:
    """The layers of the map; first the datasets outside all layers that are only read, last all other datasets."""
    from insights.access.platform_map import matches  # noqa: PLC0415

    placed: dict[str, list[FlowNode]] = {layer.name: list(_named(layer, nodes)) for layer in platform_map.layers}
    of_none: list[FlowNode] = []
    for node in nodes.values():
        layer = next(
            (each for each in platform_map.layers if matches((node.name,), each.patterns.get(node.kind, ()))), None
        )
        (placed[layer.name] if layer else of_none).append(node)
    targets = {flow.target for flow in flows}
    return [
        FlowLayer("", "", [node for node in of_none if node.name not in targets]),
        *(FlowLayer(layer.name, layer.owner, placed[layer.name]) for layer in platform_map.layers),
        FlowLayer("", "", [node for node in of_none if node.name in targets]),
    ]


def _named(layer: Layer, nodes: Mapping[str, FlowNode]) -> Iterable[FlowNode]:
    """The resources that the map names without a wildcard, other than the datasets that are nodes anyway."""
    from insights.access.platform_map import WILD  # noqa: PLC0415

    for kind, patterns in layer.patterns.items():
        for pattern in patterns:
            if not set(WILD) & set(pattern) and pattern not in nodes:
                yield FlowNode(pattern, kind)


def _by_depth(nodes: Mapping[str, FlowNode], flows: Sequence[DatasetFlow]) -> list[FlowLayer]:
    """The datasets by the longest path from a dataset that nothing writes; a cycle ends at MOST_STEPS."""
    depth = dict.fromkeys(nodes, 0)
    for _ in range(MOST_STEPS):
        for flow in flows:
            depth[flow.target] = max(depth[flow.target], min(depth[flow.source] + 1, MOST_STEPS - 1))
    return [
        FlowLayer("", "", [node for name, node in nodes.items() if depth[name] == step]) for step in range(MOST_STEPS)
    ]
