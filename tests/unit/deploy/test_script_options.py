"""deploy.sh rejects an invalid option at once, and suggests the option that was probably meant."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

SCRIPT = Path(__file__).resolve().parents[3] / "deploy.sh"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--projct p", "unknown option '--projct': did you mean --project?"),
        ("--destory", "unknown option '--destory': did you mean --destroy?"),
        ("plan", "unknown option 'plan' (see"),
        ("--project --region r", "--project needs a value"),  # an empty variable: --project $P --region r
        ("--project=p", "missing option: --region"),
        ("--region r", "missing option: --project"),
        ("--plan", "missing option: --project, --region"),
    ],
)
def test_a_mistake_is_named_with_its_correction(words: str, message: str) -> None:
    done = subprocess.run([str(SCRIPT), *words.split()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"deploy.sh: {message}")
    assert line.endswith("(see ./deploy.sh --help)")


def test_the_correction_is_in_the_language_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    done = subprocess.run([str(SCRIPT), "--verbos"], capture_output=True, text=True, check=False)
    assert done.stderr == (
        "deploy.sh: オプション '--verbos' はありません: --verbose ではありませんか? (./deploy.sh --help を参照)\n"
    )
