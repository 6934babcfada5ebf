"""The page of watched metrics is the catalogue, and the load page names what the catalogue knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.reference import metrics
from collectors.metrics_analysis.compiler.load_fields import METRIC
from collectors.metrics_analysis.detectors import Detector, discover
from shared.config import ROOT
from shared.errors import InputError


def test_the_page_of_watched_metrics_is_up_to_date() -> None:
    assert metrics.PAGE.read_text() == metrics.reference(ROOT / "rules"), "python -m cli.load_reference"


@pytest.mark.parametrize("field", METRIC)
def test_every_field_of_a_metric_is_documented(field: str) -> None:
    assert f"`{field}`" in (ROOT / "docs" / "load.md").read_text()


@pytest.mark.parametrize("detector", discover(), ids=lambda detector: str(detector.__name__))
def test_every_detector_is_documented(detector: Detector) -> None:
    assert f"| `{detector.__name__.rpartition('.')[2]}` |" in (ROOT / "docs" / "load.md").read_text()


def test_a_catalogue_with_a_mistake_gives_no_page(tmp_path: Path) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "x.yaml").write_text("metrics: 5")
    with pytest.raises(InputError):
        metrics.reference(tmp_path)
