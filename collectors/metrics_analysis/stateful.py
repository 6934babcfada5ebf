"""From what the rules say of one entry to what is true with the entries before it."""

from __future__ import annotations

from collectors.metrics_analysis.correlation import correlate
from collectors.metrics_analysis.engine import Verdict
from collectors.metrics_analysis.state import State
from shared.model import Finding, Recovery


def settle(verdict: Verdict, state: State) -> tuple[list[Finding], list[Recovery]]:
    """The final findings and recoveries: correlations counted, operations joined with their start.

    The start of an operation that comes after its end is not joined; the finding then lacks what only the
    start says. Its fingerprint never depends on it.
    """
    for start in verdict.starts:
        state.remember(start)
    findings = list(verdict.findings)
    for pending in verdict.pending:
        said = state.recall(pending.operation_key)
        findings.append(pending.complete(said) if said else pending.finding)
    for event in verdict.counted:
        neighbours = state.count(event)
        if neighbours is not None:
            findings += correlate(event, neighbours)
    return findings, list(verdict.recoveries)
