"""The load page documents every key of the metric catalogue and every detector."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.reference import metrics
from collectors.metrics_analysis.compiler.metric_schema import Metric, MetricFile, Override, SampleKeys, Threshold
from collectors.metrics_analysis.detectors import Detector, discover
from shared.config import ROOT
from shared.errors import InputError
from shared.validation import Block


@pytest.mark.parametrize("model", [MetricFile, Metric, SampleKeys, Threshold, Override])
def test_every_key_of_the_catalogue_is_documented(model: type[Block]) -> None:
    page = (ROOT / "docs" / "load.md").read_text()
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in page] == []


@pytest.mark.parametrize("detector", discover(), ids=lambda detector: str(detector.__name__))
def test_every_detector_is_documented(detector: Detector) -> None:
    assert f"| `{detector.__name__.rpartition('.')[2]}` |" in (ROOT / "docs" / "load.md").read_text()


def test_a_catalogue_with_a_mistake_gives_no_page(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "x.yaml").write_text("metrics: 5")
    with pytest.raises(InputError):
        metrics.reference(tmp_path)
