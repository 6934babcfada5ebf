"""The rules of this repository, compiled once in each process of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import copy
from typing import Any

import orjson

from collectors.metrics_analysis import compiler
from collectors.metrics_analysis.sigma import artifact, rule_files
from collectors.metrics_analysis.sigma.engine import Engine
from shared.config import ROOT
from shared.errors import InputError
from shared.identity.service_agents import IsMonitored, without_numbers

RULES = ROOT / "rules"

_asked: list[IsMonitored] = [without_numbers]
_compile, _load = compiler.compile_rules, artifact.load


@cache
def compiled() -> dict[str, Any]:
    """The compiled form of all shipped rules, which no test may change."""
    return _compile(RULES)


@cache
def engine(redact: Sequence[str] = ()) -> Engine:
    """An engine of the shipped rules, which tests share: it keeps no state, and builds the conditions of a rule once."""
    return Engine(_loaded(), redact, _ask)


def _ask(number: str) -> bool | None:
    return _asked[0](number)


def share() -> None:
    """Compiles and loads the shipped rules once per process, for all commands and functions and for copies of the rules.

    Rules that differ in a file are compiled each time.
    """
    setattr(compiler, "compile_rules", _compiled_once)  # noqa: B010 - mypy allows no other function
    setattr(artifact, "load", _loaded_once)  # noqa: B010


def engine_of(
    compiled_rules: dict[str, Any], redact: Sequence[str] = (), is_monitored: IsMonitored = without_numbers
) -> Engine:
    """An engine of these rules: the shared one if they are the shipped rules, with any reporters.

    The shared engine uses the `is_monitored` of the last call.
    """
    _asked[:] = [is_monitored]
    is_shipped = all(compiled_rules[kind] == _loaded()[kind] for kind in ("rules", "correlations"))
    return engine(tuple(redact)) if is_shipped else Engine(compiled_rules, redact, is_monitored)


@cache
def _loaded() -> dict[str, Any]:
    """Reads the compiled rules as a function does."""
    loaded: dict[str, Any] = orjson.loads(orjson.dumps(compiled()))
    return loaded


@cache
def _digest() -> str | None:
    return rule_files.digest(RULES)


def _compiled_once(rules_dir: Path, warnings: list[InputError] | None = None) -> dict[str, Any]:
    is_shipped = warnings is None and rule_files.digest(rules_dir) == _digest()
    return compiled() if is_shipped else _compile(rules_dir, warnings)


def _loaded_once(rules_dir: Path) -> dict[str, Any]:
    return _loaded() if rules_dir == RULES else _load(rules_dir)


def one_rule(folder: Path) -> Path:
    """Writes a folder with one shipped rule and without metrics."""
    made = folder / "rules"
    (made / "scheduler").mkdir(parents=True)
    for name in ("attempt_failed.yml", "attempt_failed.examples.json"):
        copy(RULES / "scheduler" / name, made / "scheduler" / name)
    return made
