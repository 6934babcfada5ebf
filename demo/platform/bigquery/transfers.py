"""A simulated BigQuery Data Transfer Service: lists of configurations by location, page by page.

Format: docs.cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs.
"""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request, google_error


class TransferServer(JsonServer):
    """Start it, add configurations, and point clients at `url`. Each location in `failing` responds with that error."""

    def __init__(self, page_rows: int = 1_000) -> None:
        super().__init__()
        self.page_rows = page_rows
        self.failing: dict[str, Reply] = {}
        self._configs: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def add(self, project: str, location: str, config: str, **fields: Any) -> None:
        """Adds a scheduled query; further fields as in the API."""
        name = f"projects/1098765/locations/{location}/transferConfigs/{config}"  # the API names projects by number
        with self.lock:
            listed = self._configs.setdefault((project, location), [])
            listed.append({"name": name, "displayName": config, "dataSourceId": "scheduled_query", **fields})

    def remove(self, config: str) -> None:
        """Deletes a configuration."""
        with self.lock:
            for listed in self._configs.values():
                listed[:] = [each for each in listed if not each["name"].endswith(f"/{config}")]

    def answer(self, request: Request) -> Reply:
        """Answers a list."""
        match (request.method, *request.parts):
            case ("GET", "v1", "projects", project, "locations", location, "transferConfigs"):
                return self.failing.get(location) or self._list(self._configs.get((project, location), []), request)
        return google_error(404, "Not Found", "NOT_FOUND")

    def _list(self, configs: list[dict[str, Any]], request: Request) -> Reply:
        start = int(request.query.get("pageToken") or 0)
        end = start + min(int(request.query.get("pageSize", self.page_rows)), self.page_rows)
        more = {"nextPageToken": str(end)} if end < len(configs) else {}
        return Reply(200, {"transferConfigs": configs[start:end], **more})
