"""The query for the log entries that may say why a run failed, from the `reason_log` of a rule."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.metrics_analysis.advice.command_line import filled
from collectors.metrics_analysis.sigma.template import Scope


def reason_query(conditions: Sequence[str], scope: Scope) -> str:
    """The conditions with the values of the entry, in the Logging query language; empty if a value is not known.

    No value can end the quotation marks around it, so an entry cannot choose which logs are read.
    """
    parts = [filled(condition, scope) for condition in conditions]
    return " AND ".join(parts) if all(parts) else ""
