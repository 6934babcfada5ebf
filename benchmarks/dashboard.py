"""Every page of the dashboard on large databases: how long it takes, how large it is, how many statements it sends.

    .venv/bin/python -m benchmarks.dashboard [--incidents N] [--occurrences N] [--bindings N] [--runs N] [--only TEXT] [--keep FOLDER]

Starts a PostgreSQL of its own, fills it inside the server (dashboard_data.sql, and the performance of history_year),
opens each page several times through its WSGI application, and compares the times with those of a page without data.
Then it opens some pages in a headless Chromium, where there is one: the first paint, and whether the page moves.
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, text

from benchmarks import browser_paint, history_year
from benchmarks.bars import Bars
from dashboard.app import make_app
from dashboard.config import DashboardConfig
from dashboard.function import keep_start
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.migrate import DATABASES, upgrade
from db.schema_db.store import SchemaStore
from handlers.reports.keep import keep
from insights.cost.refresh import refresh
from insights.jobs import day_sums
from shared.config import Settings
from tests.support import postgres

MEDIAN_MS, P95_MS, MOST_KB = 150, 400, 200
EMPTY = "/no-such-page"
MADE_AGAIN = "/reports?again=now"  # what an open page asks for: measured without a limit
NOT_STORED = "/reports?day=2026-03-03"  # the page asks for its report when it is open
IN_BROWSER = ("/", "/incidents", "/jobs", "/cost", "/access/resource?on=//storage.googleapis.com/bucket-000007")
UNRESOLVED, SERIES, SERIES_DAYS, BINDINGS_OF_RESOURCE = 200, 500, 120, 50
NOW = history_year.END
DATA = Path(__file__).with_name("dashboard_data.sql")
RESOURCE, RULE = "//storage.googleapis.com/bucket-000007", "bigquery/job_failed"
PERSON, MEMBER = "person7@example.com", "person255@example.com"  # with very many grants; in groups that have many


@dataclass(frozen=True, slots=True)
class PageFigures:
    """A page: milliseconds of the first request, median and 95th percentile, kilobytes, statements.

    `cpu` is the mean processor time of this process and the server for a request, which says more on a busy machine.
    """

    path: str
    first: float
    median: float
    p95: float
    cpu: float
    size: float
    statements: int


def main() -> None:
    """Prints a table of all pages, and compares them with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--occurrences", type=int, default=300_000)
    parser.add_argument("--bindings", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=100_000, help="runs of jobs")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="measures only pages whose address contains this")
    parser.add_argument("--keep", type=Path, help="folder that keeps the databases for the next time")
    options = parser.parse_args()
    with postgres.server("shared_buffers=512MB", "max_wal_size=8GB", keep=options.keep) as url:
        prepare(url, options)
        engine = make_engine(url)
        app = make_app(dashboard_config(url, engine))
        bars = Bars()
        compare(measure(app, engine, paths(options.incidents), options.rounds, options.only), bars)
        if not options.only:
            browser_paint.measure(app, IN_BROWSER, bars)
        engine.dispose()
    bars.end()


def prepare(url: str, options: argparse.Namespace) -> None:
    """Fills the databases; databases kept from an earlier run only get the tables and indexes of this version."""
    filled = options.keep / "filled" if options.keep else None
    if filled and filled.exists():
        for database in DATABASES:
            upgrade(url, database)
        sum_up(url)
        print(f"found {filled.read_text(encoding='utf-8')}")
        return
    began = time.monotonic()
    fill(url, options)
    sum_up(url)
    print(f"filled in {time.monotonic() - began:.0f} s: {vars(options)}")
    if filled:
        filled.write_text(str(vars(options)), encoding="utf-8")


def sum_up(url: str) -> None:
    """Sums the cost and the jobs of days and stores the reports, like the history function after its collectors."""
    engine = make_engine(url)
    for of_day in (refresh, day_sums.refresh):
        for _ in of_day(SchemaStore(engine), NOW):
            pass
    keep(SchemaStore(engine), lambda: ErrorStore(engine), dashboard_config(url, engine).settings, NOW)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cost_days, job_days"))
    engine.dispose()


