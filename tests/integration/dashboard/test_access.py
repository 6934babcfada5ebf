"""The pages about access, on a small platform with known access."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from db.schema_db.write.rows import write
from shared.history import BindingChangeRow, BindingEntry, GroupRow
from tests.support import access_world as world
from tests.support.dashboard import SETTINGS, Dashboard, Visitor
from tests.support.drift_world import MAP

pytestmark = pytest.mark.sqlite
EXPORTS = "/access/resource?on=gs://example-raw"


@pytest.fixture
def visitor(dashboard: Dashboard, tmp_path: Path) -> Visitor:
    """A visitor at the time of the small platform, with its map."""
    with dashboard.schema_store.transaction() as session:
        world.roles(session)
        world.members(session, world.ANALYSTS, world.ALICE)
        viewer = BindingEntry(world.VIEWER, world.BOB)
        world.see(session, 1, world.OLD, {world.BUCKET: [], world.DATASET: []})
        bound = {world.BUCKET: [viewer], world.DATASET: [BindingEntry(world.DATA_VIEWER, world.ANALYSTS)]}
        world.see(session, 2, world.NOW - 100 * world.DAY, bound)
        granted = world.NOW - 100.01 * world.DAY
        changed = BindingChangeRow("k", granted, world.BUCKET, "ADD", world.VIEWER, world.BOB, "carol@example.com")
        write(session, 1, [changed])
        world.see(session, 3, world.NOW, bound)
        world.logged(session, "*")
        world.act(session, world.BOB, 2)
        world.act(session, "user:mallory@example.net", 1, denied=1)
    (tmp_path / "map.yaml").write_text(MAP)
    at = replace(dashboard, clock=lambda: world.NOW)
    return at.local(replace(SETTINGS, platform_file=str(tmp_path / "map.yaml")))


def test_a_resource_names_those_who_can_read_it_and_those_who_are_not_meant_to(visitor: Visitor) -> None:
    page = visitor.read(EXPORTS)
    assert "1 principal can read gs://example-raw. 1 of them is not intended." in page
    assert "bob@example.com person read storage.objectViewer on this resource" in page
    assert "carol@example.com Last used (90 days): 2 d ago not intended" in page
    assert "gcloud storage buckets remove-iam-policy-binding gs://example-raw --member=user:bob@example.com" in page
    assert "mallory@example.net storage.objects.get gs://example-raw 1 Calls , 1 denied" in page
    assert "Nobody can administer gs://example-raw." in visitor.read(f"{EXPORTS}&may=admin")


def test_the_same_question_at_an_earlier_time_and_the_differences_from_it(visitor: Visitor) -> None:
    assert "Nobody can read gs://example-raw." in visitor.read(f"{EXPORTS}&at=2026-06-01")
    page = visitor.read(f"{EXPORTS}&since=2026-06-01&only=differences")
    assert "bob@example.com person added" in page
    removed = visitor.read("/access/resource?on=gs://example-raw&at=2026-06-01&since=2026-11-20T12:00")
    assert "removed" in removed
    assert "Invalid time 'soon'" in visitor.read(f"{EXPORTS}&at=soon", 400)
    for long_ago in ("0001-01-02T00:00", "0001-01-01T00:00:00%2B14:00"):  # a browser sends the year while it is typed
        assert "Nobody can read gs://example-raw." in visitor.read(f"{EXPORTS}&at={long_ago}")
        assert "no access" in visitor.read(f"/access/principal?who=bob@example.com&at={long_ago}").casefold()


def test_a_grant_of_another_level_is_no_difference(visitor: Visitor, dashboard: Dashboard) -> None:
    creator = BindingEntry("roles/storage.objectCreator", world.BOB)
    with dashboard.schema_store.transaction() as session:
        world.see(
            session, 4, world.NOW - world.DAY / 2, {world.BUCKET: [BindingEntry(world.VIEWER, world.BOB), creator]}
        )
    page = visitor.read(f"{EXPORTS}&since=2026-11-20T12:00")
    assert "Only differences (0)" in page


def test_members_of_a_group_have_the_access_of_the_group(visitor: Visitor) -> None:
    page = visitor.read("/access/resource?on=example-project.mart")
    assert "2 principals can read example-project.mart. All of them are intended." in page
    assert "alice@example.com person read bigquery.dataViewer on this resource through analysts@example.com" in page


def test_a_principal_has_its_grants_with_what_revoking_takes_away(visitor: Visitor) -> None:
    page = visitor.read("/access/principal?who=bob@example.com")
    assert "bob@example.com can read 1 resource, and change none. None of this access is intended." in page
    assert "ends access to 1 resource; the grant was used 2 d ago" in page
    assert "storage.objects.get gs://example-raw" in page
    of_group = visitor.read("/access/principal?who=alice@example.com")
    assert "through analysts@example.com" in of_group
    assert "for every member of group:analysts@example.com" in of_group
    assert "No grant includes this principal." in visitor.read("/access/principal?who=nobody@example.com")


def test_reports_of_unused_and_unintended_grants_have_the_commands(visitor: Visitor) -> None:
    unused = visitor.read("/access/unused")
    assert "1 grant was not used for 90 days." in unused
    assert "1 used, 1 unused, 0 unknown" in unused
    assert "analysts@example.com group · bigquery.dataViewer · example-project.mart" in unused
    drift = visitor.read("/access/drift")
    assert "1 grant is not intended." in drift
    assert "--member=user:bob@example.com" in drift
    assert "dave@example.com person engineer change" in drift
    assert "example-project.mart intended (analyst)" in unused


def test_an_answer_is_a_table_for_a_spreadsheet(visitor: Visitor) -> None:
    response = visitor.open("/access/resource.csv?on=gs://example-raw")
    assert response.mimetype == "text/csv"
    (row,) = rows(response.text)
    assert (row["principal"], row["use"], row["intended"]) == (world.BOB, "used", "unintended")
    assert "remove-iam-policy-binding" in row["command"]
    assert rows(visitor.open("/access/principal.csv?who=bob@example.com").text) == [row]
    assert rows(visitor.open("/access/drift.csv").text) == [row]
    assert [(each["principal"], each["intended"]) for each in rows(visitor.open("/access/unused.csv").text)] == [
        (world.ANALYSTS, "intended")
    ]


def rows(file: str) -> list[dict[str, str]]:
    assert file.startswith("\ufeff")  # so that spreadsheets read the file as UTF-8
    return list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))


def test_a_search_opens_the_only_match_and_lists_several(visitor: Visitor) -> None:
    assert visitor.open("/access?find=example-raw").location.startswith("/access/resource?on=")
    assert visitor.open("/access?find=bob").location.startswith("/access/principal?who=user")
    assert "No matching resource or principal." in visitor.read("/access?find=nothing-like-it")
    assert "gs://example-raw Grants on it 1" in visitor.read("/access")
    assert "400" not in visitor.read("/access/resource?on=two words", 400)


def test_without_snapshots_nothing_is_claimed(dashboard: Dashboard) -> None:
    page = dashboard.local().read("/access")
    assert "No policies have been read yet" in page
    assert "No platform map is set." in dashboard.local().read("/access/drift")


def test_a_resource_lists_twenty_five_principals_on_a_page(dashboard: Dashboard) -> None:
    readers = [BindingEntry(world.VIEWER, f"user:reader{number:02}@example.com") for number in range(28)]
    with dashboard.schema_store.transaction() as session:
        world.roles(session)
        for number, time in enumerate((world.OLD, world.NOW), start=1):
            world.see(session, number, time, {world.BUCKET: readers})
        world.logged(session, "*")
        world.act(session, "user:reader26@example.com", 2)
    visitor = replace(dashboard, clock=lambda: world.NOW).local(SETTINGS)
    first, last = visitor.read(EXPORTS), visitor.read(f"{EXPORTS}&page=2")
    assert "1–25 of 28. Next page" in first
    assert "26–28 of 28. Previous page" in last
    assert [name for name in ("reader00", "reader24", "reader25", "reader27") if name in first] == [
        "reader00",
        "reader24",
    ]
    assert last.index("reader26@example.com") < last.index("reader25@example.com")  # the one that used it is first
    assert visitor.read(f"{EXPORTS}&page=99") == last


def test_the_matrix_shows_the_strongest_level_of_each_principal_on_each_resource(visitor: Visitor) -> None:
    page = visitor.read("/access/matrix")
    assert "3 principals have access to these 2 datasets and buckets. The access of 1 of them is not intended." in page
    table = page[page.index("example-project. mart") :]
    assert "bob@example.com person no access not intended, used read" in table
    assert table.index("bob@example.com") < table.index("analysts@example.com group intended, unused read")
    assert "alice@example.com person unknown read" in table or "alice@example.com person intended, unused read" in table
    assert "alice@example.com" not in visitor.read("/access/matrix?who=bob")
    assert "mart" not in visitor.read("/access/matrix?on=gs://example-raw&may=read").partition("Arrow keys")[2]
    assert "No matching principal has, or had, access" in visitor.read("/access/matrix?may=admin")
    assert "No matching datasets or buckets." in visitor.read("/access/matrix?project=other")


def a_day_later(dashboard: Dashboard, tmp_path: Path) -> Visitor:
    at = replace(dashboard, clock=lambda: world.NOW + world.DAY)
    return at.local(replace(SETTINGS, platform_file=str(tmp_path / "map.yaml")))


def test_rows_of_the_matrix_stay_while_the_time_changes_and_removed_access_stays_as_a_ghost(
    visitor: Visitor, dashboard: Dashboard, tmp_path: Path
) -> None:
    early = visitor.read("/access/matrix?at=2026-06-10")
    assert "0 principals had access" in early
    assert "bob@example.com person no access no access" in early
    for number, days in ((5, 0.1), (6, 0.2)):  # two snapshots without the grant end it
        with dashboard.schema_store.transaction() as session:
            others = {world.DATASET: [BindingEntry(world.DATA_VIEWER, world.ANALYSTS)], world.BUCKET: []}
            world.see(session, number, world.NOW + days * world.DAY, others)
    visitor = a_day_later(dashboard, tmp_path)
    now = visitor.open("/access/matrix").text
    assert "2 principals have access" in visitor.read("/access/matrix")
    assert "bob@example.com person no access removed read" in visitor.read("/access/matrix")
    (link,) = re.findall(r'class="gone"><a href="([^"]+)"', now)
    before = visitor.read(link.replace("&amp;", "&"))
    assert "Only the grants of bob@example.com are shown." in before
    assert "bob@example.com person read storage.objectViewer on this resource" in before
    assert "bob@example.com person no access not intended, used read" in visitor.read("/access/matrix?at=2026-11-22")
    (row,) = (each for each in rows(visitor.open("/access/matrix.csv").text) if each["principal"] == world.BOB)
    assert (row["level"], row["use"], row["removed"][:10]) == ("read", "", "2026-11-23")


def test_the_matrix_has_pages_of_principals_and_of_resources(visitor: Visitor, dashboard: Dashboard) -> None:
    people = [BindingEntry(world.VIEWER, f"user:p{number:02}@example.com") for number in range(30)]
    buckets = {f"//storage.googleapis.com/bucket-{number:02}": people for number in range(9)}
    with dashboard.schema_store.transaction() as session:
        world.see(session, 7, world.NOW - world.DAY / 4, buckets)
    page = visitor.read("/access/matrix?on=bucket-")
    assert "30 principals, 9 resources" in page
    assert "Resources 1–6 of 9. Next resources" in page
    assert "1–15 of 30. Next page" in page
    last = visitor.read("/access/matrix?on=bucket-&columns=2&page=2")
    assert "Resources 7–9 of 9. Previous resources" in last
    assert "16–30 of 30. Previous page" in last
    assert "p29@example.com" in last


@pytest.mark.usefixtures("visitor")
def test_a_grant_that_ended_before_a_person_joined_its_group_is_no_access(dashboard: Dashboard, tmp_path: Path) -> None:
    """The periods of grant and membership are intersected: joining the group after the grant ended gives no access."""
    with dashboard.schema_store.transaction() as session:
        for number, days in ((8, 0.1), (9, 0.2)):
            world.see(session, number, world.NOW + days * world.DAY, {world.DATASET: []})
        joined = world.NOW + world.DAY / 2
        write(session, 9, [GroupRow("analysts@example.com", [world.ALICE, world.DAVE], joined)])
    page = a_day_later(dashboard, tmp_path).read("/access/matrix")
    assert "alice@example.com person removed read" in page
    assert "dave@example.com" not in page
