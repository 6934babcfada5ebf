"""The BigQuery locations of a project: from its jobs, its datasets and the settings.

A view of jobs covers one location, and a job needs no dataset of its project there: a compute project may have none.
jobs.list covers the whole project, so it shows the locations of its jobs, and it bills nothing:
docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs/list. Datasets and settings add locations that it may not
show.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

from collectors.history_analysis.bigquery.query import QUOTA
from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.rest import pages

USUAL = "US"  # the default of a job or dataset without a location, by Google's reference
PAGE = "1000"
# Only the needed fields of a job: a page is 60 KB instead of megabytes.
FIELDS = "nextPageToken,jobs(jobReference/location,statistics/creationTime)"


def of_datasets(context: SnapshotContext, *, hidden: bool = False) -> set[str]:
    """The locations of the project's datasets, as BigQuery names them (EU, europe-west1), and those in the settings.

    `hidden` includes the datasets that BigQuery creates for results and sessions.
    """
    params = {"maxResults": PAGE, **({"all": "true"} if hidden else {})}
    listed = pages(context, _url(context, "datasets"), params, quota=QUOTA)
    named = {str(each.get("location") or USUAL) for page, _ in listed for each in page.get("datasets", ())}
    return _once(named, context)


def of_jobs(context: SnapshotContext, since: datetime) -> Generator[Batch, None, list[str]]:
    """The locations of jobs that the project may have created since a time, sorted.

    The list may be long, so each page is a batch without rows: the list is ordered from the newest job, and an
    interrupted run continues with jobs older than the last job of its checkpoint.
    """
    checkpoint = context.checkpoint or {}
    locations = set(checkpoint.get("locations", ()))
    until = checkpoint.get("before") or int(context.window_end.timestamp() * 1000)
    params = {
        "allUsers": "true",
        "projection": "minimal",
        "minCreationTime": str(int(since.timestamp() * 1000)),
        "maxCreationTime": str(until),
        "maxResults": PAGE,
        "fields": FIELDS,
    }
    for page, _ in pages(context, _url(context, "jobs"), params, quota=QUOTA):
        jobs = page.get("jobs", ())
        locations |= {str(job.get("jobReference", {}).get("location") or USUAL) for job in jobs}
        until = min((int(job.get("statistics", {}).get("creationTime") or until) for job in jobs), default=until)
        yield Batch((), {"locations": sorted(locations), "before": until})
    return sorted(_once(locations | of_datasets(context, hidden=True), context))


def _once(locations: set[str], context: SnapshotContext) -> set[str]:
    """The locations with those of the settings, each once, although regions have several spellings (eu, EU)."""
    return set({name.lower(): name for name in (*context.settings.bigquery_locations, *sorted(locations))}.values())


def _url(context: SnapshotContext, what: str) -> str:
    return f"{context.clients.bigquery_url}/bigquery/v2/{context.scope}/{what}"
