"""The picture of the flow: nodes do not overlap, nodes with a fault are never folded, and connections point forward."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dashboard.flow import layout
from dashboard.flow.states import FAILED, WELL, NodeState, state_of
from dashboard.incidents.situation import Need, OpenIncident
from insights.flow.model import DatasetFlow, FlowNode
from tests.support.incidents import incident


def node(name: str, glyph: str = WELL) -> NodeState:
    about = (OpenIncident(incident(), Need.YOU),) if glyph == FAILED else ()
    return NodeState(FlowNode(name, "datasets"), glyph, about)


@given(sizes=st.lists(st.integers(1, 14), min_size=1, max_size=7))
def test_places_do_not_overlap_and_connections_lead_forward(sizes: list[int]) -> None:
    columns = [
        layout.column(f"l{number}", "", [node(f"p.{number}_{row}" + "x" * 50) for row in range(size)])
        for number, size in enumerate(sizes)
    ]
    names = [each.node.name for column in columns for each in column.nodes]
    pairs = list(zip(names, names[len(columns[0].nodes) :], strict=False))
    flows = [DatasetFlow(source, target, 3) for source, target in pairs]
    columns = layout.untangled(columns, flows)
    for picture in (layout.wide(columns, flows), layout.narrow(columns, flows)):
        places = {(each.x, each.y) for each in picture.nodes}
        assert len(places) == len(picture.nodes) == len(names)
        assert all(0 < x < picture.width and 0 < y < picture.height for x, y in places)
        assert all(re.fullmatch(r"[MHVC\d. -]+", rail.path) for rail in picture.rails)


def test_a_long_layer_folds_what_is_well_and_counts_it() -> None:
    made = layout.column("raw", "", [*(node(f"p.{row:02}") for row in range(30)), node("p.z", FAILED)])
    assert len(made.nodes) == layout.MOST_ROWS
    assert made.hidden == 31 - layout.MOST_ROWS
    assert "p.z" in [each.node.name for each in made.nodes]


def test_an_incident_belongs_to_the_nodes_that_it_names_whole() -> None:
    about = OpenIncident(incident(resource="airflow:load_mart.merge", effects=("bigquery:raw.orders",)), Need.YOU)
    cases = {
        FlowNode("p.raw", "datasets"): FAILED,
        FlowNode("p.raw2", "datasets"): "unknown",
        FlowNode("p.x", "datasets", frozenset({"airflow:load_mart.merge"})): FAILED,
        FlowNode("p.y", "datasets", frozenset({"airflow:load_mart.mer"})): "unknown",
    }
    assert {each: state_of(each, [about]).glyph for each in cases} == cases


def test_an_incident_of_an_airflow_task_is_about_the_dataset_that_it_writes() -> None:
    view = replace(incident(), resource="etl/sync_crm/pull")
    written = FlowNode("p.raw_crm", "datasets", frozenset({"airflow:sync_crm.pull"}))
    other = FlowNode("p.raw", "datasets", frozenset({"airflow:crm.pull", "sync_crm.pull"}))
    about = [OpenIncident(view, Need.YOU)]

    assert state_of(written, about).glyph == FAILED
    assert state_of(other, about).glyph != FAILED
