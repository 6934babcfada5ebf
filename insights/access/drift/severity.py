"""How grave a grant is that nobody is meant to have, and why, in one line."""

from __future__ import annotations

from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.baseline import DEFAULT_ACCOUNT, is_agents_member
from insights.access.iam_conditions import Ternary
from insights.access.model import AccessGrant, Use
from insights.access.role_levels import BASIC, ORDER, Ability, Level
from shared.iam_names import EVERYBODY, MANAGER
from shared.model import Severity

WHO = {"allUsers": "anybody on the internet", "allAuthenticatedUsers": "anybody with a Google account"}
MAY = {
    Level.READ: "read data in {}",
    Level.WRITE: "change data in {}",
    Level.ADMIN: "administer everything in {} and let others in",
}


def severity(grant: AccessGrant, ability: Ability) -> Severity:
    """Everybody and administration are grave; what gives no data is hardly worth a word."""
    level = ability.level
    if grant.member in EVERYBODY:
        return Severity.HIGH if level is Level.READ else Severity.CRITICAL
    if level is Level.ADMIN or (ability.role in BASIC and level is Level.WRITE):
        return Severity.HIGH
    return Severity.LOW if level is Level.READ and not ability.works else Severity.MEDIUM


def why(judged: AssessedGrant) -> str:
    """What it lets do, where, and how that compares with what the member is meant to do."""
    parts = [_who(judged) + _may(judged)]
    if judged.known_as:
        parts.append(f"more than {' and '.join(judged.known_as)} may")
    if judged.holds is Ternary.PERHAPS:
        parts.append("under a condition that is not evaluated here")
    return ", ".join(parts)


def rank(judged: AssessedGrant) -> tuple[object, ...]:
    """The gravest first; of the same gravity what reaches most, and what nobody would miss."""
    grant, ability = judged.access.grant, judged.ability
    level = len(ORDER) if ability.level is None else ORDER.index(ability.level)
    use = list(Use).index(judged.access.usage.state)
    public = grant.member in EVERYBODY
    return (
        -severity(grant, ability).rank, not public, -level, -judged.reach, use == 0, grant.member, grant.role,
        grant.resource,
    )  # fmt: skip


def _who(judged: AssessedGrant) -> str:
    member = judged.access.grant.member
    if member in WHO:
        return f"{WHO[member]} may "
    if DEFAULT_ACCOUNT.fullmatch(member):
        return "whatever runs as the default account may "
    return "an agent of Google's may " if is_agents_member(member) else "may "


def _may(judged: AssessedGrant) -> str:
    level = judged.ability.level
    if level is None:
        return "do what is not known: the permissions of the role were not read"
    if level is Level.READ and not judged.ability.works:
        return "see what is there, not the data"
    if level is Level.ADMIN and not judged.access.grant.resource.startswith(MANAGER):
        return "administer it and let others in"
    return MAY[level].format(", ".join(judged.layers) or "it")
