"""The start of a function, until its first response: modules that it does not need delay it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.config import ROOT
from tests.support.function_process import push_body
from tests.support.reporters import rules_with

# Which modules of its own, and which other packages, a function may import before a rule matches.
OWN = {"collectors", "main", "shared"}
OTHERS = {"orjson", "re2"}
# Compiling the methods of a dataclass takes half a millisecond: the others are those of shared/lazy, which do it when used.
COMPILED_AT_ONCE = ["shared.front_door.RefusedError"]
COMPILER = "collectors.metrics_analysis.compiler"
START = """
import dataclasses, functions_framework, gc, json, sys
before, compiled, create = set(sys.modules), [], dataclasses.dataclass
def counted(cls=None, /, **options):
    if cls is None:
        return lambda decorated: counted(decorated, **options)
    if options.get("init", True) and cls.__module__ not in ("types", "shared.lazy.dataclass"):
        compiled.append(f"{cls.__module__}.{cls.__name__}")
    return create(cls, **options)
dataclasses.dataclass = counted
import main
from datetime import UTC, datetime
result = main.application().pipeline.handle(sys.stdin.buffer.read(), datetime.now(UTC))
names = sorted(set(sys.modules) - before - sys.stdlib_module_names)
print(json.dumps([result, names, gc.isenabled(), gc.get_freeze_count() > 10_000, compiled]))
"""


@pytest.mark.server
def test_a_message_that_matches_no_rule_imports_no_database_no_client_and_no_compiler(tmp_path: Path) -> None:
    body = push_body({"logName": "projects/example-project/logs/x", "textPayload": "x"})
    environment = {**os.environ, "HINOMI_RULES_DIR": str(rules_with(tmp_path)), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", START], input=body, env=environment, capture_output=True, cwd=ROOT, check=True
    )
    result, names, collects_garbage, has_frozen_its_start, compiled_classes = json.loads(done.stdout.splitlines()[-1])
    assert result == "no rule matches"
    packages = {name.partition(".")[0] for name in names if not name.startswith("_")}
    assert packages - OTHERS == OWN
    assert [name for name in names if name.startswith(COMPILER)] == []
    assert collects_garbage
    assert has_frozen_its_start
    assert compiled_classes == COMPILED_AT_ONCE
