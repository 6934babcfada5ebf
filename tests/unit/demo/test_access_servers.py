"""The demo's access servers return the policies and audit entries of its simulated platform."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from google.cloud.asset_v1 import SearchAllIamPoliciesRequest
from google.cloud.logging_v2.types import ListLogEntriesRequest

from demo.entries import PROJECT, bucket_policy
from demo.platform.services import SimulatedServices
from shared.clients import Clients
from shared.config import load

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_a_grant_in_cloud_storage_is_found_by_the_next_search() -> None:
    platform = SimulatedServices()
    platform.start()
    try:
        platform.storage.add_bucket("example-exports")
        platform.storage.grant("example-exports", "roles/storage.objectViewer", "allUsers")
        client = Clients(load(platform.environment("composer"))).asset()
        request = SearchAllIamPoliciesRequest(scope=f"projects/{PROJECT}")
        found = [
            (item.resource, list(item.policy.bindings[0].members)) for item in client.search_all_iam_policies(request)
        ]
    finally:
        platform.stop()
    assert found == [("//storage.googleapis.com/example-exports", ["allUsers"])]


def test_an_audit_entry_can_be_listed() -> None:
    platform = SimulatedServices()
    platform.start()
    try:
        delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
        platform.access.note(bucket_policy(NOW, "example-exports", [delta], "carol@example.com"))
        client = Clients(load(platform.environment("composer"))).logging()
        request = ListLogEntriesRequest(resource_names=[f"projects/{PROJECT}"])
        found = [entry.log_name for entry in client.list_log_entries(request)]
    finally:
        platform.stop()
    assert found == [f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2Factivity"]
