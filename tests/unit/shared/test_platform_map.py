"""The platform's map is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import InputError
from shared.iam_names import member_name, member_of_principal, parents
from shared.platform_map import parse, read
from shared.role_levels import Level, covers, enables, level_of

GOOD = """
layers:
  raw: {buckets: ['example-raw-*'], datasets: 'p.raw_*', dags: [ingest_*], owner: group:data@example.com}
personas:
  admin:
    members: [group:admins@example.com]
    access: [{layers: '*', may: admin}]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(text, "map.yaml")
    return str(caught.value).splitlines()


def test_a_good_map_is_read() -> None:
    found = parse(GOOD, "map.yaml")
    assert [layer.name for layer in found.layers] == ["raw"]
    assert found.layers[0].holds("//storage.googleapis.com/example-raw-1")
    assert found.layers[0].holds("//bigquery.googleapis.com/projects/p/datasets/raw_x/tables/t")
    assert not found.layers[0].holds("//bigquery.googleapis.com/projects/p/datasets/mart")


def test_every_mistake_is_told_with_its_line() -> None:
    text = """
layers:
  raw: {bucket: [x]}
personas:
  admin:
    members: [admins@example.com]
    access:
      - {layers: [rwa], may: everything}
      - {may: read}
      - {layers: [raw]}
extra: 1
"""
    assert problems(text) == [
        "map.yaml:3: unknown key 'bucket': there are owner, datasets, buckets, topics, dags, pipelines",
        "map.yaml:6: 'admins@example.com' is no member: write group:…, user:… or serviceAccount:…",
        "map.yaml:8: there is no layer 'rwa': there are raw",
        "map.yaml:8: may is 'everything': write read, write or admin, or give roles",
        "map.yaml:9: say where: layers or resources",
        "map.yaml:10: say what it may do: may or roles",
        "map.yaml:11: unknown key 'extra': there are layers, personas, ignore",
    ]


@pytest.mark.parametrize("text", ["", "[]", "layers: 3\npersonas: {}", "layers: {raw: 1}\npersonas: {a: {members: 1}}"])
def test_another_form_is_refused(text: str) -> None:
    assert problems(text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("roles/bigquery.dataViewer", Level.READ),
        ("roles/storage.legacyBucketReader", Level.READ),
        ("roles/editor", Level.WRITE),
        ("roles/bigquery.dataEditor", Level.WRITE),
        ("roles/owner", Level.ADMIN),
        ("projects/p/roles/own", Level.ADMIN),
    ],
)
def test_a_role_has_a_level(role: str, level: Level) -> None:
    assert level_of(role) is level
    assert covers(level, role)


def test_a_higher_role_enables_a_lower_level() -> None:
    assert enables("roles/bigquery.admin", Level.READ, "bigquery")
    assert not enables("roles/bigquery.dataViewer", Level.WRITE, "bigquery")
    assert not enables("roles/bigquery.dataViewer", Level.READ, "storage")


def test_a_table_hangs_below_its_dataset_and_project() -> None:
    table = "//bigquery.googleapis.com/projects/p/datasets/d/tables/t"
    assert "//bigquery.googleapis.com/projects/p/datasets/d" in parents(table, [])
    assert parents(table, ["projects/p", "folders/1"])[-2:] == [
        "//cloudresourcemanager.googleapis.com/projects/p",
        "//cloudresourcemanager.googleapis.com/folders/1",
    ]


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("Alice@example.com", "user:alice@example.com"),
        ("x@p.iam.gserviceaccount.com", "serviceAccount:x@p.iam.gserviceaccount.com"),
        ("group:Team@example.com", "group:team@example.com"),
        ("allUsers", "allUsers"),
    ],
)
def test_a_person_may_write_an_address(text: str, member: str) -> None:
    assert member_of_principal(text) == member


def test_the_case_of_an_identifier_stays() -> None:
    assert member_name("principal://iam.googleapis.com/X") == "principal://iam.googleapis.com/X"
