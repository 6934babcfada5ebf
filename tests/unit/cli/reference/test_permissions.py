"""docs/permissions.md matches the declarations in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.reference import permissions
from deploy.site import read_plan
from shared.config import ROOT
from shared.errors import InputError

HANDLERS = ROOT / "rules" / "handlers.yaml"


@pytest.fixture(scope="module")
def page() -> str:
    return permissions.reference(HANDLERS)


def test_permissions_to_change_are_granted_only_with_auto(page: str) -> None:
    changing = re.compile(r"^\| `([\w.]+\.(?:set\w+|update|delete|create))` .*\| (.*) \|$", re.MULTILINE)
    watched = page[page.index("role `hinomi_metrics") : page.index("## Database access")]
    allowed = {"`mode: auto`", "in that dataset only", "in its project"}
    found = dict(changing.findall(watched))
    assert "storage.buckets.setIamPolicy" in found
    # A query of the history is a job of BigQuery.
    assert {name for name, when in found.items() if when not in allowed} <= {"bigquery.jobs.create"}


def test_every_account_is_on_the_page_and_in_the_words_to_it(page: str) -> None:
    for text in (
        page,
        *((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("security.md", "security.ja.md")),
    ):
        assert [name for name in read_plan()["accounts"] if f"`{name}`" not in text] == []


def test_a_handlers_file_with_a_mistake_gives_no_page(tmp_path: Path) -> None:
    (tmp_path / "handlers.yaml").write_text("handlers: 5")
    with pytest.raises(InputError):
        permissions.reference(tmp_path / "handlers.yaml")
