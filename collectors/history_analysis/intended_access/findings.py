"""Findings about access that differs from the platform map, with HINOMI_REDACT applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from insights.access.drift.assessment import AssessedGrant, severity
from insights.access.drift.revoked_access import RevokedAccess
from insights.access.model import AccessGrant, Level
from shared.identity.fingerprint import fingerprint
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE, project_of, short_name
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step
from shared.redaction import REDACTED
from shared.redaction.history_paths import hidden
from shared.texts import Text, as_text
from shared.texts import next_steps as steps
from shared.texts.access import findings as access_findings
from shared.texts.recorded import translations

UNINTENDED = "platform/unintended_access"
LOST = "platform/lost_access"
SERVICES = {BIGQUERY: "bigquery", STORAGE: "storage", MANAGER: "iam", "//pubsub.googleapis.com/": "pubsub"}
LEVELS = {Level.READ: access_findings.READ, Level.WRITE: access_findings.WRITE, Level.ADMIN: access_findings.ADMIN}
OVER = {UNINTENDED: access_findings.UNINTENDED_OVER, LOST: access_findings.LOST_OVER}


class FindingWriter:
    """Creates findings about unintended grants and revoked access. `redact` are the patterns of HINOMI_REDACT."""

    def __init__(self, redact: Sequence[str]) -> None:
        self._hidden = hidden(redact)

    def unintended(self, assessed: AssessedGrant) -> Finding:
        """The finding for a grant that no persona explains."""
        grant = assessed.access.grant
        member, role, resource = self._grant(grant)
        location = as_text(resource)
        if assessed.layers:
            location = access_findings.RESOURCE_IN_LAYERS(resource=resource, layers=", ".join(assessed.layers))
        title = access_findings.UNINTENDED_TITLE
        summary = access_findings.UNINTENDED(member=member, role=role, resource=location)
        key = fingerprint(UNINTENDED, *grant.key)
        return Finding(
            rule=UNINTENDED,
            title=title.en,
            severity=severity(grant, assessed.ability),
            summary=summary.en,
            fingerprint=key,
            time=grant.valid_from,
            event_key=f"{UNINTENDED}|{key}|{grant.valid_from.isoformat()}",
            principal=self._shown("granted_by", grant.granted_by or ""),
            translations=translations(title=title, summary=summary),
            next_steps=(
                next_step(steps.ASK_GRANTER, ("hinomi", "access", "who"), resource),
                next_step(steps.ACCESS_OF_MEMBER, ("hinomi", "access", "of"), member),
                next_step(steps.MAP_OR_REVOKE, ("hinomi", "access", "drift")),
            ),
            **self._rest(grant, "ADD", exact=grant.exact_from),
        )

    def revoked(self, revoked: RevokedAccess, now: datetime) -> Finding:
        """The finding for expected access that was revoked or expired."""
        grant, expected = revoked.grant, revoked.expected
        end = grant.valid_to or now
        title, summary = access_findings.LOST_TITLE, self._summary(revoked)
        key = fingerprint(LOST, *revoked.identity)
        finding = Finding(
            rule=LOST,
            title=title.en,
            severity=Severity.HIGH if expected.level is Level.ADMIN else Severity.MEDIUM,
            summary=summary.en,
            fingerprint=key,
            time=end,
            event_key=f"{LOST}|{key}|{end.isoformat()}",
            principal=self._shown("revoked_by", grant.revoked_by or ""),
            translations=translations(title=title, summary=summary),
            next_steps=(
                next_step(steps.ASK_REVOKER, ("hinomi", "access", "of"), self._shown("member", expected.member)),
                next_step(steps.GRANT_OR_MAP, ("hinomi", "access", "drift")),
            ),
            **self._rest(grant, "REMOVE", exact=grant.exact_to),
        )
        finding.labels.update(persona=expected.persona, layer=expected.layer.name)
        return finding

    def over(self, rule: str, key: str, now: datetime) -> Recovery:
        """The recovery of an incident of either rule; `key` is its fingerprint."""
        summary = OVER[rule]
        event = f"{rule}|{key}|over|{now.isoformat()}"
        return Recovery(rule, key, now, event, summary.en, translations(summary=summary))

    def _summary(self, revoked: RevokedAccess) -> Text:
        """Names the member and the lost access, and how it was lost."""
        _, role, resource = self._grant(revoked.grant)
        expected = revoked.expected
        template = access_findings.EXPIRED if revoked.is_expired else access_findings.REVOKED
        return template(
            persona=expected.persona,
            member=self._shown("member", expected.member),
            level=LEVELS[expected.level],
            place=self._resources(revoked),
            role=role,
            resource=resource,
        )

    def _resources(self, revoked: RevokedAccess) -> Text:
        """The name of the resource, or the number of resources."""
        layer, count = revoked.expected.layer.name, len(revoked.resources)
        if count > 1:
            return access_findings.RESOURCES_OF_LAYER(count=count, layer=layer)
        name = self._shown("resource", short_name(revoked.resources[0]))
        return access_findings.RESOURCE_OF_LAYER(resource=name, layer=layer)

    def _grant(self, grant: AccessGrant) -> tuple[str, str, str]:
        """Member, role and resource after redaction."""
        resource = self._shown("resource", short_name(grant.resource))
        return self._shown("member", grant.member), self._shown("role", grant.role), resource

    def _rest(self, grant: AccessGrant, action: str, *, exact: bool) -> dict[str, Any]:
        member, role, resource = self._grant(grant)
        delta: dict[str, Any] = {"action": action, "role": role, "member": member}
        if grant.condition:
            delta["condition"] = REDACTED if "condition" in self._hidden else grant.condition
        return {
            "kind": IncidentKind.IRREGULAR_ACCESS,
            "service": next((name for prefix, name in SERVICES.items() if grant.resource.startswith(prefix)), "iam"),
            "resource": resource.removeprefix("gs://"),
            "project": project_of(grant.resource),
            "fields": {"role": role, "member": member, "exact_time": exact},
            "elements": {"bindingDeltas": [delta]},
            "labels": {"member": member, "role": role},
        }

    def _shown(self, column: str, value: str) -> str:
        return REDACTED if value and column in self._hidden else value
