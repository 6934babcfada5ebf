"""The names of rules and services that incidents can have, and suggestions for unknown names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Any

from shared.config import Settings
from shared.errors import InputError
from shared.identity.service_names import NAMES
from shared.records import REPORTS
from shared.suggestions import did_you_mean
from shared.texts.cli import silences


def rule_names(settings: Settings) -> set[str]:
    """All rules of HINOMI_RULES_DIR, all load checks, and the rules in Hinomi's code."""
    from collectors.history_analysis.intended_access import findings
    from collectors.metrics_analysis.airflow.findings import RULES as AIRFLOW_RULES
    from collectors.metrics_analysis.detectors import long_jobs, monitoring_incident, threshold
    from collectors.metrics_analysis.sigma import artifact, finding
    from insights.performance import ahead
    from insights.performance.absence import SILENT_RULE
    from insights.performance.alarms import RULE
    from shared.identity.cost_rules import COST_RULES
    from shared.identity.late_jobs import LATE_RULES
    from shared.identity.table_rules import TABLE_RULES
    from shared.quality.result import RULE as CHECK_FAILED

    built_in = {
        finding.CRASHED, threshold.FAILED, long_jobs.RULE, monitoring_incident.RULE, findings.UNINTENDED, findings.LOST,
        *LATE_RULES, *TABLE_RULES, *COST_RULES, *AIRFLOW_RULES, RULE, SILENT_RULE, ahead.RULE,
        CHECK_FAILED,
    }  # fmt: skip
    return built_in | compiled_names(artifact.load(settings.rules_dir))


def compiled_names(artifact: dict[str, Any]) -> set[str]:
    """The rules of a compiled artifact that have findings, its correlations and its load checks."""
    rules = {spec["name"] for spec in artifact["rules"] if not spec["silent"]}
    correlations = {spec["name"] for spec in artifact["correlations"]}
    return rules | correlations | {f"load/{metric['key']}" for metric in artifact["load"]}


def check_service_patterns(patterns: Iterable[str], settings: Settings) -> None:
    """Raises InputError for a pattern that matches no service, if one has a similar name.

    Other services may come from reporters.
    """
    from collectors.metrics_analysis.sigma import artifact

    made = artifact.load(settings.rules_dir)
    reported = (name for reporter in made.get("reporters", ()) for name in reporter["service"])
    services = {*NAMES, *(spec["service"] for spec in (*made["rules"], *made["correlations"])), *reported}
    for pattern in patterns:
        is_known = any(fnmatchcase(name, pattern) for name in services)
        if not is_known and (near := did_you_mean(pattern.replace("*", ""), services)):
            raise InputError(silences.NO_SERVICE_MATCHES(pattern=pattern, suggestion=near))


def check_rule_patterns(patterns: Iterable[str], names: Collection[str]) -> None:
    """Raises InputError with similar names for a pattern that matches no known rule, except for reports."""
    for pattern in patterns:
        if not pattern.startswith(REPORTS) and not any(fnmatchcase(name, pattern) for name in names):
            hint = did_you_mean(pattern.replace("*", ""), names) or silences.SHOW_RULES
            raise InputError(silences.NO_RULE_MATCHES(pattern=pattern, suggestion=hint))
