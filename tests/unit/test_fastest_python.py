"""Which Python `make setup` chooses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shared.config import ROOT

pytestmark = pytest.mark.server


def chosen(folder: Path, *measured: str) -> str:
    """Runs the choice among several Pythons that print these results; returns the folder of the chosen one."""
    folders = []
    for place, printed in enumerate(measured):
        program = folder / str(place) / "python3"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{printed}\n", encoding="utf-8")
        program.chmod(0o755)
        folders.append(str(program.parent))
    script = ["/bin/sh", str(ROOT / ".ci" / "fastest_python")]
    done = subprocess.run(script, env={"PATH": ":".join(folders)}, capture_output=True, text=True, check=True)
    return done.stdout.removeprefix(f"{folder}/").strip()


@pytest.mark.parametrize(
    ("measured", "python"),
    [
        (["echo 3.11 1000"], "python3"),
        (["echo 3.11 1000", "echo 3.11 900"], "python3"),
        (["echo 3.11 1000", "echo 3.11 800"], "1/python3"),
        (["echo 3.11 1000", "echo 3.11 800", "echo 3.11 500"], "2/python3"),
        (["echo 3.11 1000", "echo 3.11 500", "echo 3.11 450"], "1/python3"),
        (["echo 3.12 1000", "echo 3.11 500"], "python3"),
        (["echo 3.11 1000", "exit 1"], "python3"),
        (["exit 1", "echo 3.11 500"], "python3"),
    ],
    ids=["alone", "hardly faster", "faster", "fastest", "first of two alike", "other version", "broken", "unusable"],
)
def test_a_much_faster_python_of_the_same_version_wins(measured: list[str], python: str, tmp_path: Path) -> None:
    assert chosen(tmp_path, *measured) == python


def test_the_real_ones_can_be_measured() -> None:
    done = subprocess.run([ROOT / ".ci" / "fastest_python"], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).name == "python3"
