"""Where a project's BigQuery is: the locations of its jobs and datasets, and those that the settings name.

A view of jobs is one location's, and a job needs no dataset of its project there: a project that only computes has
none at all. jobs.list is the project's, so it names the locations that its jobs ran in, and it bills nothing:
docs.cloud.google.com/bigquery/docs/reference/rest/v2/jobs/list. Datasets and settings are for what it may not show.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

from collectors.history_analysis.bigquery.query import QUOTA
from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.rest import pages

USUAL = "US"  # of a job or dataset without a location, by Google's reference
PAGE = "1000"
# Only what is needed of a job: a page is 60 KB instead of megabytes.
FIELDS = "nextPageToken,jobs(jobReference/location,statistics/creationTime)"


def of_datasets(context: SnapshotContext, *, hidden: bool = False) -> set[str]:
    """Where the project has datasets, as BigQuery names it (EU, europe-west1), and where the settings say so.

    Hidden ones are those that BigQuery makes for results and sessions.
    """
    params = {"maxResults": PAGE, **({"all": "true"} if hidden else {})}
    found = pages(context, _url(context, "datasets"), params, quota=QUOTA)
    named = {str(each.get("location") or USUAL) for page, _ in found for each in page.get("datasets", ())}
    return _once(named, context)


def of_jobs(context: SnapshotContext, since: datetime) -> Generator[Batch, None, list[str]]:
    """Where the project may have jobs that were made since then, in order.

    The list may be long, so each page is a batch without rows: the list is the newest first, and a run that was
    interrupted goes on with what is older than the last job of its checkpoint.
    """
    place = context.checkpoint or {}
    found = set(place.get("locations", ()))
    until = place.get("before") or int(context.window_end.timestamp() * 1000)
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
        found |= {str(job.get("jobReference", {}).get("location") or USUAL) for job in jobs}
        until = min((int(job.get("statistics", {}).get("creationTime") or until) for job in jobs), default=until)
        yield Batch((), {"locations": sorted(found), "before": until})
    return sorted(_once(found | of_datasets(context, hidden=True), context))


def _once(found: set[str], context: SnapshotContext) -> set[str]:
    """With those of the settings; a region is one however it is written (eu, EU)."""
    return set({name.lower(): name for name in (*context.settings.bigquery_locations, *sorted(found))}.values())


def _url(context: SnapshotContext, what: str) -> str:
    return f"{context.clients.bigquery_url}/bigquery/v2/{context.scope}/{what}"
