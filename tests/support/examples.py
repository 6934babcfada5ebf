"""The number of examples for properties that need a database.

A property is generated on SQLite, where a database costs milliseconds. On PostgreSQL, whose SQL differs and whose
results must not, a few fixed examples are enough.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

# The database of a test is emptied for each example.
SHARED_DATABASE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
# An example takes too long to shrink.
WITHOUT_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]


def generated(examples: int) -> settings:
    """Settings of a property on SQLite."""
    return settings(max_examples=examples, phases=WITHOUT_SHRINKING, suppress_health_check=SHARED_DATABASE)


def fixed(examples: int) -> settings:
    """Settings of a property on PostgreSQL: the same examples in every run."""
    phases = [Phase.explicit, Phase.generate]
    return settings(
        max_examples=examples, phases=phases, derandomize=True, database=None, suppress_health_check=SHARED_DATABASE
    )
