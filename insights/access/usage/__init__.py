"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from insights.access.usage.assess import SLACK, UsageEvidence
from insights.access.usage.report import LIMITS, UsageSummary

__all__ = ["LIMITS", "SLACK", "UsageEvidence", "UsageSummary"]
