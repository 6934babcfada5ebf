"""Starts a function in a separate process until its first response: what it imports and compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from dashboard import registry
from shared.config import ROOT
from tests.support.function_process import push_body

MESSAGE, PAGE = "message", "page"  # one that matches no rule; the first page of the dashboard
_FIRST = """
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
"""
_ANSWERS = {
    MESSAGE: """
from datetime import UTC, datetime
answer = main.application().pipeline.handle(sys.stdin.buffer.read(), datetime.now(UTC))
""",
    PAGE: """
from types import SimpleNamespace
from werkzeug.test import EnvironBuilder
environ = EnvironBuilder(base_url="http://127.0.0.1/", environ_base={"REMOTE_ADDR": "127.0.0.1"}).get_environ()
response = main.dashboard(SimpleNamespace(environ=environ))
answer = response.status if b"failing" not in response.data else response.get_data(as_text=True)
""",
}
_LAST = """
names = sorted(name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names)
print(json.dumps([answer, names, gc.isenabled(), gc.get_freeze_count() > 10_000, compiled]))
"""


@dataclass(frozen=True)
class Start:
    """The first answer, the imported modules, the state of garbage collection, and the dataclasses compiled at the start."""

    answer: str
    modules: list[str]
    collects_garbage: bool
    has_frozen_its_start: bool
    compiled: list[str]

    @property
    def own(self) -> set[str]:
        """The modules of Hinomi."""
        return {name for name in self.modules if name == "main" or (ROOT / name.partition(".")[0]).is_dir()}

    @property
    def other_packages(self) -> set[str]:
        """The imported packages of others, without those that the framework imports."""
        packages = {name.partition(".")[0] for name in set(self.modules) - self.own if not name.startswith("_")}
        return packages - {"cython_runtime", "werkzeug"}


def start(kind: str, environment: dict[str, str]) -> Start:
    """Starts a function that answers a message or shows a page; the index of the pages is written before."""
    registry.discover()
    done = subprocess.run(
        [sys.executable, "-c", _FIRST + _ANSWERS[kind] + _LAST],
        input=push_body({"logName": "projects/example-project/logs/x", "textPayload": "x"}),
        env={**os.environ, "PYTHONPATH": str(ROOT), "FUNCTION_TARGET": _TARGETS[kind], **environment},
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    return Start(*json.loads(done.stdout.splitlines()[-1]))


_TARGETS = {MESSAGE: "metrics_analysis", PAGE: "dashboard"}
