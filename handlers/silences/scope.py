"""The scope of a silence.

One that covers several services, a whole service or a long time may hide unexpected problems.
"""

from __future__ import annotations

import re
from datetime import timedelta

from handlers.spec import Match, Patterns

LONG = timedelta(days=30)
NAMED = 3  # literal characters from which a pattern counts as specific

_WILDCARD = re.compile(r"\[!?\]?[^\]]*\]|[*?]")
# Regular expressions are taken for shell patterns, and match nothing.
_REGULAR_EXPRESSION = re.compile(r"\^|\.[*+]")


def is_wide(match: Match) -> bool:
    """Whether the silence may match incidents of more than one service.

    A service, the rules of one folder, and resources or labels without wildcards limit it. A kind, a severity, a project,
    a principal or a pattern such as `etl-*` does not: they occur in every service.
    """
    is_of_one = _one_service(match.service) or _one_folder(match.rule)
    return not (is_of_one or _exact(match.resource) or any(map(_exact, match.labels.values())))


def whole_service(match: Match) -> str | None:
    """The service whose resources the silence covers entirely; None if it is wider, or limited to certain names or rules."""
    rules = tuple(_name_of_rule(rule) for rule in match.rule)
    limits = (match.resource, match.principal, *match.labels.values(), rules)
    if is_wide(match) or any(map(_named, limits)):
        return None
    if _one_service(match.service):
        return match.service[0]
    return _folder_of_rule(match.rule[0]) if match.rule else None


def regular_expression(match: Match) -> str | None:
    """The first pattern that looks like a regular expression; None if none does."""
    patterns = (match.service, match.rule, match.resource, match.principal, match.project, *match.labels.values())
    return next((one for several in patterns for one in several if _REGULAR_EXPRESSION.match(one)), None)


def _one_service(patterns: Patterns) -> bool:
    return len(set(patterns)) == 1 and _exact(patterns)


def _one_folder(patterns: Patterns) -> bool:
    """Whether all rules are in one folder, such as bigquery/job_failed and bigquery/*."""
    folders = {_folder_of_rule(pattern) for pattern in patterns}
    return len(folders) == 1 and _exact(tuple(folders))


def _folder_of_rule(pattern: str) -> str:
    return pattern.partition("/")[0] if "/" in pattern else "*"


def _name_of_rule(pattern: str) -> str:
    return pattern.partition("/")[2]


def _exact(patterns: Patterns) -> bool:
    return bool(patterns) and not any(_WILDCARD.search(pattern) for pattern in patterns)


def _named(patterns: Patterns) -> bool:
    return bool(patterns) and all(len(_WILDCARD.sub("", pattern)) >= NAMED for pattern in patterns)
