"""Whether grants were used, from the calls in the audit logs. Unknown if the logs could not have shown a use."""

from insights.access.usage.assess import SLACK, UsageEvidence
from insights.access.usage.summary import LIMITS, UsageSummary

__all__ = ["LIMITS", "SLACK", "UsageEvidence", "UsageSummary"]