def fill(url: str, options: argparse.Namespace) -> None:
    """Makes the tables of both databases and their rows."""
    for database in DATABASES:
        upgrade(url, database)
    engine = create_engine(url, connect_args={"options": "-c statement_timeout=0"})
    history_year.fill(engine, SERIES, SERIES_DAYS)
    numbers = {
        "now": f"CAST('{NOW.isoformat()}' AS timestamptz)",
        "incidents": options.incidents,
        "occurrences": options.occurrences,
        "unresolved": min(UNRESOLVED, options.incidents // 10),
        "bindings": options.bindings,
        "resources": max(20, options.bindings // BINDINGS_OF_RESOURCE),
        "runs": options.runs,
    }
    script = DATA.read_text(encoding="utf-8")
    for name, value in numbers.items():
        script = script.replace(f":{name}", str(value))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in script.split(";\n"):
            connection.execute(text(statement))
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def paths(incidents: int) -> list[str]:
    """The address of every page, with filters that change the queries. The first page needs no data."""
    access = {"on": RESOURCE}
    return [
        EMPTY, "/settings", "/", "/incidents", "/incidents?state=resolved", "/incidents?q=table_77&since=30d", f"/incidents/{incidents}",
        f"/incidents/{incidents // 2}", f"/incidents/{incidents}/silence", "/jobs", "/jobs?q=job-1", "/jobs/days",
        "/jobs/job?service=bigquery&project=project-1&name=job-1", "/jobs/timeline?service=bigquery&project=project-1&name=job-1",
        "/jobs/lineage?service=bigquery&project=project-1&name=job-1", "/performance", "/performance?range=90d",
        "/performance/measure?series=8", "/cost", "/cost?by=dataset", "/cost?by=job&days=90", "/access",
        "/access?find=bucket-0000", f"/access/resource?{urlencode(access)}", f"/access/principal?who={PERSON}",
        f"/access/principal?who={MEMBER}",
        "/access/matrix", "/access/unused", "/access/drift", "/rules", f"/rules/{RULE}", "/handlers", "/handlers/runs", "/handlers/rules",
        "/handlers/silences", "/handlers/channels", "/handlers/oncall", "/reports", "/reports?again=1", MADE_AGAIN, "/reports?kind=daily", NOT_STORED, "/health",
        "/search?q=table_77", "/search?q=bucket-0000",
    ]  # fmt: skip


def dashboard_config(url: str, engine: Engine) -> DashboardConfig:
    """A dashboard on these databases for a person at this machine, at the end of the year of data."""
    settings = Settings(project="project-1", schema_db_url=url)
    return DashboardConfig(settings, lambda: ErrorStore(engine), lambda: SchemaStore(engine), lambda: NOW, "benchmark")


def measure(app: Flask, engine: Engine, addresses: list[str], rounds: int, only: str = "") -> list[PageFigures]:
    """Opens the pages one after the other and prints a line for each."""
    client, found = app.test_client(), list[PageFigures]()
    print(f"\n{'page':62} {'first':>8} {'median':>8} {'p95':>8} {'cpu':>8} {'times':>6} {'size':>8} {'statements':>10}")
    for path in addresses:
        if path == EMPTY or only in path:
            page = opened(client, engine, path, rounds)
            if path == EMPTY:
                keep_start()  # as the function does with its first response
            found.append(page)
            times = page.median / found[0].median
            print(
                f"{path:62} {page.first:>5.0f} ms {page.median:>5.0f} ms {page.p95:>5.0f} ms {page.cpu:>5.0f} ms {times:>6.1f} {page.size:>5.1f} kB {page.statements:>10}",
                flush=True,
            )
    return found


def opened(client: FlaskClient, engine: Engine, path: str, rounds: int) -> PageFigures:
    """Opens a page once, then `rounds` times; a slow page is opened less often."""
    with counted(engine) as statements:
        first, size = _open(client, path)
    rounds = max(3, min(rounds, int(20_000 / first)))
    before = time.process_time() + server_seconds(engine)
    times = sorted(_open(client, path)[0] for _ in range(rounds))
    cpu = (time.process_time() + server_seconds(engine) - before) / rounds * 1000
    p95 = times[math.ceil(0.95 * len(times)) - 1]
    return PageFigures(path, first, median(times), p95, cpu, size / 1000, len(statements))


def server_seconds(engine: Engine) -> float:
    """The CPU seconds of the server so far: of its current and ended connection processes."""
    with engine.connect() as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker')"
        pids = list(connection.scalars(text(query)))
    parent = int(_stat(pids[0])[1])
    live = sum(float(field) for pid in pids for field in _stat(pid)[11:13])
    return (live + sum(float(field) for field in _stat(parent)[13:15])) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the block sends."""
    sent: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def _open(client: FlaskClient, path: str) -> tuple[float, int]:
    """Milliseconds and compressed size of a page. Ends the program if the response is another page than requested."""
    began = time.perf_counter()
    response = client.get(path, headers={"Accept-Encoding": "gzip"})
    content = response.get_data()
    took = (time.perf_counter() - began) * 1000
    is_compressed = response.headers.get("Content-Encoding") == "gzip"
    html = (gzip.decompress(content) if is_compressed else content).decode()
    if (response.status_code != 200) != (path == EMPTY) or any(sign in html for sign in browser_paint.FAILING):
        sys.exit(f"{path} is not measured: status {response.status_code}, {html_text(html)[:300]}")
    return took, len(content)


def html_text(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main")[2]).split())


def compare(figures: list[PageFigures], bars: Bars) -> None:
    """Compares the slowest and the largest page with the limits."""
    pages = [page for page in figures[1:] or figures if page.path != MADE_AGAIN]
    for limit, name, unit in ((MEDIAN_MS, "median", " ms"), (P95_MS, "p95", " ms"), (MOST_KB, "size", " kB")):
        worst = max(pages, key=lambda page: float(getattr(page, name)))
        bars.at_most(limit, f"{name} of {worst.path}", round(getattr(worst, name)), unit)


if __name__ == "__main__":
    main()
