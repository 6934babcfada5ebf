"""What the generated roles hold, and that it is nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from deploy.permissions import declared
from handlers import registry
from handlers.actions import remove_iam_member
from shared.config import ROOT

EMPTY: dict[str, Any] = {"load": [], "rules": []}
WITH_LOAD: dict[str, Any] = {"load": [{"key": "x"}], "rules": []}
RULE = """\
handlers:
  - name: close
    match: {{kind: irregular_access}}
    action: {action}
    mode: {mode}
    enabled: {enabled}
"""


@pytest.fixture
def handlers(tmp_path: Path) -> Any:
    def write(action: str, mode: str = "auto", *, enabled: bool = True) -> Path:
        file = tmp_path / "handlers.yaml"
        file.write_text(RULE.format(action=action, mode=mode, enabled=str(enabled).lower()))
        return file

    return write


def test_nothing_enabled_needs_nothing(handlers: Any) -> None:
    file = handlers("remove_iam_member", enabled=False)
    assert declared("metrics_analysis", artifact=EMPTY, handlers_file=file) == {}


def test_load_checks_read_time_series(handlers: Any) -> None:
    file = handlers("teams")
    assert set(declared("metrics_analysis", artifact=WITH_LOAD, handlers_file=file)) == {"monitoring.timeSeries.list"}


def test_a_repair_brings_exactly_what_its_action_declares(handlers: Any) -> None:
    file = handlers("remove_iam_member")
    found = declared("metrics_analysis", artifact=EMPTY, handlers_file=file)
    assert set(found) == set(remove_iam_member.PERMISSIONS)


def test_a_dry_run_is_given_no_power_to_change(handlers: Any) -> None:
    file = handlers("remove_iam_member", "dry_run")
    found = declared("metrics_analysis", artifact=EMPTY, handlers_file=file)
    assert {name.rpartition(".")[2] for name in found} == {"get", "getIamPolicy"}
    assert "storage.buckets.getIamPolicy" in found


def test_every_permission_says_who_wants_it(handlers: Any) -> None:
    file = handlers("remove_iam_member")
    found = declared("metrics_analysis", artifact=WITH_LOAD, handlers_file=file)
    assert found["monitoring.timeSeries.list"] == ["detector threshold"]
    assert found["storage.buckets.setIamPolicy"] == ["handler rule close (remove_iam_member, auto)"]


@pytest.mark.parametrize("name", sorted(registry.names()))
def test_a_dry_run_needs_a_part_of_what_the_action_needs(name: str) -> None:
    action = registry.find(name)
    assert set(getattr(action, "DRY_RUN_PERMISSIONS", ())) <= set(action.PERMISSIONS)


def test_the_history_reads_only() -> None:
    made = artifact.load(ROOT / "rules")
    found = declared("history_analysis", artifact=made, handlers_file=ROOT / "rules" / "handlers.yaml")
    verbs = {name.rpartition(".")[2] for name in found} - {"create", "execute"}  # its own queries; Airflow's API
    assert all(verb.startswith(("get", "list", "search", "query")) for verb in verbs), verbs
