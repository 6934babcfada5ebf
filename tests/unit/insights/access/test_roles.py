"""The data access that a role gives is known from its name, from its permissions, or unknown."""

from __future__ import annotations

import pytest

from insights.access.model import Ability, Level
from insights.access.platform_map import Allowance
from insights.access.roles import NEEDS, ability, needed, permission_level

CUSTOM = "projects/p/roles/own"


def gives(found: Ability, level: Level, service: str) -> bool:
    """Whether a role alone gives this level of access to the data of a service."""
    return needed(level, service) <= found.data_permissions


def levels_that_permit(role: str) -> list[Level]:
    return [level for level in Level if Allowance(("raw",), (), level, ()).permits(ability(role))]


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("roles/bigquery.dataViewer", Level.READ),
        ("roles/storage.legacyBucketReader", Level.READ),
        ("roles/editor", Level.WRITE),
        ("roles/bigquery.dataEditor", Level.WRITE),
        ("roles/owner", Level.ADMIN),
        ("roles/iam.serviceAccountTokenCreator", Level.ADMIN),
        ("roles/strange.thing", None),
        (CUSTOM, None),
    ],
)
def test_a_name_has_a_level_or_is_not_known(role: str, level: Level | None) -> None:
    assert ability(role).level is level


def test_a_higher_role_enables_a_lower_level() -> None:
    assert gives(ability("roles/bigquery.admin"), Level.READ, "bigquery")
    assert not gives(ability("roles/bigquery.dataViewer"), Level.WRITE, "bigquery")
    assert not gives(ability("roles/bigquery.dataViewer"), Level.READ, "storage")


@pytest.mark.parametrize(
    ("permissions", "level", "enabled"),
    [
        (["storage.objects.get", "storage.objects.list"], Level.READ, Level.READ),
        (["storage.objects.get", "storage.objects.create", "storage.objects.delete"], Level.WRITE, Level.WRITE),
        (["storage.objects.create"], Level.WRITE, None),
        (["storage.objects.get", "storage.buckets.setIamPolicy"], Level.ADMIN, Level.READ),
        (["iam.serviceAccounts.getAccessToken"], Level.ADMIN, None),
        ([], Level.READ, None),
    ],
)
def test_a_custom_role_is_evaluated_by_its_permissions(
    permissions: list[str], level: Level, enabled: Level | None
) -> None:
    found = ability(CUSTOM, permissions)
    assert found.level is level
    assert [item for item in Level if gives(found, item, "storage")] == list(Level)[
        : list(Level).index(enabled) + 1 if enabled else 0
    ]


def test_a_role_that_is_not_known_stays_within_administration_only() -> None:
    assert levels_that_permit(CUSTOM) == [Level.ADMIN]
    assert levels_that_permit("roles/storage.objectUser") == [Level.WRITE, Level.ADMIN]


ALL = set(NEEDS)


@pytest.mark.parametrize(
    ("role", "permissions", "services"),
    [
        ("roles/logging.logWriter", None, set()),
        ("roles/logging.admin", ["logging.sinks.create"], set()),
        ("roles/compute.viewer", None, set()),
        ("roles/compute.instanceAdmin", None, ALL),
        ("roles/viewer", None, ALL),
        ("roles/bigquery.jobUser", None, {"bigquery"}),
        (CUSTOM, None, ALL),
        (CUSTOM, ["monitoring.timeSeries.create", "resourcemanager.projects.get"], set()),
        (CUSTOM, ["resourcemanager.projects.setIamPolicy"], ALL),
        (CUSTOM, ["storage.objects.get", "compute.instances.list", "pubsub.topics.get"], {"storage", "pubsub"}),
    ],
)
def test_a_role_lets_somebody_near_the_data_of_some_services(
    role: str, permissions: list[str] | None, services: set[str]
) -> None:
    assert ability(role, permissions).services == services


@pytest.mark.parametrize("service", sorted(NEEDS))
def test_a_permission_of_a_level_belongs_to_that_level(service: str) -> None:
    for level in Level:
        assert ability(CUSTOM, needed(level, service)).level is level
        assert all(item.startswith(f"{service}.") for item in needed(level, service))


@pytest.mark.parametrize(
    ("permission", "level"),
    [
        ("bigquery.rowAccessPolicies.getFilteredData", Level.READ),
        ("bigquery.rowAccessPolicies.delete", Level.ADMIN),
        ("bigquery.jobs.create", Level.READ),
        ("storage.buckets.getIamPolicy", Level.READ),
        ("pubsub.topics.update", Level.WRITE),
        ("pubsub.topics.setIamPolicy", Level.ADMIN),
        ("iam.serviceAccountKeys.create", Level.ADMIN),
        ("iam.serviceAccountKeys.list", Level.READ),
    ],
)
def test_a_permission_has_a_level(permission: str, level: Level) -> None:
    assert permission_level(permission) is level
