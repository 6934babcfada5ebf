"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from db.schema_db.evidence.judge import SLACK, Evidence
from db.schema_db.evidence.report import LIMITS, Report

__all__ = ["LIMITS", "SLACK", "Evidence", "Report"]
