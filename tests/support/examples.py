"""The number of examples with which a property is tested; `EXAMPLES=10` multiplies it by ten.

A property that needs a database is tested with generated examples on SQLite, where a database takes milliseconds.
PostgreSQL's SQL differs, and its answers must not: there a few fixed examples are enough.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("EXAMPLES", "1"))
# The database of a test is emptied for each example.
SHARED_DATABASE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
# An example takes too long to shrink it.
WITHOUT_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]


def several(examples: int) -> settings:
    """Settings of a property that needs no database."""
    return settings(max_examples=examples * TIMES)


def generated(examples: int) -> settings:
    """Settings of a property on SQLite."""
    return settings(max_examples=examples * TIMES, phases=WITHOUT_SHRINKING, suppress_health_check=SHARED_DATABASE)


def fixed(examples: int) -> settings:
    """Settings of a property on PostgreSQL: the same examples in every run."""
    phases = [Phase.explicit, Phase.generate]
    return settings(
        max_examples=examples, phases=phases, derandomize=True, database=None, suppress_health_check=SHARED_DATABASE
    )
