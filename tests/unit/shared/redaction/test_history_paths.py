"""The columns of history that a pattern of HINOMI_REDACT hides."""

from __future__ import annotations

import pytest

from shared.config import ROOT, Settings
from shared.redaction.history_paths import PATHS, hidden

PAGES = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("security.md", "security.ja.md")]


@pytest.mark.parametrize(
    ("pattern", "columns"),
    [
        ("protoPayload.authenticationInfo.principalEmail", {"principal", "granted_by", "revoked_by"}),
        ("*.callerIp", {"networks"}),
        ("*.CALLERIP", {"networks"}),
        ("*.member", {"member"}),
        ("protoPayload.serviceData.*", {"member", "role", "condition"}),
        ("*.query", set()),
    ],
)
def test_a_column_is_hidden_when_a_path_that_it_stands_for_is(pattern: str, columns: set[str]) -> None:
    assert hidden([pattern]) == columns


def test_by_default_history_is_shown() -> None:
    assert hidden(Settings().redact) == frozenset()


@pytest.mark.parametrize("column", PATHS)
def test_every_column_is_on_both_pages_with_its_paths(column: str) -> None:
    for page in PAGES:
        (row,) = [line for line in page.splitlines() if line.startswith("|") and f"`{column}`" in line.split("|")[1]]
        assert [path for path in PATHS[column] if f"`{path}`" not in row] == []
