"""The layer of the platform map that a table belongs to, and the owner of the layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from insights.access import compiled_map
from insights.access.platform_map import matches
from shared.errors import InputError
from shared.logs import log

LayerOf = Callable[[str], tuple[str, str]]


def layer_of_tables(platform_file: str) -> LayerOf:
    """Returns a function from `project.dataset.table` to the name and owner of its layer; both are empty without a layer or map.

    A map that cannot be read is logged.
    """
    if not platform_file:
        return lambda _table: ("", "")
    try:
        layers = compiled_map.load(Path(platform_file)).layers
    except InputError as error:
        log("ERROR", "the platform map cannot be used", error=str(error))
        return lambda _table: ("", "")

    def layer_of(table: str) -> tuple[str, str]:
        names = (table, table.rpartition(".")[0])
        of_table = (each for each in layers if matches(names, each.patterns.get("datasets", ())))
        return next(((each.name, each.owner.removeprefix("group:")) for each in of_table), ("", ""))

    return layer_of
