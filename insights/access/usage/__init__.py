"""Whether grants were used: joins grants with audit logs. Where the logs could not show a use, it is unknown."""

from insights.access.usage.assess import SLACK, UsageEvidence
from insights.access.usage.summary import LIMITS, UsageSummary

__all__ = ["LIMITS", "SLACK", "UsageEvidence", "UsageSummary"]
