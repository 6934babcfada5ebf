from __future__ import annotations

from pathlib import Path

import pytest

from demo.functions import FunctionStartError, command, environment, functions

pytestmark = pytest.mark.server


def test_the_users_own_settings_do_not_reach_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_TEAMS_WEBHOOK_URL", "https://example.com/the-real-channel")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    made = environment({"HINOMI_PROJECTS": "example-project"})
    settings = {key: value for key, value in made.items() if key.startswith("HINOMI_")}

    assert settings == {"HINOMI_LANGUAGE": "ja", "HINOMI_PROJECTS": "example-project"}


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(FunctionStartError, match="nonsense"):
        command(["nonsense"], environment({}))


def test_a_function_that_cannot_start_points_to_its_log(tmp_path: Path) -> None:
    env = environment({}) | {"PYTHONPATH": str(tmp_path)}
    (tmp_path / "flask.py").write_text("raise ImportError('broken on purpose')")
    with pytest.raises(FunctionStartError, match=r"function-1\.log"), functions(["metrics_analysis"], env, tmp_path):
        pass
    assert "broken on purpose" in (tmp_path / "function-1.log").read_text()
