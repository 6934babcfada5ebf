"""The commands in the documentation run, and every command is documented."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.app import COMMANDS, load, run
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from shared.history import BindingEntry, JobRunRow, Row
from shared.model import JobState
from tests.support.access_world import see

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = ROOT / "tests" / "data" / "entries.json"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> list[Any]:
    """The console blocks with commands of hinomi, each named by its page and line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            commands = re.findall(r"^\$ hinomi (.*)$", block[1], re.MULTILINE)
            line = text.count("\n", 0, block.start()) + 1
            if commands:
                found.append(pytest.param(commands, id=f"{page.name}:{line}"))
    return found


def command_names() -> list[str]:
    """Every command that the help lists, with its path, such as `incidents list`."""
    groups = {name: getattr(load(name), "commands", {}) for name in COMMANDS}
    shown = {name: [sub for sub, command in group.items() if not command.hidden] for name, group in groups.items()}
    alone = {name: [""] if getattr(load(name), "invoke_without_command", True) else [] for name in COMMANDS}
    return [f"{name} {sub}".strip() for name, subs in shown.items() for sub in [*alone[name], *sorted(subs)]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, schema_sqlite_template: Path) -> Path:
    """A folder with everything that the examples use: entries, rules, the incidents of the entries, and some history."""
    made = tmp_path_factory.mktemp("docs")
    shutil.copy(ENTRIES, made)
    (made / "cpu.csv").write_text("timestamp,value\n" + "".join(f"{at * 300},{at % 7}\n" for at in range(120)))
    # A file that another test's process is writing has another name a moment later.
    shutil.copytree(ROOT / "rules", made / "rules", ignore=shutil.ignore_patterns(".compiled.json.*"))
    shutil.copy(sqlite_template, made / "template.db")
    engine = make_engine(f"sqlite:///{made / 'template.db'}")
    rules = Engine(artifact.load(made / "rules"))
    now = datetime.now(UTC)
    with ErrorStore(engine).transaction(now) as transaction:
        for entry in reversed(orjson.loads(ENTRIES.read_bytes())):
            for finding in rules.evaluate(entry).findings:
                transaction.record(finding, redact=())
    engine.dispose()
    shutil.copy(schema_sqlite_template, made / "schema_template.db")
    _add_history(made / "schema_template.db", now)
    return made


def _add_history(path: Path, now: datetime) -> None:
    """Adds a job that ran daily and waited for an hour today, and a bucket with a policy of nine days."""
    engine = make_engine(f"sqlite:///{path}")
    rows: list[Row] = []
    for day in range(20):
        start = now - timedelta(days=day, hours=1)
        name = "job-waited" if day == 0 else f"job-{day}"
        rows.append(
            JobRunRow(
                service="bigquery",
                project="example-project",
                run_id=name,
                job_name="airflow:load_mart.merge_daily",
                state=JobState.FAILED if day == 1 else JobState.SUCCEEDED,
                created_at=start - timedelta(hours=1 if day == 0 else 0),
                start_at=start,
                end_at=start + timedelta(minutes=9 if day < 7 else 1),
                principal="etl@example.com",
                labels={"team": "sales"},
                slot_ms=60_000,
                bytes_billed=2**40,
                error="notFound: Table x" if day == 1 else "",
                sources=["example-project.staging.orders"],
            )
        )
    entries = [BindingEntry("roles/storage.objectViewer", "group:analysts@example.com")]
    with SchemaStore(engine).transaction() as session:
        for number, days in enumerate((9, 0), start=1):
            see(session, number, now - timedelta(days=days), {"//storage.googleapis.com/example-exports": entries})
        write(session, 1, rows)
    engine.dispose()


@pytest.mark.parametrize("commands", blocks())
def test_the_commands_of_a_page_run(
    commands: list[str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(folder / "template.db", tmp_path / "error.db")
    shutil.copy(folder / "schema_template.db", tmp_path / "schema.db")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{tmp_path / 'schema.db'}")
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", f"sqlite:///{tmp_path / 'error.db'}")
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{tmp_path / 'schema.db'}")
    monkeypatch.setenv("HINOMI_RULES_DIR", str(folder / "rules"))
    for command in commands:
        assert (command, run(shlex.split(command, comments=True))) == (command, 0)


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_on_the_page_with_an_example(name: str) -> None:
    assert f"hinomi {name}" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_the_page_names_no_command_that_is_not_there() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    shown = re.findall(r"^(?:\$ )?hinomi ([a-z-]+(?: [a-z][a-z-]*)?)", page, re.MULTILINE)
    known = set(command_names())
    assert [name for name in shown if name not in known and name.split()[0] not in known] == []


@cache
def sub_commands() -> dict[str, frozenset[str]]:
    """The sub-commands of each command, including hidden ones."""
    return {name: frozenset(getattr(load(name), "commands", {})) for name in COMMANDS}


def mentions(text: str) -> set[str]:
    """The `hinomi` commands in backticks in a text, each with its sub-command if it has one."""
    found = re.findall(r"`(?:\$ )?hinomi ([a-z][a-z-]*)((?: [a-z][a-z-]*)?)", text)
    return {f"{name}{sub}" if sub_commands().get(name) else name for name, sub in found}


def texts() -> dict[str, str]:
    """The pages of the documentation and the modules of the product, by path."""
    modules = [
        path
        for area in ("cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared")
        for path in (ROOT / area).rglob("*.py")
    ]
    pages = [ROOT / "README.ja.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), *PAGES]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (*modules, *pages)}


def test_every_command_that_a_text_names_exists() -> None:
    every = {f"{name} {sub}" for name, subs in sub_commands().items() for sub in subs} | set(COMMANDS)
    wrong = {path: names for path, text in texts().items() if (names := mentions(text) - every)}
    assert wrong == {}


def test_every_target_of_make_that_a_text_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = {
        path: names for path, text in texts().items() if (names := set(re.findall(r"`make ([a-z]+)", text)) - targets)
    }
    assert wrong == {}
