"""Whether a silence is broad: one that covers several services, or lasts long, may hide unexpected problems."""

from __future__ import annotations

import re
from datetime import timedelta

from handlers.spec import Match, Patterns

LONG = timedelta(days=30)
NAMED = 3  # literal characters from which a pattern counts as specific

_WILDCARD = re.compile(r"\[!?\]?[^\]]*\]|[*?]")


def is_wide(match: Match) -> bool:
    """Whether it may match incidents of more than one service.

    A service, the rules of one folder, and named resources or labels limit it. A kind, a severity, a project or a
    principal does not: they occur in every service.
    """
    return not (_one_service(match.service) or _one_folder(match.rule) or _named(match.resource) or _labelled(match))


def _one_service(patterns: Patterns) -> bool:
    return len(set(patterns)) == 1 and not _WILDCARD.search(patterns[0])


def _one_folder(patterns: Patterns) -> bool:
    """Whether all rules are in one folder, such as bigquery/job_failed and bigquery/*."""
    folders = {pattern.partition("/")[0] if "/" in pattern else "*" for pattern in patterns}
    return len(folders) == 1 and not any(_WILDCARD.search(folder) for folder in folders)


def _named(patterns: Patterns) -> bool:
    return bool(patterns) and all(len(_WILDCARD.sub("", pattern)) >= NAMED for pattern in patterns)


def _labelled(match: Match) -> bool:
    return any(_named(patterns) for patterns in match.labels.values())
