"""Says whether grants are intended, by the rules of drift, for the few grants of one answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from insights.access.drift.assessment import Assessment, severity, why
from insights.access.drift.layer_scope import LayerScope
from insights.access.hierarchy import Hierarchy
from insights.access.membership import Memberships
from insights.access.model import AccessGrant
from insights.access.platform_map import PlatformMap
from insights.access.roles import Roles
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.texts import EMPTY, Text
from shared.texts.access.drift import BASELINE


class Intent(StrEnum):
    """Whether the platform map explains a grant. Unknown without a map, or if the map does not cover the resource."""

    UNINTENDED = "unintended"
    UNKNOWN = "unknown"
    BASELINE = "baseline"
    INTENDED = "intended"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The intent of a grant: `text` is the persona or the reason, `severity` the severity of an unintended grant."""

    intent: Intent = Intent.UNKNOWN
    text: Text = EMPTY
    severity: Severity | None = None


class Intentions:
    """Compares grants with the platform map as of `at`; without a map the intent of every grant is unknown."""

    def __init__(
        self, session: Session, platform_map: PlatformMap | None, hierarchy: Hierarchy, roles: Roles, at: datetime
    ) -> None:
        self.scope = LayerScope(platform_map, hierarchy) if platform_map else None
        self._assessment = (
            Assessment(self.scope, roles, Memberships(session, (at, at)), at) if self.scope is not None else None
        )
        self._judgements: dict[tuple[str, str, str, str], Judgement] = {}

    def of(self, grant: AccessGrant) -> Judgement:
        """Returns the intent of a grant."""
        if grant.key not in self._judgements:
            self._judgements[grant.key] = self._judge(grant)
        return self._judgements[grant.key]

    def _judge(self, grant: AccessGrant) -> Judgement:
        assessed = self._assessment.of(grant) if self._assessment else None
        if assessed is None:
            return Judgement()
        if assessed.persona:
            return Judgement(Intent.INTENDED, Text.verbatim(assessed.persona))
        if assessed.baseline:
            return Judgement(Intent.BASELINE, BASELINE[assessed.baseline.name])
        return Judgement(Intent.UNINTENDED, why(assessed), severity(grant, assessed.ability))
