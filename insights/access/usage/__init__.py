"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from insights.access.usage.assess import SLACK, Evidence
from insights.access.usage.report import LIMITS, Report

__all__ = ["LIMITS", "SLACK", "Evidence", "Report"]
