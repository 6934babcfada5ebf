"""The loop guard as a filter: actions and logs of Hinomi itself, exactly as metrics_analysis/loop_guard.py decides."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks import regex
from collectors.metrics_analysis.sinks.tree import Compare, Expr, Op, every, negate, present

_WHO: Steps = ("protoPayload", "authenticationInfo")
_CHAIN: Steps = (*_WHO, "serviceAccountDelegationInfo")

# A hop that names a principal has one of these; Google's internal hops are empty objects.
# https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
_HOP = ("principalSubject", "firstPartyPrincipal", "thirdPartyPrincipal")


def foreign(project: str, service_accounts: Sequence[str], function_names: Sequence[str]) -> list[Expr]:
    """The condition for entries that are not Hinomi's own; nothing if there is nothing to exclude."""
    own = []
    if function_names:
        own.append(_logged_by(project, function_names))
    if service_accounts:
        own.append(_done_by(service_accounts))
    return [negate(one) for one in own]


def own_changes(service_accounts: Sequence[str]) -> Expr:
    """All changes by these accounts: if no action run explains one, it is an incident."""
    changes = Compare(("logName",), Op.REGEX, "/logs/cloudaudit[.]googleapis[.]com%2Factivity$")
    return every([changes, _one_of((*_WHO, "principalEmail"), service_accounts)])


def _logged_by(project: str, function_names: Sequence[str]) -> Expr:
    # Others in an organization may have a function of the same name.
    at_home = [_one_of(("resource", "labels", "project_id"), [project])] if project else []
    return every(
        [
            _one_of(("resource", "type"), ["cloud_run_revision"]),
            *at_home,
            _one_of(("resource", "labels", "service_name"), function_names),
            negate(present(("protoPayload",))),
        ]
    )


def _done_by(service_accounts: Sequence[str]) -> Expr:
    return every(
        [
            Compare(("logName",), Op.REGEX, "/logs/cloudaudit[.]googleapis[.]com%2Fdata_access$"),
            _one_of((*_WHO, "principalEmail"), service_accounts),
            negate(present((*_WHO, "serviceAccountKeyName"))),
            *(negate(present((*_CHAIN, name))) for name in _HOP),
        ]
    )


def _one_of(steps: Steps, texts: Sequence[str]) -> Expr:
    # `=` would also exclude names that differ in case, which loop_guard.py treats as somebody else's.
    return Compare(steps, Op.REGEX, regex.any_of(texts, before="^", after="$", cased=True))
