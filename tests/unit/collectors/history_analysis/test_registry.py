"""All collectors are loaded and documented, and import no heavy packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collectors.history_analysis import registry
from collectors.history_analysis.collector import Collector
from shared.config import Settings
from shared.errors import InputError
from tests.support.history import collector, every_kind
from tests.support.metrics import kept_metrics

ROOT = Path(__file__).resolve().parents[4]
HEAVY = ("db", "google.auth", "google.api_core", "grpc", "sqlalchemy", "requests", "yaml", "pydantic")
COLLECTORS = [pytest.param(item, id=item.name) for item in registry.discover(kept_metrics())]


@pytest.mark.parametrize("found", COLLECTORS)
def test_a_collector_describes_itself(found: Collector) -> None:
    assert found.doc.endswith(".")
    assert all(permission.count(".") >= 2 for permission in found.permissions)
    assert found.name.count(".") == 1
    assert found.every.total_seconds() > 0


@pytest.mark.parametrize("found", COLLECTORS)
def test_nothing_is_read_where_nothing_is_set(found: Collector) -> None:
    assert found.scopes(Settings()) == []


def test_names_are_unique() -> None:
    names = [item.name for item in registry.discover(kept_metrics())]
    assert len(names) == len(set(names))


@pytest.mark.server
def test_finding_them_imports_nothing_heavy() -> None:
    code = f"""
import sys
from collectors.history_analysis import registry
registry.discover(())
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("names", "chosen"), [([], ["a.x", "a.y", "b.x"]), (["a"], ["a.x", "a.y"]), (["b.x", "a.y"], ["a.y", "b.x"])]
)
def test_collectors_are_chosen_by_name_or_service(names: list[str], chosen: list[str]) -> None:
    existing = [collector(every_kind, name) for name in ("a.x", "a.y", "b.x")]
    assert [item.name for item in registry.select(existing, names)] == chosen


@pytest.mark.parametrize("name", ["c", "a.z", "", "x"])
def test_an_unknown_name_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError, match="no collector is named"):
        registry.select([collector(every_kind, "a.x")], [name])
