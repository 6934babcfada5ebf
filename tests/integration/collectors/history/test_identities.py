"""Roles, service accounts with keys, and groups over the REST APIs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import Coverage, GroupMember, Role, ServiceAccount, ServiceAccountKey
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.platform.http import Reply, google_error
from demo.platform.iam_admin import IamAdminServer
from shared.config import Settings
from shared.history import BindingEntry, PolicyRow
from tests.support.collecting import CollectingSite
from tests.support.history import TEN, at

pytestmark = pytest.mark.sqlite

ROBOT = "etl@example-project.iam.gserviceaccount.com"
READ = "storage.objects.get"
SEEN, DAY = TEN + timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def admin() -> Iterator[IamAdminServer]:
    with IamAdminServer(page_size=1) as server:
        yield server


@pytest.fixture
def site(schema_store: SchemaStore, admin: IamAdminServer) -> CollectingSite:
    return CollectingSite(
        schema_store, Settings(iam_endpoint=admin.url, projects=("example-project",), history_first_days=1)
    )


def grant(site: CollectingSite, *entries: BindingEntry) -> None:
    row = PolicyRow("//storage.googleapis.com/b", "x/Bucket", "example-project", [], entries, TEN)
    with site.store.transaction() as session:
        write(session, 1, [row])


@pytest.mark.both_databases
@pytest.mark.permissions
def test_roles_in_use_are_stored_with_their_permissions(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(
        site, BindingEntry("roles/x.reader", "allUsers"), BindingEntry("projects/example-project/roles/own", "allUsers")
    )
    admin.add_role("roles/x.reader", [READ])
    admin.add_role("projects/example-project/roles/own", ["x.y.get"], stage="BETA")
    admin.add_role("roles/not.used", ["x.y.set"])
    site.done("iam.roles")
    assert [(row.name, row.permissions, row.stage) for row in site.rows(Role)] == [
        ("projects/example-project/roles/own", ["x.y.get"], "BETA"),
        ("roles/x.reader", [READ], "GA"),
    ]


@pytest.mark.both_databases
def test_a_changed_role_has_a_history(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "allUsers"))
    admin.add_role("roles/x.reader", [READ])
    site.done("iam.roles")
    admin.add_role("roles/x.reader", [READ, "storage.objects.list"])
    site.done("iam.roles", at(24))
    assert [(len(row.permissions), row.valid_to is None) for row in site.rows(Role)] == [(1, False), (2, True)]


def test_observations_of_a_role_cover_the_time_between_them(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "allUsers"))
    admin.add_role("roles/x.reader", [READ])
    for hour in (0, 24, 96, 120):
        site.done("iam.roles", at(hour))
    found = [(row.subject, row.until - row.since) for row in site.rows(Coverage)]
    assert found == [("role/roles/x.reader", timedelta(days=1))] * 2


def test_a_deleted_role_is_left_out(site: CollectingSite) -> None:
    grant(site, BindingEntry("roles/x.reader", "allUsers"))
    site.done("iam.roles")
    assert site.rows(Role) == []


def test_reading_a_role_is_retried_after_429(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "allUsers"))
    admin.add_role("roles/x.reader", [READ])
    admin.fail_next(Reply(429, {}, {"Retry-After": "0"}))
    site.done("iam.roles")
    assert len(site.rows(Role)) == 1


def test_accounts_and_keys_are_stored_with_age_and_last_use(site: CollectingSite, admin: IamAdminServer) -> None:
    admin.add_account("example-project", ROBOT, displayName="ETL")
    admin.add_account("example-project", "old@example-project.iam.gserviceaccount.com", disabled=True)
    admin.add_key("example-project", ROBOT, "k1", after="2025-01-02T03:04:05Z", before="9999-12-31T23:59:59Z")
    name = f"//iam.googleapis.com/projects/example-project/serviceAccounts/{ROBOT}"
    admin.add_use("example-project", "serviceAccountLastAuthentication", name, "2026-11-20T00:00:00Z")
    admin.add_use("example-project", "serviceAccountKeyLastAuthentication", f"{name}/keys/k1", "2026-11-19T00:00:00Z")
    site.done("iam.service_accounts")
    accounts = {row.email: row for row in site.rows(ServiceAccount)}
    assert len(accounts) == 2
    assert f"{accounts[ROBOT].last_used_at:%Y-%m-%d}" == "2026-11-20"
    (key,) = site.rows(ServiceAccountKey)
    assert (f"{key.created_at:%Y}", f"{key.last_used_at:%Y-%m-%d}") == ("2025", "2026-11-19")


@pytest.mark.permissions
def test_without_permission_the_last_use_is_unknown(site: CollectingSite, admin: IamAdminServer) -> None:
    admin.add_account("example-project", ROBOT)
    admin.fail_next(*[google_error(403, "Policy Analyzer API is off", "PERMISSION_DENIED")] * 2)
    site.done("iam.service_accounts")
    assert [row.last_used_at for row in site.rows(ServiceAccount)] == [None]


def test_a_project_without_permission_is_a_failure(site: CollectingSite, admin: IamAdminServer) -> None:
    admin.fail_next(*[google_error(403, "no", "PERMISSION_DENIED")] * 3)
    assert site.run("iam.service_accounts").outcome is SnapshotOutcome.FAILED


@pytest.mark.both_databases
def test_members_of_nested_groups_are_stored(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "group:analysts@example.com"))
    admin.add_group("analysts@example.com", ["user:alice@example.com", "group:interns@example.com"])
    admin.add_group("interns@example.com", ["user:bob@example.com"])
    site.done("iam.groups")
    assert sorted((row.group, row.member) for row in site.rows(GroupMember)) == [
        ("analysts@example.com", "group:interns@example.com"),
        ("analysts@example.com", "user:alice@example.com"),
        ("interns@example.com", "user:bob@example.com"),
    ]
    assert {row.subject for row in site.rows(Coverage)} == {"group/analysts@example.com", "group/interns@example.com"}


@pytest.mark.both_databases
def test_a_group_without_permission_has_no_coverage(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "group:analysts@example.com"))
    admin.add_group("analysts@example.com", ["user:alice@example.com"])
    admin.closed_groups.add("analysts@example.com")
    site.done("iam.groups")
    assert site.rows(Coverage) == []


def cover(site: CollectingSite) -> list[tuple[str, datetime, datetime]]:
    return sorted((row.subject, row.since, row.until) for row in site.rows(Coverage))


def test_the_first_observation_of_a_group_covers_no_time_before_it(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "group:analysts@example.com"))
    admin.add_group("analysts@example.com", ["user:alice@example.com"])
    site.done("iam.groups")
    assert cover(site) == [("group/analysts@example.com", SEEN, SEEN)]
    site.done("iam.groups", at(24))
    assert cover(site) == [("group/analysts@example.com", SEEN, SEEN + DAY)]


def test_days_without_an_observation_of_a_group_are_a_gap(site: CollectingSite, admin: IamAdminServer) -> None:
    grant(site, BindingEntry("roles/x.reader", "group:analysts@example.com"))
    admin.add_group("analysts@example.com", ["user:alice@example.com"])
    site.done("iam.groups")
    admin.closed_groups.add("analysts@example.com")
    site.done("iam.groups", at(24))
    admin.closed_groups.clear()
    site.done("iam.groups", at(48))
    assert [row[1:] for row in cover(site)] == [(SEEN, SEEN), (SEEN + 2 * DAY, SEEN + 2 * DAY)]


@pytest.mark.parametrize("strange", ["customer:C01", "shared_drive:x@example.com", "type_to_come:y@example.com"])
def test_a_group_with_a_member_of_an_unknown_kind_has_no_coverage(
    site: CollectingSite, admin: IamAdminServer, strange: str
) -> None:
    grant(site, BindingEntry("roles/x.reader", "group:analysts@example.com"))
    admin.add_group("analysts@example.com", ["user:alice@example.com", strange])
    site.done("iam.groups")
    assert site.rows(Coverage) == []
