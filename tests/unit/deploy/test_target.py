"""The options of deploy.sh."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.target import DeployTarget, MonitoredScope, parse_scope
from shared.errors import InputError


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("", MonitoredScope("projects", ("my-project",))),
        ("organizations/1", MonitoredScope("organizations", ("1",))),
        ("folders/22", MonitoredScope("folders", ("22",))),
        ("projects/sales-1,market-2,sales-1", MonitoredScope("projects", ("sales-1", "market-2"))),
    ],
)
def test_a_scope_is_read(text: str, scope: MonitoredScope) -> None:
    assert parse_scope(text, "my-project") == scope


@pytest.mark.parametrize(
    "text", ["folders/1,2", "organizations/x", "projects/", "billing/1", "projects/UPPER", "folders"]
)
def test_an_invalid_scope_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match="--scope"):
        parse_scope(text, "my-project")


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"project": "My_Project"}, "--project is 'My_Project'"),
        ({"region": "tokyo"}, "--region"),
        ({"secrets": {"HINOMI_PAGER_KEY": "a b"}}, "--secret HINOMI_PAGER_KEY is '<secret>'"),
        ({"database_instance": "Big!"}, "--database-instance"),
        ({"alert_email": "not an address"}, "--alert-email"),
    ],
)
def test_a_wrong_value_names_its_option(changes: dict[str, Any], option: str) -> None:
    values = {"project": "my-project", "region": "asia-northeast1", **changes}
    with pytest.raises(InputError, match=option):
        DeployTarget(scope=parse_scope("", values["project"]), **values)
