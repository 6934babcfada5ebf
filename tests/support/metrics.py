"""Compiled metric catalogues: the shipped one, and an example with a service that Hinomi does not support."""

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
    """The series of the history by service, from the shipped catalogue."""
    return shipped().history


def example_metrics(folder: Path) -> list[dict[str, Any]]:
    """The series of an example catalogue, written to `folder`: one service, `spanner`, which Hinomi does not support."""
    (folder / "metrics").mkdir()
    (folder / "metrics" / "spanner.yaml").write_text(EXAMPLE)
    made = compile_metrics(folder)
    assert made.errors == []
    return made.history
