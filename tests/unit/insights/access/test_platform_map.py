"""The platform map is validated strictly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from insights.access.compiled_map import as_dict, from_dict, load
from insights.access.platform_file import parse, read
from insights.access.platform_map import explained_by, is_container, matches
from insights.access.roles import ability
from shared.errors import InputError
from shared.identity.iam_names import MANAGER, member_name, member_of_principal, parents

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
    assert found.layers[0].contains("//storage.googleapis.com/example-raw-1")
    assert found.layers[0].contains("//bigquery.googleapis.com/projects/p/datasets/raw_x/tables/t")
    assert not found.layers[0].contains("//bigquery.googleapis.com/projects/p/datasets/mart")


def test_every_mistake_is_reported_with_its_line() -> None:
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
        "map.yaml:3: unknown key 'bucket': did you mean 'buckets'?",
        "map.yaml:6: members: invalid member 'admins@example.com': use group:…, user:… or serviceAccount:…",
        "map.yaml:8: may: invalid value 'everything': use 'read', 'write' or 'admin'",
        "map.yaml:9: missing key: use 'layers' or 'resources'",
        "map.yaml:10: missing key: use 'may' or 'roles'",
        "map.yaml:11: unknown key 'extra': use 'layers', 'personas' or 'ignore'",
    ]


def test_a_layer_that_does_not_exist_is_an_error() -> None:
    assert problems(PERSONA.replace("[raw]", "[rwa]")) == [
        "map.yaml:6: layers: there is no layer 'rwa': did you mean 'raw'?"
    ]


def test_the_compiled_map_is_the_same_map(tmp_path: Path) -> None:
    intended = parse(GOOD, "map.yaml")
    assert from_dict(json.loads(json.dumps(as_dict(intended)))) == intended
    (tmp_path / "platform.json").write_text(json.dumps(as_dict(intended)))
    assert load(tmp_path / "platform.yaml") == intended


def test_the_yaml_file_comes_before_the_compiled_map(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(GOOD)
    (tmp_path / "platform.json").write_text("{}")
    assert load(tmp_path / "platform.yaml") == parse(GOOD, "map.yaml")


def test_neither_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "platform.yaml")


LAYERS = "layers:\n  raw: {buckets: [x]}\n"
PERSONA = f"{LAYERS}personas:\n  a:\n    members: ['user:a@example.com']\n    access: [{{layers: [raw], may: read}}]\n"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (f"{LAYERS}  raw: {{buckets: [y]}}\npersonas: {{}}", "map.yaml:3: the key 'raw' appears twice"),
        ("layers:\n  2024: {buckets: [x]}\npersonas: {}", "map.yaml:2: key '2024': use text, in quotes"),
        ("layers:\n  raw: {owner: x}\npersonas: {}", "map.yaml:2: missing patterns: use one of 'datasets', 'buckets'"),
        (
            "layers:\n  raw:\n    buckets:\n      - x\n      - gs://y\npersonas: {}",
            "map.yaml:5: buckets: 'gs://y' matches no bucket",
        ),
        (
            "layers:\n  raw: {datasets: [p:d]}\npersonas: {}",
            "map.yaml:2: datasets: 'p:d' matches no dataset: use project.dataset",
        ),
        ("layers:\n  raw: {topics: [orders]}\npersonas: {}", "map.yaml:2: topics: 'orders' matches no topic"),
        ("layers:\n  raw: {buckets: ['']}\npersonas: {}", "map.yaml:2: buckets: an empty text matches nothing"),
        (f"{LAYERS}personas:\n  a: {{members: ['user:a@example.com']}}", "map.yaml:4: missing key 'access'"),
        (
            f"{LAYERS}personas:\n  a: {{members: ['users:a@b.c'], access: []}}",
            "map.yaml:4: members: invalid member 'users:a@b.c'",
        ),
        (f"{PERSONA}ignore:\n  - 'user:*'", "map.yaml:8: ignore: use a mapping"),
        (f"{PERSONA}ignore:\n  - {{}}", "map.yaml:8: missing key: use 'member', 'role' or both"),
        (f"{PERSONA}ignore: {{member: x}}", "map.yaml:7: ignore: use a list"),
        (f"{PERSONA}---\n{LAYERS}", "map.yaml:8: use one YAML document"),
        (PERSONA.replace("x]", "x"), "map.yaml:2: this is not YAML"),
    ],
)
def test_a_mistake_is_reported_with_its_line(text: str, mistake: str) -> None:
    assert mistake in "\n".join(problems(text))


def test_members_are_the_same_in_any_case() -> None:
    (persona,) = parse(PERSONA.replace("user:a@example.com", "user:Anna@Example.com"), "map.yaml").personas
    assert matches(["user:anna@example.com"], persona.members)


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("//storage.googleapis.com/example-raw", True),
        ("//storage.googleapis.com/example-raw/managedFolders/x", False),
        ("//bigquery.googleapis.com/projects/p/datasets/d", True),
        ("//bigquery.googleapis.com/projects/p/datasets/d/tables/t", False),
        ("//pubsub.googleapis.com/projects/p/topics/t", True),
        ("//pubsub.googleapis.com/projects/p/subscriptions/s", False),
        ("//cloudresourcemanager.googleapis.com/projects/p", False),
    ],
)
def test_the_notation_of_a_dataset_a_bucket_and_a_topic_is_complete(name: str, whole: bool) -> None:  # noqa: FBT001
    assert is_container(name) is whole


def test_a_member_of_two_personas_has_the_access_of_both() -> None:
    text = """
layers:
  raw: {buckets: [raw]}
  mart: {datasets: [p.mart]}
personas:
  reader: {members: ['user:a@example.com'], access: [{layers: [raw], may: read}]}
  analyst: {members: ['user:a@example.com'], access: [{layers: [mart], may: read}]}
"""
    found, viewer = parse(text, "map.yaml"), ability("roles/viewer")
    personas = [found.personas_of([member]) for member in ("user:a@example.com", "user:b@example.com")]
    explained = [explained_by(some, viewer, f"{MANAGER}projects/p", found.layers) for some in personas]
    assert explained == ["reader, analyst", ""]


@pytest.mark.parametrize("name", ["gs://raw", "raw", "//storage.googleapis.com/raw"])
def test_a_named_resource_may_be_written_as_people_do(name: str) -> None:
    text = PERSONA.replace("layers: [raw], may: read", f"resources: ['{name}'], may: read")
    found = parse(text, "map.yaml")
    assert found.names("//storage.googleapis.com/raw")
    assert not found.names("//storage.googleapis.com/raw2")


@pytest.mark.parametrize("text", ["", "[]", "layers: 3\npersonas: {}", "layers: {raw: 1}\npersonas: {a: {members: 1}}"])
def test_another_form_is_rejected(text: str) -> None:
    assert problems(text)


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.yaml")


def test_a_table_is_below_its_dataset_and_project() -> None:
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


@pytest.mark.parametrize("page", ["platform-map.md", "platform-map.ja.md"])
def test_the_map_in_the_docs_is_good(page: str) -> None:
    text = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8")
    found = parse(text.partition("```yaml\n")[2].partition("```")[0], page)
    assert [persona.name for persona in found.personas] == ["platform-admin", "data-engineer", "business-analyst"]
