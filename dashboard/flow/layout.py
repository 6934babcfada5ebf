"""The positions of nodes and connections in the picture, for a wide and for a narrow screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

from dashboard.flow.states import FAILED, HANDLED, SILENCED, NodeState
from insights.flow.model import DatasetFlow
from shared.lazy.dataclass import dataclass

WIDTH, NARROW = 1180, 358
FIRST, STEP = 74, 66  # the middle of the first row, and between rows
ROW, GAP = 30, 35  # on a narrow screen: between nodes, and before a layer
TURN = 60  # before the next layer, a connection leaves its row
LANES, LANE = 4, 16
MOST_ROWS = 9  # nodes of a layer; those with problems come first, and the rest is counted
LETTER = 7.2  # the width of a letter of a name
_RAILS = {FAILED: "cut", HANDLED: "late", SILENCED: "off"}


@dataclass(frozen=True, slots=True)
class Column:
    """A layer with the nodes shown, and the number of hidden nodes."""

    name: str
    owner: str
    nodes: Sequence[NodeState]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node with the centre of its disc, and its name, shortened to the available width."""

    state: NodeState
    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Rail:
    """A connection: its path, its thickness by the number of runs, and its style."""

    path: str
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All parts of the picture with their positions. `heads` are the layers with x and y."""

    width: float
    height: float
    heads: Sequence[tuple[Column, float, float]]
    nodes: Sequence[PlacedNode]
    rails: Sequence[Rail]


def column(name: str, owner: str, nodes: Sequence[NodeState]) -> Column:
    """A layer with at most MOST_ROWS nodes: nodes with problems are chosen first, then by name."""
    urgent = sorted(nodes, key=lambda each: not each.incidents)[:MOST_ROWS]
    shown = [each for each in nodes if each in urgent]
    return Column(name, owner, shown, len(nodes) - len(shown))


def untangled(columns: Sequence[Column], flows: Sequence[DatasetFlow]) -> list[Column]:
    """The columns reordered so that connected nodes are close to each other and few connections cross."""
    made = list(columns)
    for _ in range(2):
        for number in range(1, len(made)):
            rows = {each.node.name: row for row, each in enumerate(made[number - 1].nodes)}
            made[number] = _sorted(made[number], rows, flows)
    return made


def wide(columns: Sequence[Column], flows: Sequence[DatasetFlow]) -> Picture:
    """Layers from left to right."""
    pitch = WIDTH / max(len(columns), 1)
    letters = int((pitch - 34) / LETTER)
    nodes = [
        PlacedNode(state, number * pitch + 7, FIRST + row * STEP, _cut(state.label, letters))
        for number, each in enumerate(columns)
        for row, state in enumerate(each.nodes)
    ]
    rows = max((len(each.nodes) for each in columns), default=0)
    places = {each.state.node.name: each for each in nodes}
    rails = [rail for flow in flows if (rail := _across(flow, places, pitch))]
    heads = [(each, number * pitch, 12.0) for number, each in enumerate(columns)]
    return Picture(WIDTH, FIRST + rows * STEP - 26, heads, nodes, sorted(rails, key=lambda rail: rail.kind != ""))


def narrow(columns: Sequence[Column], flows: Sequence[DatasetFlow]) -> Picture:
    """Layers from top to bottom, connections in the margin."""
    nodes: list[PlacedNode] = []
    heads: list[tuple[Column, float, float]] = []
    y = 14.0
    for each in columns:
        heads.append((each, 78, y))
        for row, state in enumerate(each.nodes):
            y += ROW if row else 21
            nodes.append(PlacedNode(state, 9 + (row % LANES) * LANE, y, _cut(state.label, 22)))
        y += GAP
    places = {each.state.node.name: each for each in nodes}
    rails = [rail for flow in flows if (rail := _down(flow, places))]
    return Picture(NARROW, y - 10, heads, nodes, sorted(rails, key=lambda rail: rail.kind != ""))


def _sorted(each: Column, rows: Mapping[str, int], flows: Sequence[DatasetFlow]) -> Column:
    def middle(state: NodeState) -> float:
        before = [rows[flow.source] for flow in flows if flow.target == state.node.name and flow.source in rows]
        return sum(before) / len(before) if before else len(rows)

    return Column(each.name, each.owner, sorted(each.nodes, key=middle), each.hidden)


def _across(flow: DatasetFlow, places: Mapping[str, PlacedNode], pitch: float) -> Rail | None:
    """The path from the right end of the source's row to the target; None if the target is not further to the right.

    Layers between the two are crossed between their rows, where there is no text.
    """
    first, last = places.get(flow.source), places.get(flow.target)
    if first is None or last is None or last.x <= first.x:
        return None
    start, y = first.x + pitch - TURN, first.y
    path = f"M{first.x:.0f} {y:.0f}H{start:.0f}"
    if last.x - first.x > 1.5 * pitch:
        between = first.y + (STEP / 2 if last.y >= first.y else -STEP / 2)
        path += f"{_bend(start, y, first.x + pitch, between)}H{last.x - TURN:.0f}"
        start, y = last.x - TURN, between
    return Rail(path + _bend(start, y, last.x - 7, last.y), _thickness(flow), _kind(first.state))


def _bend(x: float, y: float, to_x: float, to_y: float) -> str:
    """A curve with horizontal ends."""
    return f"C{to_x - 3:.0f} {y:.0f} {x:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"


def _down(flow: DatasetFlow, places: Mapping[str, PlacedNode]) -> Rail | None:
    first, last = places.get(flow.source), places.get(flow.target)
    if first is None or last is None or last.y <= first.y:
        return None
    end = (
        ""
        if first.x == last.x
        else f"V{last.y - 40:.0f}C{first.x} {last.y - 14:.0f} {last.x} {last.y - 26:.0f} {last.x} {last.y:.0f}"
    )
    return Rail(f"M{first.x} {first.y:.0f}{end or f'V{last.y:.0f}'}", _thickness(flow), _kind(first.state))


def _kind(source: NodeState) -> str:
    """The style of a connection: broken if its source failed."""
    return _RAILS.get(source.glyph, "")


def _thickness(flow: DatasetFlow) -> float:
    return round(min(1.6 + log2(flow.runs + 1) / 2.5, 5), 1)


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: max(letters - 1, 1)] + "…"
