"""The loop guard as a filter: excludes Hinomi's own logs and its declared read-only calls.

Entries that metrics_analysis/loop_guard.py does not recognize as Hinomi's own pass the filter. Declared calls without a
known method name pass too, because only the function can compare all their permissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sinks import regex
from collectors.metrics_analysis.sinks.tree import Compare, Expr, Op, either, every, negate, present

_WHO: Steps = ("protoPayload", "authenticationInfo")
_CHAIN: Steps = (*_WHO, "serviceAccountDelegationInfo")

# A hop that names a principal has one of these; Google's internal hops are empty objects.
# https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
_HOP = ("principalSubject", "firstPartyPrincipal", "thirdPartyPrincipal")


def exclusions(project: str, function_names: Sequence[str], reads: Mapping[str, Sequence[str]]) -> list[Expr]:
    """The conditions that exclude Hinomi's own entries; empty if there is nothing to exclude.

    `reads` are the methods of declared read-only calls, by account.
    """
    own = []
    if function_names:
        own.append(_logged_by(project, function_names))
    own += [_done_by(account, methods) for account, methods in reads.items() if methods]
    return [negate(one) for one in own]


def own_calls(service_accounts: Sequence[str]) -> Expr:
    """All calls by these accounts or by accounts they impersonate. A call that nothing explains is an incident."""
    calls = Compare(("logName",), Op.REGEX, "/logs/cloudaudit[.]googleapis[.]com%2F(activity|data_access)$")
    callers = ((*_WHO, "principalEmail"), (*_CHAIN, "firstPartyPrincipal", "principalEmail"))
    subjects = ((*_WHO, "principalSubject"), (*_CHAIN, "principalSubject"))
    named = [_one_of(steps, service_accounts) for steps in callers]
    return every([calls, either([*named, *(_subject(steps, service_accounts) for steps in subjects)])])


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


def _done_by(account: str, methods: Sequence[str]) -> Expr:
    email, subject = (*_WHO, "principalEmail"), (*_WHO, "principalSubject")
    by_subject = _subject(subject, [account])
    return every(
        [
            Compare(("logName",), Op.REGEX, "/logs/cloudaudit[.]googleapis[.]com%2Fdata_access$"),
            either([_one_of(email, [account]), every([negate(present(email)), by_subject])]),
            either([negate(present(subject)), by_subject]),
            _one_of(("protoPayload", "methodName"), methods),
            negate(present((*_WHO, "serviceAccountKeyName"))),
            *(negate(present((*_CHAIN, name))) for name in _HOP),
        ]
    )


def _subject(steps: Steps, accounts: Sequence[str]) -> Expr:
    """Whether the subject of a caller, such as `serviceAccount:EMAIL`, has the address of one of the accounts."""
    return Compare(steps, Op.REGEX, regex.any_of(accounts, before="(^|[:/])", after="$", cased=True))


def _one_of(steps: Steps, texts: Sequence[str]) -> Expr:
    # `=` would also exclude names that differ in case, which loop_guard.py does not recognize as Hinomi's.
    return Compare(steps, Op.REGEX, regex.any_of(texts, before="^", after="$", cased=True))
