"""Detectors: code for findings that a Sigma rule cannot express. All modules of this package are loaded.

A detector module has `EVIDENCE`, the types of evidence that it handles, and `detect(evidence, context) ->
Iterable[Finding | Recovery]`. The context provides all inputs. A detector that calls Google declares the required IAM
permissions as `PERMISSIONS`; the deployed role is generated from them, unless its `is_enabled(settings)` is False.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from collectors.metrics_analysis.evidence import Evidence, MonitoringIncident, Report, Tick
from collectors.metrics_analysis.sigma.finding import crash
from collectors.metrics_analysis.sigma.template import show
from shared.clients import Clients
from shared.config import Settings
from shared.errors import HinomiError
from shared.model import Finding, ProbeReading, Recovery
from shared.records import IncidentView
from shared.texts import findings

Effect = Finding | Recovery


def _none_unresolved(_rule: str) -> Sequence[IncidentView]:
    return ()


def _none_read(_probe: str, _since: datetime, _until: datetime) -> Sequence[ProbeReading]:
    return ()


def _keep_nothing(_reading: ProbeReading) -> None:
    """The default for storing readings, without a database: does nothing."""


@dataclass(frozen=True, slots=True)
class DetectorContext:
    """The inputs of a detector.

    `load` are the compiled thresholds of the metric catalogue, `reporters` those of rules/reporters.yaml.
    `unresolved(rule)` returns the unresolved incidents of a rule, `readings(probe, since, until)` the readings of a probe,
    oldest first; both query the Error DB. `keep(reading)` stores a new reading.
    """

    now: datetime
    settings: Settings
    clients: Clients
    load: list[dict[str, Any]]
    reporters: list[dict[str, Any]] = field(default_factory=list)
    unresolved: Callable[[str], Sequence[IncidentView]] = field(default=_none_unresolved)
    readings: Callable[[str, datetime, datetime], Sequence[ProbeReading]] = field(default=_none_read)
    keep: Callable[[ProbeReading], None] = field(default=_keep_nothing)


class Detector(Protocol):
    """The interface of a module in this package."""

    __name__: str
    EVIDENCE: tuple[type, ...]

    def detect(self, evidence: Any, context: DetectorContext) -> Iterable[Effect]:
        """The findings and recoveries for the evidence. Raises TransientError if it must be delivered again."""


def detect(evidence: Evidence, context: DetectorContext, detectors: Sequence[Detector] | None = None) -> list[Effect]:
    """The findings and recoveries of all detectors, in the order of their names.

    A crashed detector becomes a finding about itself, and the others still run. A HinomiError (such as a
    TransientError) is raised to the caller.
    """
    effects: list[Effect] = []
    for detector in discover() if detectors is None else detectors:
        if not isinstance(evidence, detector.EVIDENCE):
            continue
        try:
            effects += list(detector.detect(evidence, context))
        except HinomiError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded as a finding
            effects.append(_crashed(detector.__name__.rpartition(".")[2], error, evidence, context))
    return effects


@cache
def discover() -> tuple[Detector, ...]:
    """Every module of this package, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(cast("Detector", importlib.import_module(f"{__name__}.{name}")) for name in names)


def permissions() -> frozenset[str]:
    """The permissions that the detectors declare."""
    return frozenset(name for each in discover() for name in getattr(each, "PERMISSIONS", ()))


def _crashed(name: str, error: Exception, evidence: Evidence, context: DetectorContext) -> Finding:
    kind = type(error).__name__
    summary = findings.DETECTOR_CRASHED(name=name, error=f"{kind}: {show(str(error))}")
    time = getattr(evidence, "time", context.now)
    key = f"crash:{name}:{_name(evidence, context)}"[:300]
    return crash(f"detector {name}", findings.DETECTOR_CRASHED_TITLE, summary, time=time, event_key=key)


def _name(evidence: Evidence, context: DetectorContext) -> str:
    """A key for the message; equal for every delivery if the message has an id."""
    if isinstance(evidence, Tick):
        return f"{evidence.job}:{evidence.time.isoformat()}"
    if isinstance(evidence, Report | MonitoringIncident) and evidence.message_id:
        return evidence.message_id
    return context.now.isoformat()
