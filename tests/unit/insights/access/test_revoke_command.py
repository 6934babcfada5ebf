"""The command that revokes a grant."""

from __future__ import annotations

import shlex

import pytest

from insights.access.revoke_command import command
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE

ALICE, ROLE = "user:alice@example.com", "roles/x.viewer"
WHO = f"--member={ALICE} --role={ROLE}"
UNTIL = {"expression": 'request.time < timestamp("2027-01-01T00:00:00Z")', "title": "it's until; 2027"}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (f"{MANAGER}projects/p", f"gcloud projects remove-iam-policy-binding p {WHO} --condition=None"),
        (
            f"{MANAGER}folders/7",
            f"gcloud resource-manager folders remove-iam-policy-binding 7 {WHO} --condition=None",
        ),
        (f"{MANAGER}organizations/1", f"gcloud organizations remove-iam-policy-binding 1 {WHO} --condition=None"),
        (f"{STORAGE}raw", f"gcloud storage buckets remove-iam-policy-binding gs://raw {WHO} --condition=None"),
        (
            "//pubsub.googleapis.com/projects/p/topics/t",
            f"gcloud pubsub topics remove-iam-policy-binding projects/p/topics/t {WHO}",
        ),
        (
            f"{BIGQUERY}projects/p/datasets/d",
            f"bq query --project_id=p --nouse_legacy_sql 'REVOKE `{ROLE}` ON SCHEMA `p`.`d` FROM \"{ALICE}\"'",
        ),
        (f"{BIGQUERY}projects/p/datasets/d/tables/t", f"bq remove-iam-policy-binding {WHO} p:d.t"),
        ("//secretmanager.googleapis.com/projects/p/secrets/s", ""),
        (f"{STORAGE}raw/managedFolders/x", ""),
    ],
)
def test_each_kind_of_resource_has_its_command(resource: str, expected: str) -> None:
    assert command(resource, ROLE, ALICE, None) == expected


def test_a_condition_is_shown_completely() -> None:
    words = shlex.split(command(f"{MANAGER}projects/p", ROLE, ALICE, UNTIL))
    assert words[-1] == f"--condition=^|^expression={UNTIL['expression']}|title={UNTIL['title']}"


def test_where_no_command_takes_a_condition_none_is_shown() -> None:
    assert command(f"{BIGQUERY}projects/p/datasets/d", ROLE, ALICE, UNTIL) == ""
    assert command("//pubsub.googleapis.com/projects/p/topics/t", ROLE, ALICE, UNTIL) == ""


def test_everybody_is_a_special_group_of_a_dataset() -> None:
    assert 'FROM "specialGroup:allUsers"' in command(f"{BIGQUERY}projects/p/datasets/d", ROLE, "allUsers", None)


@pytest.mark.parametrize("member", ["user:$(rm -rf ~)@example.com", "user:a;b@example.com", "user:'\"`@example.com"])
def test_nothing_in_a_name_is_for_the_shell(member: str) -> None:
    for resource in (f"{MANAGER}projects/p", f"{STORAGE}raw", f"{BIGQUERY}projects/p/datasets/d/tables/t"):
        assert f"--member={member}" in shlex.split(command(resource, ROLE, member, None))


@pytest.mark.parametrize("member", ['user:a"); DROP SCHEMA d; --', "user:a`b", "principal://iam.googleapis.com/x"])
def test_a_grant_that_no_command_can_revoke_has_no_command(member: str) -> None:
    assert command(f"{BIGQUERY}projects/p/datasets/d", ROLE, member, None) == ""
