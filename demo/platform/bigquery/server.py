"""A simulated BigQuery: datasets with their access entries, and queries of the INFORMATION_SCHEMA.

Format: docs.cloud.google.com/bigquery/docs/reference/rest/v2/datasets.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from demo.platform.bigquery.jobs import QueryJobs
from demo.platform.http import JsonServer, Reply, Request, google_error

Entry = dict[str, Any]


class BigQueryServer(JsonServer):
    """Datasets with etags; an outdated If-Match is answered with 412. `jobs.schema` has the INFORMATION_SCHEMA."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = QueryJobs()
        self._datasets: dict[tuple[str, str], dict[str, Any]] = {}
        self._writes = 0

    def add_dataset(self, project: str, dataset: str, access: Iterable[Entry] = (), location: str = "EU") -> None:
        """Adds a dataset with these access entries."""
        with self.lock:
            reference = {"projectId": project, "datasetId": dataset}
            resource = {"datasetReference": reference, "location": location, "access": list(access)}
            self._datasets[project, dataset] = resource
            self._touch(project, dataset)

    def grant(self, project: str, dataset: str, entry: Entry) -> None:
        """Adds an access entry, as a person would."""
        with self.lock:
            self._datasets[project, dataset]["access"].append(deepcopy(entry))
            self._touch(project, dataset)

    def revoke(self, project: str, dataset: str, entry: Entry) -> None:
        """Removes an access entry, as a person would."""
        with self.lock:
            self._datasets[project, dataset]["access"].remove(entry)
            self._touch(project, dataset)

    def access(self, project: str, dataset: str) -> list[Entry]:
        """The dataset's access entries."""
        with self.lock:
            return deepcopy(self._datasets[project, dataset]["access"])

    def answer(self, request: Request) -> Reply:
        """Answers a request to the REST API."""
        match (request.method, *request.parts):
            case ("GET", "bigquery", "v2", "projects", project, "datasets", dataset):
                return self._get(project, dataset, _version(request))
            case ("PATCH", "bigquery", "v2", "projects", project, "datasets", dataset):
                return self._patch(project, dataset, request)
            case ("GET", "bigquery", "v2", "projects", project, "datasets"):
                return self._list(project, request)
        return self.jobs.answer(request)

    def _get(self, project: str, dataset: str, version: int) -> Reply:
        resource = self._datasets.get((project, dataset))
        if resource is None:
            return google_error(404, f"Not found: Dataset {project}:{dataset}", "notFound")
        answer = {"kind": "bigquery#dataset", "id": f"{project}:{dataset}", **deepcopy(resource)}
        if version < 3:
            answer["access"] = [_masked(entry) for entry in answer["access"]]
        return Reply(200, answer)

    def _list(self, project: str, request: Request) -> Reply:
        if project in self.jobs.denied:
            return google_error(403, f"Access Denied: Project {project}: bigquery.datasets.get", "accessDenied")
        items = [
            {"kind": "bigquery#dataset", "id": f"{owner}:{dataset}"}
            | {name: value[name] for name in ("datasetReference", "location")}
            for (owner, dataset), value in sorted(self._datasets.items())
            if owner == project and (request.query.get("all") == "true" or not dataset.startswith("_"))
        ]
        start, size = int(request.query.get("pageToken") or 0), int(request.query.get("maxResults") or 50)
        more = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
        return Reply(200, {"kind": "bigquery#datasetList", "datasets": items[start : start + size], **more})

    def _patch(self, project: str, dataset: str, request: Request) -> Reply:
        resource = self._datasets.get((project, dataset))
        if resource is None:
            return google_error(404, f"Not found: Dataset {project}:{dataset}", "notFound")
        if request.headers.get("if-match", resource["etag"]) != resource["etag"]:
            return google_error(412, "Precondition check failed.", "conditionNotMet")
        conditional = any("condition" in entry for entry in resource["access"] + request.body.get("access", []))
        if conditional and _version(request) < 3:
            return google_error(400, "accessPolicyVersion must be 3 for conditional access entries.", "invalid")
        resource.update(deepcopy(request.body))
        self._touch(project, dataset)
        return self._get(project, dataset, 3)

    def _touch(self, project: str, dataset: str) -> None:
        self._writes += 1
        self._datasets[project, dataset]["etag"] = f"etag-{self._writes}"


def _version(request: Request) -> int:
    return int(request.query.get("accessPolicyVersion", "1"))


def _masked(entry: Entry) -> Entry:
    """The binding for a caller that requests an older version: another role name and no condition."""
    if "condition" not in entry:
        return entry
    return {
        **{key: entry[key] for key in entry if key != "condition"},
        "role": f"{entry['role']}_withcond_0123456789abcdef",
    }
