"""The collectors: every module of the package `services` is asked for its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from collectors.history_analysis import services
from collectors.history_analysis.collector import Collector
from shared.errors import InputError


@cache
def discover() -> tuple[Collector, ...]:
    """Every collector, by name."""
    found = []
    for module in pkgutil.iter_modules(services.__path__):
        found += importlib.import_module(f"{services.__name__}.{module.name}").COLLECTORS
    return tuple(sorted(found, key=lambda collector: collector.name))


def select(collectors: Sequence[Collector], names: Sequence[str]) -> list[Collector]:
    """Those with the given names, all without any. "bigquery" means all of bigquery. Raises InputError."""
    unknown = [name for name in names if not any(_is(collector, name) for collector in collectors)]
    if unknown:
        known = ", ".join(collector.name for collector in collectors) or "none"
        raise InputError(f"no collector is called '{unknown[0]}'; there are: {known}")
    return [item for item in collectors if not names or any(_is(item, name) for name in names)]


def _is(collector: Collector, name: str) -> bool:
    return name in (collector.name, collector.name.partition(".")[0])
