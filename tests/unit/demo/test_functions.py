from __future__ import annotations

from pathlib import Path

import pytest

from demo.functions import FunctionHost, FunctionStartError, command, environment

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
    host = FunctionHost(tmp_path)
    with pytest.raises(FunctionStartError, match=r"function-2\.log"):
        host.start(["metrics_analysis", "nonsense"], environment({}))
    host.stop()
    assert "nonsense" in (tmp_path / "function-2.log").read_text()


def test_without_a_module_of_the_functions_the_first_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "flask.py").write_text("raise ImportError('broken on purpose')")
    host = FunctionHost(tmp_path)
    with pytest.raises(FunctionStartError, match=r"function-1\.log"):
        host.start(["metrics_analysis"], environment({}))
    host.stop()
    assert "broken on purpose" in (tmp_path / "function-1.log").read_text()
