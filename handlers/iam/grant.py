"""One grant: a member, a role and a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.identity.iam_names import member_name
from shared.lazy.dataclass import dataclass

PUBLIC = ("allUsers", "allAuthenticatedUsers")
_PEOPLE = ("user", "group", "domain")


@dataclass(frozen=True, slots=True)
class PolicyGrant:
    """A member's role. `condition` is (expression, title, description), or None."""

    role: str
    member: str
    condition: tuple[str, str, str] | None = None

    @property
    def is_public(self) -> bool:
        """Whether everybody on the internet, or everybody with a Google account, has the role."""
        return self.member in PUBLIC

    def is_outside(self, allowed_domains: Sequence[str]) -> bool:
        """Whether the member is a user, a group or a domain outside the allowed domains.

        Without allowed domains no member is outside. Service accounts and workload identities never are: removing a
        role from them breaks programs.
        """
        kind, _, name = self.member.partition(":")
        if not allowed_domains or kind not in _PEOPLE:
            return False
        return name.rpartition("@")[2].casefold() not in {domain.casefold() for domain in allowed_domains}

    def as_dict(self) -> dict[str, Any]:
        """The grant as JSON: role, member and, if there is one, the condition by the names of the API."""
        block: dict[str, Any] = {"role": self.role, "member": self.member}
        if self.condition:
            block["condition"] = dict(zip(("expression", "title", "description"), self.condition, strict=True))
        return block

    def __str__(self) -> str:
        return f"{self.member} as {self.role}" + (" with a condition" if self.condition else "")


def condition_of(block: Any) -> tuple[str, str, str] | None:
    """The condition of a binding, an access entry or a binding delta, in one comparable form."""
    if not isinstance(block, Mapping) or not block.get("expression"):
        return None
    return str(block["expression"]), str(block.get("title", "")), str(block.get("description", ""))


def grant_of(role: str, member: str, condition: Any = None) -> PolicyGrant:
    """A grant in comparable form; addresses are case-insensitive, subjects of identity pools are not."""
    return PolicyGrant(role, member_name(member), condition_of(condition))


BINDING_DELTAS = "bindingDeltas"  # the list of the grants that an event added and removed


def added(elements: Mapping[str, Sequence[Any]]) -> list[PolicyGrant]:
    """The grants that an event added: binding deltas with action ADD (google.iam.v1.logging.AuditData, BindingDelta)."""
    return _with_action(elements, "ADD")


def removed(elements: Mapping[str, Sequence[Any]]) -> list[PolicyGrant]:
    """The grants that an event removed, without those whose condition is redacted and therefore unreadable."""
    return _with_action(elements, "REMOVE")


def public_in_policies(elements: Mapping[str, Sequence[Any]]) -> list[PolicyGrant]:
    """The public grants in the bindings of a whole policy; the entry does not show which of them the call added."""
    bindings = [item for items in elements.values() for item in items if isinstance(item, Mapping) and item.get("role")]
    named = ((each, each["members"]) for each in bindings if isinstance(each.get("members"), list))
    grants = (
        grant_of(str(binding["role"]), member, binding.get("condition"))
        for binding, members in named
        for member in members
        if member in PUBLIC
    )
    return list(dict.fromkeys(grants))


def _with_action(elements: Mapping[str, Sequence[Any]], action: str) -> list[PolicyGrant]:
    grants: list[PolicyGrant] = []
    for element in (item for items in elements.values() for item in items if isinstance(item, Mapping)):
        condition = element.get("condition")
        is_readable = action == "ADD" or condition is None or isinstance(condition, Mapping)
        if element.get("action") == action and element.get("role") and element.get("member") and is_readable:
            grant = grant_of(str(element["role"]), str(element["member"]), condition)
            if grant not in grants:
                grants.append(grant)
    return grants
