from __future__ import annotations

from pathlib import Path

import pytest

from handlers.owners.table import LAYERS, OWNERS
from handlers.read import hidden_links, problems, read_file, with_layers
from shared.config import Settings

MAP = """
layers:
  raw: {owner: 'group:ingestion@example.com', buckets: ['landing-*']}
  mart: {datasets: ['example-project.mart']}
personas:
  admin: {members: ['group:a@example.com'], access: [{layers: ['*'], may: admin}]}
"""
RULE = "handlers: [{name: card, action: teams, to_owner: true}]"


@pytest.fixture
def platform_map(tmp_path: Path) -> str:
    path = tmp_path / "platform.yaml"
    path.write_text(MAP, encoding="utf-8")
    return str(path)


def written(tmp_path: Path, owners: str, rule: str = RULE) -> Path:
    path = tmp_path / "handlers.yaml"
    path.write_text(
        f"rotations: {{duty: {{people: [a], starts: 2026-11-30, timezone: UTC}}}}\n{owners}\n{rule}\n", "utf-8"
    )
    return path


def test_everything_that_an_entry_can_say(tmp_path: Path) -> None:
    entry = """
owners:
  - owner: analytics
    match: {layer: mart, resource: [a.b, c.d], labels: {team: data}}
    tier: 1
    runbook: https://wiki.example.com/x
    channel: analytics
  - {owner: platform, on_call: duty}
"""
    file, errors = read_file(written(tmp_path, entry))
    assert errors == []
    assert file.rules[0].to_owner
    assert file.defaults[OWNERS] == [
        {
            "owner": "analytics",
            "match": {"layer": ["mart"], "resource": ["a.b", "c.d"], "labels": {"team": ["data"]}},
            "tier": "1",
            "runbook": "https://wiki.example.com/x",
            "channel": "analytics",
        },
        {"owner": "platform", "on_call": "duty"},
    ]


@pytest.mark.parametrize(
    ("owners", "message"),
    [
        ("[{owner: a, on_call: nights}]", "there is no rotation 'nights'"),
        ("[{owner: a, channel: a, on_call: duty}]", "use either channel or on_call"),
        ("[{owner: a, channel: A-b}]", "a person must be the name of a channel"),
        ("[{owner: a, runbook: 'http://wiki'}]", "invalid address 'http://wiki'"),
        ("[{owner: a, tier: ''}]", "a tier is a number or a short text"),
        ("[{owner: a, match: {kind: job_failure}}]", "kind"),
        ("[{owner: a, match: {service: }}]", "service"),
        ("[{owner: ''}]", "owner"),
        ("[{match: {service: iam}}]", "owner"),
        ("[{owner: a, match: {service: iam}}, {owner: b, match: {service: [iam]}}]", "the same match as entry 1"),
        ("[{owner: a}, {owner: b}]", "the same match as entry 1"),
    ],
)
def test_a_mistake_in_an_entry_is_reported_with_its_line(tmp_path: Path, owners: str, message: str) -> None:
    _, errors = read_file(written(tmp_path, f"owners: {owners}"))
    assert message in str(errors[0])
    assert errors[0].line == 2


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("action: remove_iam_member, to_owner: true", "to_owner requires a notifier with channels"),
        ("action: pubsub, to_owner: true", "to_owner requires a notifier with channels"),
        ("action: teams, on_call: duty, to_owner: true", "use either to_owner or on_call"),
    ],
)
def test_only_a_notification_with_channels_goes_to_owners(tmp_path: Path, keys: str, message: str) -> None:
    _, errors = read_file(written(tmp_path, "owners: []", f"handlers: [{{name: card, {keys}}}]"))
    assert message in str(errors[0])


def test_layers_come_from_the_platform_map(tmp_path: Path, platform_map: str) -> None:
    settings = Settings(platform_file=platform_map)
    path = written(tmp_path, "owners: [{owner: a, match: {layer: [raw, 'm*']}}]")
    file, errors = read_file(path)
    assert (errors, problems(path, settings)) == ([], [])
    assert with_layers(file, settings).defaults[LAYERS] == {
        "raw": {"owner": "group:ingestion@example.com", "patterns": {"buckets": ["landing-*"]}},
        "mart": {"owner": "", "patterns": {"datasets": ["example-project.mart"]}},
    }
    without_table = with_layers(read_file(written(tmp_path, "owners: []"))[0], settings)
    assert list(without_table.defaults[LAYERS]) == ["raw"]
    assert LAYERS not in with_layers(file, Settings()).defaults


def test_an_unknown_layer_is_a_mistake(tmp_path: Path, platform_map: str) -> None:
    path = written(tmp_path, "owners: [{owner: a, match: {layer: row}}]")
    (error,) = problems(path, Settings(platform_file=platform_map))
    assert "the platform map has no layer 'row'" in str(error)
    assert "raw" in str(error)
    (error,) = problems(path, Settings())
    assert "there is no platform map with a layer 'row'" in str(error)


def test_a_runbook_on_an_unknown_host_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "owners: [{owner: a, runbook: 'https://wiki.example.com/a'}]")
    assert [each.line for each in hidden_links(path, Settings())] == [2]
    assert list(hidden_links(path, Settings(link_hosts=("*.example.com",)))) == []
