"""Reports of an Airflow to Hinomi: one module to install, or to copy into the folder `plugins/` or `dags/`.

As a plugin it reports every DAG, and no DAG has to be changed. The callbacks do the same for chosen DAGs:

    from hinomi_airflow import DAG_CALLBACKS, TASK_CALLBACKS

    with DAG("load_mart", default_args=TASK_CALLBACKS, **DAG_CALLBACKS): ...

Settings are environment variables of Airflow's processes:

    HINOMI_REPORTS_TOPIC        projects/PROJECT/topics/hinomi-reports-REPORTER; without it nothing is reported
    HINOMI_REPORTER             the declared reporter; by default the end of the topic's name
    HINOMI_AIRFLOW_ENVIRONMENT  the name of this Airflow; by default COMPOSER_ENVIRONMENT, otherwise `airflow`
    HINOMI_REPORTS_FOLDER       where reports wait for Pub/Sub; by default `hinomi-reports` in AIRFLOW_HOME
    HINOMI_REPORTS_WAIT         seconds that a task waits at most until its report is sent; by default 5
    HINOMI_AIRFLOW_LISTENER     `off`: only the callbacks report

A report is first written to a file in that folder. A separate process sends the files with google-cloud-pubsub, in
their order, and retries while Pub/Sub is unavailable, because gRPC does not work reliably in the processes that Airflow
forks for tasks. This module never raises an exception into Airflow.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid
from datetime import datetime, timezone
from functools import wraps
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

__version__ = "0.1.0"

log = logging.getLogger("hinomi_airflow")

PREFIX = "hinomi-reports-"
MOST_WAITING = 10_000  # older reports are dropped
LONGEST_TEXT = 1_000
TRIES_FOR = 15 * 60  # seconds that a sender goes on trying; the next report starts another one
LONGEST_PAUSE = 60
PUBLISH_SECONDS = 20
LOG_BYTES = 1_000_000
LOCK, FAILING, SENDER_LOG = "sender.lock", "failing", "sender.log"
FINAL_ERRORS = ("AirflowFailException", "AirflowSensorTimeout", "AirflowTaskTerminated")


# ---------------------------------------------------------------- settings


def topic() -> str:
    """The topic of the reporter; empty if it is not set."""
    return os.environ.get("HINOMI_REPORTS_TOPIC", "").strip()


def reporter() -> str:
    """The name of the reporter."""
    name = topic().rpartition("/")[2]
    return os.environ.get("HINOMI_REPORTER", "").strip() or name.removeprefix(PREFIX)


def environment() -> str:
    """The name of this Airflow, as in Hinomi's connection to it and in the logs of Composer."""
    names = (os.environ.get(name, "").strip() for name in ("HINOMI_AIRFLOW_ENVIRONMENT", "COMPOSER_ENVIRONMENT"))
    return next(filter(None, names), "airflow")


def folder() -> Path:
    """The folder of waiting reports."""
    if given := os.environ.get("HINOMI_REPORTS_FOLDER", "").strip():
        return Path(given)
    home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
    return home / "hinomi-reports" if os.access(home, os.W_OK) else Path(tempfile.gettempdir()) / "hinomi-reports"


def _seconds_to_wait() -> float:
    try:
        return max(0.0, float(os.environ.get("HINOMI_REPORTS_WAIT") or 5))
    except ValueError:
        return 5.0


# ---------------------------------------------------------------- callbacks


