"""The causes of runs that follow a remediation: a message that it failed, or the next step of its chain."""

from __future__ import annotations

import re

_FAILED, _STEP = "failed", "then"
_FOLLOWING = re.compile(rf"(?:{_FAILED}|{_STEP}\|(?P<depth>\d+))\|(?P<run>\d+)")


def of_failure(run_id: int) -> str:
    """The cause of the messages that the run `run_id` failed."""
    return f"{_FAILED}|{run_id}"


def of_step(depth: int, run_id: int) -> str:
    """The cause of step number `depth` of a chain after the run `run_id`."""
    return f"{_STEP}|{depth}|{run_id}"


def depth_of(cause: str) -> int:
    """The number of a run's step in a chain, according to its cause; 0 if it is not a step."""
    found = _FOLLOWING.match(cause)
    return int(found["depth"] or 0) if found else 0


def followed(cause: str) -> int | None:
    """The number of the run that a run with this cause follows; None if it follows none."""
    found = _FOLLOWING.match(cause)
    return int(found["run"]) if found else None
