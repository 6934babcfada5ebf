"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from db.schema_db.evidence.judge import SLACK, Evidence
from db.schema_db.evidence.report import Report

__all__ = ["SLACK", "Evidence", "Report"]
