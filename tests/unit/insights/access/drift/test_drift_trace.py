"""The number of files that `hinomi access drift` passes through is limited."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from benchmarks.house import DRIFT_FILES
from tests.support.drift_trace import entered


@pytest.mark.sqlite
def test_drift_enters_few_files(session: Session, tmp_path: Path) -> None:
    trace = entered(session, tmp_path)
    assert trace.unintended
    assert trace.missing
    assert len(trace.files) <= DRIFT_FILES, "\n".join(sorted(trace.files))
