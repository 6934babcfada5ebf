"""Checks reports against the reporters that rules/reporters.yaml declares, in their compiled form.

Pub/Sub does not give a subscriber the publisher of a message. A reporter is identified by its topic: deploy.sh lets
only the declared publishers publish to it, and its messages arrive on a path of their own (routes.py). The report must
be within the declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Protocol

from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, UntrustedSenderError
from collectors.metrics_analysis.routes import REPORTS, reporter_of
from collectors.metrics_analysis.sigma import rule_files
from collectors.metrics_analysis.sigma.template import show
from shared.texts import evidence as texts

FILE = rule_files.REPORTERS
ATTRIBUTE = "reporter"  # attribute of a message with the name of the reporter, if the sender sets it
_WILD = set("*?[")


class Topics(Protocol):
    """Which reporters use topics of their own."""

    def use_own_topic(self, reporter: str, time: datetime) -> None:
        """Records that the reporter published to its own topic."""

    def own_topic_since(self, reporter: str) -> datetime | None:
        """When the reporter first published to its own topic; None if it never did."""


def check_attribute(evidence: Report, attributes: Mapping[str, str]) -> None:
    """Raises NotUnderstoodError if the attribute of a message names another reporter than the report."""
    named = attributes.get(ATTRIBUTE)
    if named is not None and named != evidence.source:
        source = show(evidence.source)[:60]
        raise NotUnderstoodError(texts.REPORTER_ATTRIBUTE(attribute=ATTRIBUTE, named=show(named)[:60], source=source))


def use_topic(route: str, source: str, sent: datetime, topics: Topics) -> None:
    """Raises UntrustedSenderError for a report on the shared topic by a reporter that uses its own topic.

    `sent` is when Pub/Sub received the report; reports sent before the change of topics are accepted.
    """
    if reporter_of(route):
        topics.use_own_topic(source, sent)
    since = topics.own_topic_since(source) if route == REPORTS else None
    if since is not None and sent > since:
        raise UntrustedSenderError(texts.REPORTER_MOVED(source=source, since=f"{since:%Y-%m-%d %H:%M} UTC"))


def find(reporters: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The declaration of a reporter. Raises NotUnderstoodError with advice if there is none."""
    for reporter in reporters:
        if reporter["name"] == name:
            return reporter
    from shared.suggestions import did_you_mean  # noqa: PLC0415 - most messages are from declared reporters

    near = did_you_mean(name, [reporter["name"] for reporter in reporters], most=1)
    if near:
        raise NotUnderstoodError(texts.REPORTER_MISSPELLED(name=name, suggestion=near, file=FILE))
    raise NotUnderstoodError(texts.REPORTER_UNDECLARED(name=name, file=FILE))


def service_of(reporter: Mapping[str, Any], reported: str) -> str:
    """The service of a report: its own field, otherwise the declared service, otherwise the name of the reporter."""
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
