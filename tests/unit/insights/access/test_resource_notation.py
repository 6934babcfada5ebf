"""The accepted notations of a resource."""

from __future__ import annotations

import pytest

from insights.access.resource_notation import resource_name
from shared.errors import InputError
from shared.identity.iam_names import short_name

MANAGER = "//cloudresourcemanager.googleapis.com"


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("gs://b", "//storage.googleapis.com/b"),
        ("p.d", "//bigquery.googleapis.com/projects/p/datasets/d"),
        ("p.d.t", "//bigquery.googleapis.com/projects/p/datasets/d/tables/t"),
        ("projects/p", f"{MANAGER}/projects/p"),
        ("folders/1", f"{MANAGER}/folders/1"),
    ],
)
def test_a_name_is_written_short_and_used_in_full(written: str, full: str) -> None:
    assert resource_name(written) == full
    assert short_name(full) == written


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("gs://b/folder/object", "//storage.googleapis.com/b"),
        ("projects/_/buckets/b/objects/o", "//storage.googleapis.com/b"),
        ("example-project", f"{MANAGER}/projects/example-project"),
        ("example.com:old", f"{MANAGER}/projects/example.com:old"),
        ("example.com:old.mart", "//bigquery.googleapis.com/projects/example.com:old/datasets/mart"),
        (" projects/p/ ", f"{MANAGER}/projects/p"),
        ("projects/p/datasets/d", "//bigquery.googleapis.com/projects/p/datasets/d"),
        ("projects/p/datasets/d/tables/t", "//bigquery.googleapis.com/projects/p/datasets/d/tables/t"),
        ("projects/p/topics/t", "//pubsub.googleapis.com/projects/p/topics/t"),
        ("projects/p/subscriptions/s", "//pubsub.googleapis.com/projects/p/subscriptions/s"),
        ("projects/p/zones/z/instances/i", "//compute.googleapis.com/projects/p/zones/z/instances/i"),
        ("projects/p/locations/l/services/s", "//run.googleapis.com/projects/p/locations/l/services/s"),
        ("//spanner.googleapis.com/projects/p/instances/i", "//spanner.googleapis.com/projects/p/instances/i"),
    ],
)
def test_a_resource_has_the_name_that_its_policy_has(written: str, full: str) -> None:
    assert resource_name(written) == full


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "projects/", "/", "//", "//x", "gs://", "bucket_name", "mart.", "projects/p/instances/i",
        "projects/p/unheard/u", "projects/p/topics", "projects/p/topics/", "a b", "folders/1/projects/p",
    ],
)  # fmt: skip
def test_what_names_no_resource_is_refused_with_what_can_be_written(written: str) -> None:
    with pytest.raises(InputError) as caught:
        resource_name(written)
    output = str(caught.value)
    assert "gs://BUCKET" in output
    assert "projects/P/topics/T" in output
    assert "\n" not in output
