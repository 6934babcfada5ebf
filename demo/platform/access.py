"""Access on the simulated platform: the servers of Cloud Asset Inventory, IAM and Cloud Logging.

The policies are those of the simulated Cloud Storage and Resource Manager, read again for each search.
"""

from __future__ import annotations

from typing import Any

from demo.entries import PROJECT
from demo.platform.asset import PROJECT_TYPE, AssetServer
from demo.platform.iam_admin import IamAdminServer
from demo.platform.logging.server import LoggingServer
from demo.platform.resourcemanager import ResourceManagerServer
from demo.platform.storage import StorageServer

NUMBER, ORGANIZATION = "123456789012", "1"
BUCKET_TYPE = "storage.googleapis.com/Bucket"
ROLES = {
    "roles/storage.objectViewer": ("storage.objects.get", "storage.objects.list"),
    "roles/bigquery.dataEditor": ("bigquery.tables.getData", "bigquery.tables.updateData"),
}
GROUPS = {"analysts@example.com": ("user:alice@example.com", "user:bob@example.com")}


class AccessServers:
    """The three servers together."""

    def __init__(self, storage: StorageServer, resourcemanager: ResourceManagerServer) -> None:
        self._storage = storage
        self._resourcemanager = resourcemanager
        self.asset = AssetServer()
        self.iam = IamAdminServer()
        self.logging = LoggingServer()
        self.asset.add_project(PROJECT, NUMBER, organization=ORGANIZATION)
        self.asset.before_search = self._read_policies
        for role, permissions in ROLES.items():
            self.iam.add_role(role, permissions)
        for group, members in GROUPS.items():
            self.iam.add_group(group, members)

    def start(self) -> None:
        """Serves in the background."""
        for server in (self.asset, self.iam, self.logging):
            server.start()

    def stop(self) -> None:
        """Stops the servers and waits for their end."""
        for server in (self.asset, self.iam, self.logging):
            server.stop()

    def environment(self) -> dict[str, str]:
        """The settings that point Hinomi at these servers."""
        return {
            "HINOMI_ASSET_ENDPOINT": self.asset.endpoint,
            "HINOMI_IAM_ENDPOINT": self.iam.url,
            "HINOMI_LOGGING_ENDPOINT": self.logging.endpoint,
        }

    def note(self, entry: dict[str, Any]) -> None:
        """Adds an audit entry to Cloud Logging."""
        if "cloudaudit.googleapis.com" in str(entry.get("logName", "")):
            self.logging.add(entry)

    def _read_policies(self) -> None:
        for bucket, policy in self._storage.policies().items():
            name = f"//storage.googleapis.com/{bucket}"
            self.asset.add_resource(name, BUCKET_TYPE, project=PROJECT)
            self.asset.set_policy(name, BUCKET_TYPE, policy["bindings"], project=PROJECT)
        for project, policy in self._resourcemanager.policies().items():
            name = f"//cloudresourcemanager.googleapis.com/projects/{project}"
            self.asset.set_policy(name, PROJECT_TYPE, policy["bindings"], project=PROJECT)
