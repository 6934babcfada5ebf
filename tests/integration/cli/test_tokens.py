"""`hinomi tokens`: a token is created once, listed without its secret, and revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run
from db.error_db.api_tokens import FORM

pytestmark = pytest.mark.sqlite


def test_a_token_is_printed_once_listed_and_revoked(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    assert run(["tokens", "list"]) == 0
    assert capsys.readouterr().out == "No tokens: `hinomi tokens add NAME --scope read` creates one.\n"
    assert run(["tokens", "add", "bot", "--scope", "write", "--scope", "read", "--expires", "30d"]) == 0
    made = capsys.readouterr()
    assert FORM.fullmatch(made.out.strip())
    assert "cannot be shown again" in made.err
    assert run(["tokens", "list", "--json"]) == 0
    (token,) = json.loads(capsys.readouterr().out)
    assert (token["name"], token["scopes"], token["last_used_at"]) == ("bot", ["read", "write"], None)
    assert "digest" not in token
    assert run(["tokens", "revoke", "bot"]) == 0
    assert run(["tokens", "list"]) == 0
    shown = capsys.readouterr().out
    assert "Token bot is revoked." in shown
    assert "revoked on" in shown
    assert run(["tokens", "revoke", "bot"]) == 2
    assert "No valid token is named bot: `hinomi tokens list` shows all of them." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a b", "--scope", "read"], "Invalid name 'a b'"),
        (["x" * 61, "--scope", "read"], "Invalid name"),
        (["bot", "--scope", "read", "--expires", "367d"], "at most 366 days"),
        (["bot", "--scope", "read", "--expires", "soon"], "invalid duration"),
        (["bot"], "missing option"),
        (["bot", "--scope", "admin"], "admin"),
    ],
)
def test_what_cannot_be_a_token_is_rejected(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert run(["tokens", "add", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()
