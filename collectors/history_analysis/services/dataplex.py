"""Dataplex: the results of data quality rules. Scans write them to Cloud Logging if the export of results is on."""

from __future__ import annotations

from datetime import timedelta

from collectors.history_analysis.collector import Collector, projects
from collectors.history_analysis.quality.dataplex import read_results

COLLECTORS = (
    Collector(
        name="dataplex.quality",
        doc="The result of every data quality rule: state, share of rows, threshold.",
        every=timedelta(hours=1),
        permissions=("logging.logEntries.list",),
        scopes=projects,
        collect=read_results,
        overlap=timedelta(minutes=10),
        retention=timedelta(days=30),
    ),
)
