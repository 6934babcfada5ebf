"""Whether grants were used: grants joined with audit logs; unknown wherever the logs could not have shown a use."""

from insights.access.usage.assess import SLACK, UsageEvidence
from insights.access.usage.summary import LIMITS, UsageSummary

__all__ = ["LIMITS", "SLACK", "UsageEvidence", "UsageSummary"]
