"""Compiled metric catalogues: the shipped one, and one of a service that Hinomi does not support."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.metrics import Catalogue, compile_metrics
from shared.config import ROOT

EXAMPLE = """\
source: https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-spanner
description: Sessions of each instance.
metrics:
  - metric: spanner.googleapis.com/instance/session_count
    description: Sessions in use
    kind: gauge
    unit: '1'
    resource: spanner_instance
    labels: [project_id, instance_id]
    visible_after: 180s
    history: {aligner: mean, reducer: sum}
"""


@cache
def shipped() -> Catalogue:
    """The catalogue in rules/metrics/."""
    made = compile_metrics(ROOT / "rules")
    assert made.errors == []
    return made


def kept_metrics() -> list[dict[str, Any]]:
    """The services with the series of the history, as in the compiled rules."""
    return shipped().history


def example_metrics(folder: Path) -> list[dict[str, Any]]:
    """The same for a catalogue in `folder` with one service, `spanner`, which Hinomi does not ship."""
    (folder / "metrics").mkdir()
    (folder / "metrics" / "spanner.yaml").write_text(EXAMPLE)
    made = compile_metrics(folder)
    assert made.errors == []
    return made.history
