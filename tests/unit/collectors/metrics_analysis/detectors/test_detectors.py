"""The evidence that each detector gets, and the finding about a detector that crashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.detectors import Detector, DetectorContext, Effect, threshold
from collectors.metrics_analysis.evidence import Evidence, MonitoringIncident, Report, Tick
from shared.clients import Clients
from shared.config import Settings
from shared.errors import TransientError
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery
from shared.series import TimeSeries

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CONTEXT = DetectorContext(NOW, Settings(), Clients(Settings()), [])
TICK = Tick("load-check", NOW)
WELL = Recovery("load/x", "f", NOW, "e", "well")


class Made:
    """A detector that calls a given function."""

    def __init__(self, name: str, answer: Callable[[], Iterable[Effect]], evidence: type = Tick) -> None:
        self.__name__ = f"collectors.metrics_analysis.detectors.{name}"
        self.EVIDENCE: tuple[type, ...] = (evidence,)
        self._answer = answer

    def detect(self, _evidence: Evidence, _context: DetectorContext) -> Iterable[Effect]:
        return self._answer()


def crash() -> Iterable[Effect]:
    yield WELL
    raise KeyError("no\nsuch field")


def away() -> Iterable[Effect]:
    raise TransientError("away")


def found(*made: Detector, evidence: Evidence = TICK) -> list[Effect]:
    return detectors.detect(evidence, CONTEXT, made)


def test_every_module_of_the_package_is_a_detector_in_the_order_of_names() -> None:
    names = [detector.__name__.rpartition(".")[2] for detector in detectors.discover()]
    assert names == ["airflow_state", "kafka", "long_jobs", "monitoring_incident", "report", "threshold"]
    assert all(detector.EVIDENCE and callable(detector.detect) for detector in detectors.discover())


def test_a_detector_gets_only_the_evidence_that_it_wants() -> None:
    assert found(Made("one", lambda: [WELL], evidence=Report)) == []


def test_a_detector_that_crashes_becomes_a_finding_and_the_others_still_run() -> None:
    crashed, well = found(Made("one", crash), Made("two", lambda: [WELL]))
    assert well == WELL
    assert isinstance(crashed, Finding)
    assert (crashed.rule, crashed.kind, crashed.resource) == (
        "hinomi/rule_crashed",
        IncidentKind.JOB_FAILURE,
        "detector one",
    )
    assert crashed.summary == r"one failed on this evidence: KeyError: 'no\nsuch field'. The others still run"


def test_the_same_crash_of_the_same_message_is_one_event_and_one_fault() -> None:
    first, second = found(Made("one", crash)) + found(Made("one", crash))
    assert isinstance(first, Finding)
    assert isinstance(second, Finding)
    assert (first.event_key, first.fingerprint) == (second.event_key, second.fingerprint)


@pytest.mark.parametrize(
    ("evidence", "key"),
    [
        (TICK, "crash:one:load-check:2026-11-23T06:00:00+00:00"),
        (Report("airflow", {}, NOW, "m1"), "crash:one:m1"),
        (MonitoringIncident({}, test=False, message_id="m2"), "crash:one:m2"),
    ],
)
def test_the_event_of_a_crash_is_the_message(evidence: Evidence, key: str) -> None:
    (crashed,) = found(Made("one", crash, evidence=type(evidence)), evidence=evidence)
    assert crashed.event_key == key


def test_a_transient_error_is_for_the_caller() -> None:
    with pytest.raises(TransientError):
        found(Made("one", away))


def test_parts_of_a_fingerprint_cannot_run_into_each_other() -> None:
    assert fingerprint("r", "a", "bc") != fingerprint("r", "ab", "c")


def test_a_label_of_the_resource_and_one_of_the_metric_may_have_one_name() -> None:
    window = threshold.Window("p", {"key": "k", "name": "{location}"}, 0, 60, "UTC")

    def key(location: str) -> str:
        return threshold._subject(window, TimeSeries({"location": location}, {"location": "x"})).fingerprint  # noqa: SLF001

    assert key("europe-west1") != key("us-east1")
    assert key("x") == threshold._subject(window, TimeSeries({"location": "x"}, {})).fingerprint  # noqa: SLF001
