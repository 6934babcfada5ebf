"""Forged messages of the demo have no effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import pytest

from collectors.metrics_analysis import detectors
from collectors.metrics_analysis.detectors import DetectorContext
from collectors.metrics_analysis.evidence import LogEntry, NotUnderstoodError, Report, understand
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from demo.entries import PROJECT
from demo.screen import Screen
from demo.situations.forger import REPORTER, Forger
from demo.stage import Stage
from shared.clients import Clients
from shared.config import ROOT, Settings


class SilentScreen:
    def health(self, *_: object) -> None:
        pass

    def line(self, *_: object) -> None:
        pass


@pytest.fixture
def forged() -> list[dict[str, Any]]:
    published: list[dict[str, Any]] = []
    forger = Forger(Stage(published.append, cast("Screen", SilentScreen())))
    forger.forge()
    assert forger.rejected == 1
    return published


def test_forged_audit_entries_match_no_rule_and_end_nothing(forged: list[dict[str, Any]]) -> None:
    engine = Engine(artifact.load(ROOT / "rules"))
    entries = [entry for entry in forged if "protoPayload" in entry]
    assert len(entries) == 2
    for entry in entries:
        evidence = understand(entry, received=_now(entry))
        assert isinstance(evidence, LogEntry)
        assert not engine.evaluate(evidence.entry)
        real = {**evidence.entry, "logName": f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2Factivity"}
        assert engine.evaluate(real)


def test_a_report_of_an_undeclared_reporter_is_rejected(forged: list[dict[str, Any]]) -> None:
    (data,) = [entry for entry in forged if "report" in entry]
    evidence = understand(data, received=_now(data), message_id="1")
    assert isinstance(evidence, Report)
    context = DetectorContext(evidence.time, Settings(), Clients(Settings()), [])
    with pytest.raises(NotUnderstoodError, match=f"the reporter '{REPORTER}' is not declared"):
        detectors.detect(evidence, context)


def _now(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry.get("timestamp") or entry["time"])
