"""A pipeline run that takes too long."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.support.fault_worlds import World
from tests.support.fault_worlds.vertex_ai._cancellation import running


def world() -> AbstractContextManager[World]:
    """The pipeline run is in progress."""
    return running("pipelineJobs", "churn-train-20261123081512", "PIPELINE_STATE")
