"""`python -m demo.function_host`: imports what the functions need once, and forks the functions that a line of JSON lists.

Each function would otherwise need one or two seconds of a processor for its imports. The functions run until the standard
input ends, such as when the demo ends. The exit code is the number, counted from 1, of the function that ended before that.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

MODULES = (
    *("functions_framework._cli", "functions_framework._http.gunicorn", "gunicorn.glogging", "main"),
    *("google.cloud.bigquery", "google.cloud.logging_v2", "google.cloud.monitoring_v3", "requests"),
    *("grpc._interceptor", "sqlalchemy.dialects.sqlite"),
    *("collectors.metrics_analysis.collector_check", "collectors.metrics_analysis.kafka.check"),
    *("collectors.metrics_analysis.reason_lines.reader", "collectors.metrics_analysis.sweep"),
    *("collectors.history_analysis.incident_checks", "handlers.scripts.folder", "insights.causes.changes"),
    *("collectors.history_analysis.request", "collectors.history_analysis.snapshot"),
    *("db.error_db.detector_queries", "db.first_use", "db.schema_db.models", "handlers.enabled_actions"),
    *("handlers.own_calls", "handlers.plan", "handlers.reports.keep", "handlers.silences.due", "handlers.worker"),
    *("insights.access.earlier_policy", "insights.causes.lookup", "insights.jobs.intervals"),
)


def main() -> int:
    """Forks the functions and waits for the end of one of them."""
    _load()
    order = json.loads(sys.stdin.readline() or "{}")
    processes = [_forked(order["env"], **each) for each in order.get("functions", ())]
    threading.Thread(target=_stop_with_the_demo, args=(processes,), daemon=True).start()
    ended = _wait_for_one()
    _stop(process for process in processes if process != ended)
    while _wait_for_one():
        pass
    return processes.index(ended) + 1 if ended else 0


def _load() -> None:
    """Imports the modules, with those that functions find by walking, and compiles what is compiled at its first use."""
    for name in MODULES:
        importlib.import_module(name)
    from apprise import Apprise  # noqa: PLC0415

    from collectors.history_analysis import registry as collectors  # noqa: PLC0415 - not before the list
    from collectors.metrics_analysis import detectors  # noqa: PLC0415
    from handlers import registry as handlers  # noqa: PLC0415
    from shared.redaction.secret_patterns import scrub  # noqa: PLC0415

    for plugin in handlers.plugins().values():
        importlib.import_module(plugin.module)
    detectors.discover()
    collectors.discover(())
    Apprise().add("json://localhost")  # imports all of its services
    scrub("password: secret")
    gc.freeze()


def _forked(env: Mapping[str, str], arguments: Sequence[str], log: str) -> int:
    """Starts `functions-framework` with these arguments, whose output is appended to a file; returns its process."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        from functions_framework._cli import _cli  # noqa: PLC0415

        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(output, descriptor)
        os.close(sys.stdin.fileno())
        os.environ.clear()
        os.environ.update(env)
        sys.argv = ["functions-framework", *arguments]
        _cli()
    except SystemExit as end:
        if end.code:  # otherwise the demo has stopped it
            traceback.print_exc()
        else:
            code = 0
    except BaseException:  # noqa: BLE001 - the parent's code must not run in this process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _stop_with_the_demo(processes: Iterable[int]) -> None:
    sys.stdin.read()
    _stop(processes)


def _stop(processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


def _wait_for_one() -> int:
    """The function that ends next; 0 if none runs."""
    with suppress(ChildProcessError):
        return os.wait()[0]
    return 0


if __name__ == "__main__":
    sys.exit(main())
