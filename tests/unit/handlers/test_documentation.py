"""The page of actions names every action, parameter, permission and reason."""

from __future__ import annotations

from dataclasses import fields

import pytest

from handlers import registry
from handlers.match import Reason
from shared.config import ROOT

PAGE = (ROOT / "docs" / "handlers.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    assert f"\n### {name}\n" in PAGE
    return PAGE.split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]


@pytest.mark.parametrize("name", registry.names())
def test_every_action_has_its_section_with_parameters_and_permissions(name: str) -> None:
    action = registry.find(name)
    wanted = [*(item.name for item in fields(action.Params)), *action.PERMISSIONS]
    assert [word for word in wanted if f"`{word}`" not in section(name)] == []


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.MATCHED])
def test_every_reason_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in PAGE


@pytest.mark.parametrize("name", registry.names())
def test_every_action_has_a_test_of_its_own(name: str) -> None:
    assert list((ROOT / "tests").rglob(f"test_{name}*.py"))
