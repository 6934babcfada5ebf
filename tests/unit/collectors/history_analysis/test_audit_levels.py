"""The levels whose logs are read, and those whose audit configuration applies."""

from __future__ import annotations

from collectors.history_analysis.iam.levels import configuring_levels, inside, scopes
from shared.config import Settings

CHAINS = [
    ["projects/a", "folders/2", "folders/1", "organizations/9"],
    ["projects/b", "folders/3", "organizations/9"],
    ["folders/1", "organizations/9"],
    ["organizations/9"],
    [],
]


def test_an_organization_is_read_beside_the_projects() -> None:
    assert scopes(Settings(scope="organizations/9", projects=("a",))) == ["organizations/9", "projects/a"]
    assert scopes(Settings(projects=("a", "b"))) == ["projects/a", "projects/b"]


def test_the_folders_of_an_organization_are_read_with_it() -> None:
    assert inside("organizations/9", CHAINS) == ["organizations/9", "folders/1", "folders/2", "folders/3"]
    assert inside("folders/1", CHAINS) == ["folders/1", "folders/2"]
    assert inside("projects/a", CHAINS) == ["projects/a"]


def test_the_configuration_of_everything_above_counts() -> None:
    expected = ["folders/1", "folders/2", "organizations/9", "projects/a"]
    assert configuring_levels(Settings(projects=("a",)), CHAINS) == expected


def test_a_project_that_no_snapshot_saw_counts_alone() -> None:
    assert configuring_levels(Settings(projects=("new",)), CHAINS) == ["projects/new"]
