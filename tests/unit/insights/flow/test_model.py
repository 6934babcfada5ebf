"""The flow of data follows the layers of the map, or the order in which data passes through the datasets."""

from __future__ import annotations

from datetime import UTC, datetime

from insights.access.platform_map import Layer, PlatformMap
from insights.flow.model import MOST_STEPS, DatasetFlow, PlatformFlow, WrittenDataset, arrange

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def flows(*pairs: str) -> list[DatasetFlow]:
    """Flows written as `source>target`."""
    return [DatasetFlow(source, target, 1) for source, _, target in (pair.partition(">") for pair in pairs)]


def names(flow: PlatformFlow) -> list[tuple[str, list[str]]]:
    return [(layer.name, [node.name for node in layer.nodes]) for layer in flow.layers]


def test_without_a_map_a_dataset_comes_after_everything_that_it_is_made_of() -> None:
    made = arrange(flows("p.a>p.b", "p.b>p.c", "p.a>p.c", "p.x>p.c"), {}, None)
    assert names(made) == [("", ["p.a", "p.x"]), ("", ["p.b"]), ("", ["p.c"])]


def test_datasets_that_feed_each_other_have_a_place_too() -> None:
    made = arrange(flows("p.a>p.b", "p.b>p.a"), {}, None)
    assert sorted(name for _, found in names(made) for name in found) == ["p.a", "p.b"]
    assert len(made.layers) <= MOST_STEPS


def test_the_map_names_the_layers_and_what_is_in_none_stands_before_or_after() -> None:
    layers = (
        Layer("raw", "team", {"datasets": ("p.raw_*",), "buckets": ("landing", "tmp-*")}),
        Layer("mart", "", {"datasets": ("p.mart",)}),
        Layer("empty", "", {"datasets": ("q.*",)}),
    )
    written = {"p.raw_a": WrittenDataset({"load"}, NOW)}
    made = arrange(flows("p.source>p.raw_a", "p.raw_a>p.mart", "p.mart>p.copy"), written, PlatformMap(layers, (), ()))
    assert names(made) == [
        ("", ["p.source"]),
        ("raw", ["landing", "p.raw_a"]),
        ("mart", ["p.mart"]),
        ("", ["p.copy"]),
    ]
    raw = made.layers[1]
    assert (raw.owner, raw.nodes[1].jobs, raw.nodes[1].written_at) == ("team", frozenset({"load"}), NOW)


def test_nothing_known_is_an_empty_flow() -> None:
    assert arrange([], {}, None).size == 0
