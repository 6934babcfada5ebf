"""A custom job that runs too long."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.support.fault_worlds import World
from tests.support.fault_worlds.vertex_ai._cancellation import running


def world() -> AbstractContextManager[World]:
    """The job is running."""
    return running("customJobs", "4815162342", "JOB_STATE")