def _never_raises(function: Callable[..., Any]) -> Callable[..., None]:
    """The callback, which logs its errors instead of raising them."""

    @wraps(function)
    def safe(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except Exception:  # the task matters more than its report
            log.exception("hinomi_airflow: the report was not made")

    return safe


@_never_raises
def task_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of tasks."""
    _report(_of_task(_ti(context), "failed", context.get("exception"), context))


@_never_raises
def task_retried(context: Mapping[str, Any]) -> None:
    """`on_retry_callback` of tasks: reports the error of the attempt, which opens no incident."""
    _report(_of_task(_ti(context), "retrying", context.get("exception"), context))


@_never_raises
def task_succeeded(context: Mapping[str, Any]) -> None:
    """`on_success_callback` of tasks: reports a success after another attempt, which may have failed."""
    ti = _ti(context)
    if _is_another_attempt(ti):
        _report(_of_task(ti, "ok", None, context))


@_never_raises
def dag_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of DAGs."""
    _report(_of_run(context["dag_run"], "failed", context.get("reason"), context))


@_never_raises
def dag_succeeded(context: Mapping[str, Any]) -> None:
    """`on_success_callback` of DAGs."""
    _report(_of_run(context["dag_run"], "ok", None, context))


@_never_raises
def sla_missed(
    dag: Any, task_list: str, blocking_task_list: str, slas: Sequence[Any], blocking_tis: Sequence[Any]
) -> None:
    """`sla_miss_callback` of DAGs in Airflow 2."""
    runs = {(str(ti.task_id), _iso(_logical_date(ti))): str(ti.run_id) for ti in blocking_tis}
    for sla in slas:
        date = _iso(_logical_date(sla))
        run = runs.get((str(sla.task_id), date)) or next((run for (_, at), run in runs.items() if at == date), "")
        labels = {"dag_id": str(dag.dag_id), "task_id": str(sla.task_id), "run_id": run or f"scheduled__{date}"}
        labels.update(logical_date=date, owner=str(getattr(dag, "owner", "") or ""))
        _report(
            _with_place({"state": "late", "time": _iso(getattr(sla, "timestamp", None)), "severity": "medium"}, labels)
        )


async def deadline_missed(context: Any = None, **_options: Any) -> None:
    """The callback of a `DeadlineAlert` in Airflow 3.1 and later: `AsyncCallback(deadline_missed)`."""
    _deadline_missed(context or {})


@_never_raises
def _deadline_missed(context: Mapping[str, Any]) -> None:
    run = context.get("dag_run") or {}
    labels = {"dag_id": str(_get(run, "dag_id")), "run_id": str(_get(run, "dag_run_id") or _get(run, "run_id"))}
    labels["logical_date"] = _iso(_get(run, "logical_date"))
    deadline = _iso((context.get("deadline") or {}).get("deadline_time"))
    summary = f"the deadline was {deadline}" if deadline else ""
    # The triggerer runs many triggers in one process, so that this one waits for nothing.
    _report(_with_place({"state": "late", "summary": summary, "severity": "medium"}, labels), wait=0)


TASK_CALLBACKS = {
    "on_failure_callback": task_failed,
    "on_retry_callback": task_retried,
    "on_success_callback": task_succeeded,
}
DAG_CALLBACKS = {"on_failure_callback": dag_failed, "on_success_callback": dag_succeeded}


# ---------------------------------------------------------------- reports


def _of_task(ti: Any, state: str, error: Any, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The report about one attempt of a task instance."""
    context = context or {}
    task = getattr(ti, "task", None) or context.get("task")
    index = getattr(ti, "map_index", -1)
    labels = {
        "dag_id": str(ti.dag_id),
        "task_id": str(ti.task_id),
        "run_id": str(ti.run_id),
        "map_index": str(-1 if index is None else index),
        "try_number": str(getattr(ti, "try_number", "") or ""),
        "logical_date": _iso(context.get("logical_date") or _logical_date(ti)),
        "owner": str(getattr(task, "owner", "") or ""),
    }
    report = {"state": state, "time": _iso(getattr(ti, "end_date", None)), "url": _url(ti), "summary": _words(error)}
    if state == "failed":
        report["severity"] = "high"
    return _with_place(report, labels)


def _of_run(run: Any, state: str, reason: Any, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The report about a DAG run."""
    dag = (context or {}).get("dag") or getattr(run, "dag", None)
    labels = {
        "dag_id": str(run.dag_id),
        "run_id": str(run.run_id),
        "logical_date": _iso(_logical_date(run)),
        "owner": str(getattr(dag, "owner", "") or ""),
    }
    ended = getattr(run, "start_date" if state == "started" else "end_date", None)
    report = {"state": state, "time": _iso(ended), "summary": _words(reason) if state == "failed" else ""}
    if state == "failed":
        report["severity"] = "medium"
    return _with_place(report, labels)


def _with_place(report: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """The whole report: its job is named like the resource of the incidents that Composer's logs open."""
    labels["environment"] = environment()
    labels["location"] = os.environ.get("COMPOSER_LOCATION", "")
    job = "/".join(filter(None, (labels["environment"], labels["dag_id"], labels.get("task_id"))))
    whole = {
        "report": reporter(),
        "job": job,
        "id": labels["run_id"],
        "service": "composer",
        "project": os.environ.get("GCP_PROJECT", ""),
        **report,
        "labels": {name: value for name, value in labels.items() if value},
    }
    whole["time"] = whole["time"] if whole.get("time") else datetime.now(timezone.utc).isoformat()
    return {name: value for name, value in whole.items() if value}


def _ti(context: Mapping[str, Any]) -> Any:
    return context.get("task_instance") or context["ti"]


def _is_another_attempt(ti: Any) -> bool:
    return int(getattr(ti, "try_number", 1) or 1) > 1


def _is_retried(ti: Any, error: Any) -> bool:
    """Whether another attempt follows a failed one. Some versions set no state before they call a listener."""
    state = getattr(ti, "state", None)
    if state is not None:
        return str(getattr(state, "value", state)) == "up_for_retry"
    is_final = any(base.__name__ in FINAL_ERRORS for base in type(error).__mro__)
    return not is_final and int(getattr(ti, "try_number", 1) or 1) <= int(getattr(ti, "max_tries", 0) or 0)


def _logical_date(one: Any) -> Any:
    """The logical date of a run, a task instance or a missed SLA; Airflow 2 calls it the execution date."""
    run = getattr(getattr(one, "_ti_context_from_server", None), "dag_run", None)  # of a task of Airflow 3
    for owner, name in ((one, "logical_date"), (one, "execution_date"), (run, "logical_date")):
        try:
            if value := getattr(owner, name, None):
                return value
        except Exception:  # a column that is not loaded, outside of its session
            log.debug("hinomi_airflow: no %s", name, exc_info=True)
    return None


def _url(ti: Any) -> str:
    try:
        return str(ti.log_url or "")
    except Exception:  # another process has no configuration of the web server
        log.debug("hinomi_airflow: no address of the task's log", exc_info=True)
        return ""


def _words(error: Any) -> str:
    """An error in one line: its type and its message."""
    if error is None:
        return ""
    lines = traceback.format_exception_only(type(error), error) if isinstance(error, BaseException) else [str(error)]
    text = " ".join("".join(lines).split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _get(one: Any, name: str) -> Any:
    return one.get(name) if isinstance(one, Mapping) else getattr(one, name, None)


def _iso(value: Any) -> str:
    """A time in RFC 3339; empty for none."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return datetime.fromtimestamp(aware.timestamp(), timezone.utc).isoformat()


# ---------------------------------------------------------------- files that wait


def _report(report: dict[str, Any], wait: float | None = None) -> None:
    """Stores the report, starts a sender, and waits until the report is sent, for `wait` seconds at most."""
    if not topic():
        log.debug("hinomi_airflow: HINOMI_REPORTS_TOPIC is not set")
        return
    file = keep(report)
    _start_sender()
    end = time.monotonic() + (_seconds_to_wait() if wait is None else wait)
    while file.exists() and time.monotonic() < end:
        if (file.parent / FAILING).exists():
            log.warning("hinomi_airflow: Pub/Sub is away; the report waits in %s", file.parent)
            return
        time.sleep(0.05)


def keep(report: Mapping[str, Any]) -> Path:
    """Stores a report completely or not at all; returns its file. The names of files sort by the time of writing."""
    where = folder()
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
    part, file = where / f".{name}", where / f"{name}.json"
    part.write_text(json.dumps({"topic": topic(), "report": report}, default=str), encoding="utf-8")
    part.replace(file)
    return file


def _start_sender() -> None:
    """Starts a sender unless one is running; a running sender checks for reports again after it releases its lock."""
    where = folder()
    with (where / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
    errors = where / SENDER_LOG
    if errors.exists() and errors.stat().st_size > LOG_BYTES:
        errors.unlink(missing_ok=True)
    with errors.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--send", str(where)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # it outlives the task
            cwd="/",
        )
    threading.Thread(target=process.wait, daemon=True).start()  # a scheduler lives on and would keep a zombie


# ---------------------------------------------------------------- the process that sends


def send(where: Path, publish: Callable[[str, bytes], None], tries_for: float = TRIES_FOR) -> int:
    """Publishes the reports of a folder, earliest first, and returns their number; retries for `tries_for` seconds.

    One process sends at a time. A report that was published but whose file remained, because the process was killed, is
    published again; Hinomi recognizes it.
    """
    sent, pause, end = 0, 1.0, time.monotonic() + tries_for
    while _waiting(where):
        with (where / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return sent
            for file in _waiting(where):
                try:
                    _publish(file, publish)
                except Exception as error:
                    print(f"{datetime.now(timezone.utc).isoformat()} {_words(error)}", file=sys.stderr, flush=True)
                    (where / FAILING).touch()
                    if time.monotonic() + pause > end:
                        return sent
                    time.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                    break
                sent += 1
                pause = 1.0
                (where / FAILING).unlink(missing_ok=True)
    return sent


def _publish(file: Path, publish: Callable[[str, bytes], None]) -> None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        name, data = str(content["topic"]), json.dumps(content["report"]).encode()
    except (ValueError, KeyError, TypeError) as error:
        print(f"set aside {file.name}, which cannot be read: {_words(error)}", file=sys.stderr, flush=True)
        file.replace(file.with_suffix(".unreadable"))
        return
    publish(name, data)
    file.unlink(missing_ok=True)


def _waiting(where: Path) -> list[Path]:
    files = sorted(where.glob("*.json"))
    for oldest in files[:-MOST_WAITING]:
        print(f"dropped {oldest.name}: {MOST_WAITING} reports wait", file=sys.stderr, flush=True)
        oldest.unlink(missing_ok=True)
    return files[-MOST_WAITING:]


def _publisher() -> Callable[[str, bytes], None]:
    """Publishes one message with google-cloud-pubsub, and waits for the answer."""
    from google.api_core.retry import Retry
    from google.cloud import pubsub_v1  # type: ignore[attr-defined,unused-ignore]

    client = pubsub_v1.PublisherClient(batch_settings=pubsub_v1.types.BatchSettings(max_messages=1))

    def publish(name: str, data: bytes) -> None:
        retry = Retry(deadline=PUBLISH_SECONDS)
        attributes = {"reporter": json.loads(data)["report"]}
        client.publish(name, data, retry=retry, timeout=PUBLISH_SECONDS, **attributes).result(
            timeout=2 * PUBLISH_SECONDS
        )

    return publish


def _send_lazily(where: Path) -> int:
    """Sends the reports; the client is made with the first one, and again after an error, such as of missing credentials."""
    made: list[Callable[[str, bytes], None]] = []

    def publish(name: str, data: bytes) -> None:
        if not made:
            made.append(_publisher())
        try:
            made[0](name, data)
        except Exception:
            made.clear()
            raise

    return send(where, publish)


# ---------------------------------------------------------------- the plugin


def _listener() -> Any:
    """The listener of Airflow's plugin: every DAG is reported, without a change of it."""
    from airflow.listeners import hookimpl

    class HinomiListener:
        """Reports failed attempts, successes after them, and the start and the end of DAG runs."""

        @hookimpl
        def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any = None) -> None:
            _on_task_failed(task_instance, error)

        @hookimpl
        def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
            _on_task_succeeded(previous_state, task_instance)

        @hookimpl
        def on_dag_run_running(self, dag_run: Any, msg: str) -> None:
            _on_dag_run("started", dag_run, msg)

        @hookimpl
        def on_dag_run_success(self, dag_run: Any, msg: str) -> None:
            _on_dag_run("ok", dag_run, msg)

        @hookimpl
        def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:
            _on_dag_run("failed", dag_run, msg)

    return HinomiListener()


@_never_raises
def _on_task_failed(ti: Any, error: Any) -> None:
    _report(_of_task(ti, "retrying" if _is_retried(ti, error) else "failed", error))


@_never_raises
def _on_task_succeeded(previous_state: Any, ti: Any) -> None:
    if _is_another_attempt(ti) or previous_state is None:  # without a state before it, a person marked it
        _report(_of_task(ti, "ok", None))


@_never_raises
def _on_dag_run(state: str, run: Any, reason: Any) -> None:
    _report(_of_run(run, state, reason), wait=0)  # the scheduler waits for nothing


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        _send_lazily(Path(sys.argv[2]))
else:
    try:
        from airflow.plugins_manager import AirflowPlugin
    except ImportError:  # read outside of Airflow
        pass
    else:

        class HinomiPlugin(AirflowPlugin):
            """Airflow's plugin."""

            name = "hinomi_airflow"
            listeners = [] if os.environ.get("HINOMI_AIRFLOW_LISTENER", "").lower() == "off" else [_listener()]
