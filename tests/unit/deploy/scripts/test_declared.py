"""The permissions of scripts follow the enabled handler rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.bootstrap import RulesDesiredState
from deploy.target import DeployTarget, parse_scope
from tests.support.script_folder import add_script

RULE = "handlers: [{{name: run, match: {{service: iam}}, action: run_script, params: {{script: restart}}, {more}}}]"


@pytest.mark.parametrize(
    ("more", "with_permissions"),
    [
        ("mode: auto", {"restart", "stop"}),
        ("mode: approve", {"restart", "stop"}),
        ("mode: dry_run", set()),
        ("mode: auto, enabled: false", set()),
    ],
)
def test_a_script_has_permissions_only_while_a_handler_rule_may_run_it(
    tmp_path: Path, more: str, with_permissions: set[str]
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "handlers.yaml").write_text(RULE.format(more=more), encoding="utf-8")
    for name, manifest in (("restart", "undo: stop\n"), ("stop", ""), ("unused", "")):
        add_script(tmp_path / "actions", name, more=f"permissions: [storage.objects.get]\n{manifest}")
    desired = RulesDesiredState(rules, DeployTarget("my-project", "europe-west1", parse_scope("", "my-project")))
    assert {name for name, each in desired.scripts.items() if each.script.permissions} == with_permissions
