"""Bytecode from the build of a function is valid in its image, where every file has another time."""

from __future__ import annotations

import os
import py_compile
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from deploy.parts.functions import BUILD_ENVIRONMENT
from deploy.phases import all_steps
from tests.support.planning import Ground, aim

BY_CONTENT = b"\x03\0\0\0"  # of a hash that is compared with the source (PEP 552); the header of one with a time has 0


@pytest.mark.server
def test_every_function_is_built_with_bytecode_that_is_valid_by_its_content(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployments = [step.argv for step in all_steps(ground.site(aim())) if step.argv[:2] == ("functions", "deploy")]
    assert len(deployments) > 1
    given = "--set-build-env-vars=^@@^" + "@@".join(f"{name}={value}" for name, value in BUILD_ENVIRONMENT.items())
    assert all(given in argv for argv in deployments)
    for name, value in BUILD_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    source = tmp_path / "main.py"
    source.write_text("answer = 42\n")
    py_compile.compile(os.fspath(source), doraise=True)
    assert Path(cache_from_source(os.fspath(source))).read_bytes()[4:8] == BY_CONTENT
