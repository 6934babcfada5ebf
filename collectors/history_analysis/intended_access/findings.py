"""What is said of access that breaks the platform's map, without what HINOMI_REDACT names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.revoked_access import RevokedAccess
from insights.access.drift.severity import severity
from insights.access.model import AccessGrant
from insights.access.role_levels import Level
from shared.history_paths import hidden
from shared.iam_names import BIGQUERY, MANAGER, STORAGE, project_of, short_name
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.redaction import REDACTED

UNINTENDED = "platform/unintended_access"
LOST = "platform/lost_access"
SERVICES = {BIGQUERY: "bigquery", STORAGE: "storage", MANAGER: "iam", "//pubsub.googleapis.com/": "pubsub"}
LEVELS = {Level.READ: "読み取り", Level.WRITE: "書き込み", Level.ADMIN: "管理"}
OVER = {
    UNINTENDED: (
        "the grant is gone or ran out, or the map explains it now",
        "付与が取り消されたか期限が切れた、またはマップのペルソナに該当するようになった",
    ),
    LOST: (
        "the access is back, or the map does not ask for it any more",
        "アクセス権が戻ったか、マップで求められなくなった",
    ),
}


class Teller:
    """Puts grants and losses into findings. `redact` are the patterns of HINOMI_REDACT."""

    def __init__(self, redact: Sequence[str]) -> None:
        self._hidden = hidden(redact)

    def unintended(self, judged: AssessedGrant) -> Finding:
        """A grant that no persona explains."""
        grant = judged.access.grant
        member, role, resource = self._grant(grant)
        layers = ", ".join(judged.layers)
        where, ja_where = (f" in layer {layers}", f"（{layers} 層）") if layers else ("", "")
        key = fingerprint(UNINTENDED, grant.key)
        return Finding(
            rule=UNINTENDED,
            title="Access that nobody is meant to have",
            severity=severity(grant, judged.ability),
            summary=f"{member} has {role} on {resource}{where}: no persona explains it",
            fingerprint=key,
            time=grant.valid_from,
            event_key=f"{UNINTENDED}|{key}|{grant.valid_from.isoformat()}",
            principal=self._shown("granted_by", grant.granted_by or ""),
            translations={
                "ja": {
                    "title": "想定外のアクセス権",
                    "summary": f"{resource}{ja_where}で {member} に {role} が付与されている: 該当するペルソナなし",
                }
            },
            **self._rest(grant, "ADD", exact=grant.exact_from),
        )

    def lost(self, loss: RevokedAccess, now: datetime) -> Finding:
        """Intended access that was taken away."""
        grant, asked = loss.grant, loss.intended
        lost_at = grant.valid_to or now
        _, role, resource = self._grant(grant)
        member = self._shown("member", asked.member)
        where, ja_where = self._places(loss)
        how, ja_how = ("ran out", "期限が切れた") if loss.ran_out else ("was taken away", "取り消された")
        key = fingerprint(LOST, loss.identity)
        finding = Finding(
            rule=LOST,
            title="Access that somebody is meant to have is gone",
            severity=Severity.HIGH if asked.level is Level.ADMIN else Severity.MEDIUM,
            summary=f"{asked.persona} ({member}) lost {asked.level} on {where}: {role} {how} on {resource}",
            fingerprint=key,
            time=lost_at,
            event_key=f"{LOST}|{key}|{lost_at.isoformat()}",
            principal=self._shown("revoked_by", grant.revoked_by or ""),
            translations={
                "ja": {
                    "title": "必要なアクセス権の喪失",
                    "summary": f"{asked.persona}（{member}）が {ja_where}の{LEVELS[asked.level]}権限を失った: "
                    f"{resource} で {role} が{ja_how}",
                }
            },
            **self._rest(grant, "REMOVE", exact=grant.exact_to),
        )
        finding.labels.update(persona=asked.persona, layer=asked.layer.name)
        return finding

    def over(self, rule: str, key: str, now: datetime) -> Recovery:
        """That an incident of one of the two rules is over."""
        english, japanese = OVER[rule]
        event = f"{rule}|{key}|over|{now.isoformat()}"
        return Recovery(rule, key, now, event, english, {"ja": {"summary": japanese}})

    def _places(self, loss: RevokedAccess) -> tuple[str, str]:
        """The resource that is lost, or how many are."""
        layer, count = loss.intended.layer.name, len(loss.resources)
        if count > 1:
            return f"{count} resources of layer {layer}", f"{layer} 層のリソース {count} 件"
        name = self._shown("resource", short_name(loss.resources[0]))
        return f"{name} in layer {layer}", f"{layer} 層の {name} "

    def _grant(self, grant: AccessGrant) -> tuple[str, str, str]:
        """Member, role and resource as they may be shown."""
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


def fingerprint(rule: str, parts: Sequence[str]) -> str:
    """What makes it the same fault."""
    return hashlib.sha256(json.dumps([rule, *parts]).encode()).hexdigest()[:32]
