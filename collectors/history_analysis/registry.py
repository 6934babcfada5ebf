"""The collectors: one for the metrics of each service in the metric catalogue, and those in the package `services`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from collectors.history_analysis import services
from collectors.history_analysis.collector import Collector
from collectors.history_analysis.performance import ServiceMetrics
from collectors.history_analysis.quality.queries import collectors
from shared.config import Settings
from shared.errors import HinomiError, InputError
from shared.history import ExpectedCollector
from shared.texts.cli import snapshot as texts


def of_rules(compiled: Mapping[str, Any]) -> tuple[Collector, ...]:
    """All collectors of the compiled rules, including the collectors of data quality queries."""
    return discover(compiled["history"], compiled.get("quality", ()))


def discover(metrics: Sequence[Mapping[str, Any]], queries: Sequence[Mapping[str, Any]] = ()) -> tuple[Collector, ...]:
    """All collectors, ordered by name.

    `metrics` is the compiled metric catalogue, `queries` are the data quality queries.
    """
    performance = [ServiceMetrics.from_compiled(spec).collector() for spec in metrics]
    return tuple(sorted([*performance, *collectors(queries), *_of_services()], key=lambda collector: collector.name))


@cache
def _of_services() -> tuple[Collector, ...]:
    collectors: list[Collector] = []
    for module in pkgutil.iter_modules(services.__path__):
        collectors += importlib.import_module(f"{services.__name__}.{module.name}").COLLECTORS
    return tuple(collectors)


def expected(collectors: Sequence[Collector], settings: Settings) -> dict[str, ExpectedCollector]:
    """The interval and the scopes of each collector, by name; without collectors whose scopes cannot be determined."""
    found: dict[str, ExpectedCollector] = {}
    for collector in collectors:
        with suppress(HinomiError):
            found[collector.name] = ExpectedCollector(collector.every, tuple(collector.scopes(settings)))
    return found


def permissions(collectors: Sequence[Collector], settings: Settings) -> frozenset[str]:
    """The permissions of the collectors that have something to read."""
    return frozenset(name for each in collectors if each.scopes(settings) for name in each.permissions)


def select(collectors: Sequence[Collector], names: Sequence[str]) -> list[Collector]:
    """The collectors with these names; all without names. "bigquery" selects all collectors of bigquery.

    Raises InputError for an unknown name.
    """
    unknown = [name for name in names if not any(_is(collector, name) for collector in collectors)]
    if unknown:
        from shared.suggestions import did_you_mean  # noqa: PLC0415 - only messages about unknown names need it

        near = did_you_mean(unknown[0], (collector.name for collector in collectors)) or texts.SHOW_COLLECTORS
        raise InputError(texts.NO_COLLECTOR(name=unknown[0], suggestion=near))
    return [item for item in collectors if not names or any(_is(item, name) for name in names)]


def _is(collector: Collector, name: str) -> bool:
    return name in (collector.name, collector.name.partition(".")[0])
