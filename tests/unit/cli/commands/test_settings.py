"""`hinomi settings`."""

from __future__ import annotations

import pytest

from cli.app import run
from cli.commands import settings
from shared.config import ROOT


def test_the_page_of_the_settings_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings.markdown(), "run: hinomi settings --markdown > docs/settings.md"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://u:hunter2@h:5432/x?sslmode=require", "://u:<secret>@h:5432/x?sslmode=require"),
        ("postgresql+psycopg://u:hunt@hunter2@h/x", "://u:<secret>@h/x"),
        ("postgresql+psycopg://u@h/x?password=hunter2&sslmode=require", "?password=<secret>&sslmode=require"),
        ("postgresql+psycopg://u@h:5432/x", "://u@h:5432/x"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_password_of_a_database_is_not_shown(
    url: str, shown: str, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", url)
    assert run(["settings", *options]) == 0
    out = capsys.readouterr().out
    assert shown in out
    assert "hunter2" not in out
