"""Checks reports against the reporters that rules/reporters.yaml declares, in their compiled form.

Pub/Sub does not tell a subscriber who published a message. A reporter is identified by its topic, on which deploy.sh
lets its declared publishers alone publish, and whose messages come to a path of their own (routes.py). The report must be
within its declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from collectors.metrics_analysis.evidence import NotUnderstoodError, Report
from collectors.metrics_analysis.sigma import rule_files
from collectors.metrics_analysis.sigma.template import show
from shared.texts import evidence as texts

FILE = rule_files.REPORTERS
ATTRIBUTE = "reporter"  # attribute of a message with the name of the reporter, if the sender sets it
_WILD = set("*?[")


def check_attribute(evidence: Report, attributes: Mapping[str, str]) -> None:
    """Raises NotUnderstoodError when the attribute of a message names another reporter than the report."""
    named = attributes.get(ATTRIBUTE)
    if named is not None and named != evidence.source:
        source = show(evidence.source)[:60]
        raise NotUnderstoodError(texts.REPORTER_ATTRIBUTE(attribute=ATTRIBUTE, named=show(named)[:60], source=source))


def find(reporters: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The declaration of a reporter. Raises NotUnderstoodError with advice when there is none."""
    for reporter in reporters:
        if reporter["name"] == name:
            return reporter
    from shared.suggestions import did_you_mean  # noqa: PLC0415 - most messages are from declared reporters

    near = did_you_mean(name, [reporter["name"] for reporter in reporters], most=1)
    if near:
        raise NotUnderstoodError(texts.REPORTER_MISSPELLED(name=name, suggestion=near, file=FILE))
    raise NotUnderstoodError(texts.REPORTER_UNDECLARED(name=name, file=FILE))


def service_of(reporter: Mapping[str, Any], reported: str) -> str:
    """The service of a report: its own field, else the declared one, else the name of the reporter."""
    declared = reporter["service"]
    if reported:
        return reported.lower()
    return str(declared[0]) if len(declared) == 1 and not _WILD & set(declared[0]) else str(reporter["name"]).lower()


def check(reporter: Mapping[str, Any], **values: str) -> None:
    """Raises NotUnderstoodError for a kind, service or resource that the declaration does not cover."""
    for key, value in values.items():
        if not _covers(reporter[key], value):
            allowed = ", ".join(reporter[key])
            raise NotUnderstoodError(
                texts.REPORTER_BEYOND(name=reporter["name"], key=key, value=value[:100], file=FILE, allowed=allowed)
            )


def _covers(patterns: Iterable[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
