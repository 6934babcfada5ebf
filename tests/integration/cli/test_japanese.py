"""The command line in Japanese: the usual commands print no English sentence, errors included."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import ROOT
from shared.history import BindingEntry, JobRunRow
from shared.model import Finding, IncidentKind, JobState, Severity
from shared.texts.evidence import NO_DATA
from shared.texts.wrap import width
from tests.support import databases
from tests.support.access_world import ALICE, BOB, BUCKET, VIEWER, grant
from tests.support.runs import keep

NOW = datetime.now(UTC).replace(microsecond=0)
RULES = ROOT / "rules" / "bigquery" / "dataset_deleted.examples.json"
# Three plain words in a row; what is quoted as code or a command, and names with other characters, are none.
CODE = re.compile(r"`[^`]*`|'[^']*'|\b(?:hinomi|gcloud)(?: [a-z_-]+)+|\S*[_/.=@:<>\[\]-]\S*")
SENTENCE = re.compile(r"\b[A-Za-z]?[a-z]+,? [a-z]+,? [a-z]+\b")
HANDLERS = """
handlers:
  - {name: card, action: teams, match: {kind: job_failure}, cooldown: 1h, budget: 5/h}
  - {name: remove, action: remove_iam_member, match: {rule: storage/x}, enabled: false}
"""
MAP = """
layers:
  raw: {buckets: [example-raw]}
personas:
  analyst: {members: 'user:carol@example.com', access: [{layers: raw, may: read}]}
"""


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, schema_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both databases: one incident, one rejected message, jobs that fail and become slow, and a grant that no persona explains."""
    folder = tmp_path_factory.mktemp("filled")
    paths = [folder / "error.db", folder / "schema.db"]
    errors, schema = (
        make_engine(databases.sqlite_copy(template, path))
        for template, path in zip((sqlite_template, schema_sqlite_template), paths, strict=True)
    )
    _fill_error_db(ErrorStore(errors))
    keep(SchemaStore(schema), [_job(day) for day in range(20)])
    with SchemaStore(schema).transaction() as session:
        grant(session, BUCKET, BindingEntry(VIEWER, ALICE, None), BindingEntry(VIEWER, BOB, None))
    errors.dispose()
    schema.dispose()
    return paths


@pytest.fixture(autouse=True)
def platform(filled: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the databases, and files for the commands."""
    error_db_url, schema_db_url = (databases.sqlite_copy(path, tmp_path / path.name) for path in filled)
    for name, value in {
        "LANGUAGE": "ja",
        "TIMEZONE": "Asia/Tokyo",
        "ERROR_DB_URL": error_db_url,
        "SCHEMA_DB_URL": schema_db_url,
        "PROJECTS": "example-project",
    }.items():
        monkeypatch.setenv(f"HINOMI_{name}", value)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    _write_files(tmp_path)


def _write_files(folder: Path) -> None:
    entries = json.loads(RULES.read_text(encoding="utf-8"))["match"][0]["entries"]
    (folder / "entries.json").write_text("\n".join(map(json.dumps, entries)) + "\nnonsense\n")
    (folder / "handlers.yaml").write_text(HANDLERS)
    (folder / "wrong.yaml").write_text("handlers:\n  - {name: A, action: tems, budget: 5, cooldown: x}\n  - {nme: b}\n")
    (folder / "map.yaml").write_text(MAP)
    (folder / "wrong_map.yaml").write_text("layers: {raw: {buckets: [a/b]}}\npersonas: {x: {members: y}}\n")


def _fill_error_db(store: ErrorStore) -> None:
    finding = Finding(
        rule="bigquery/job_failed",
        title="BigQuery job failed",
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service="bigquery",
        resource="projects/example-project/jobs/load",
        principal="etl@example-project.iam.gserviceaccount.com",
        summary="Job load failed",
        fingerprint="load",
        time=NOW - timedelta(hours=1),
        event_key="load",
        project="example-project",
        translations={"ja": {"title": "ジョブの失敗", "summary": "ジョブ load が失敗 (期限は 2026-11-30 19:38 UTC)"}},
    )
    with store.transaction(NOW) as transaction:
        transaction.record(finding, redact=())
    store.reject(message_id="m-1", body=b"{}", reason=NO_DATA.en, attributes={"team": "data"}, now=NOW, most_bytes=9**9)


def _job(day: int) -> JobRunRow:
    start = NOW - timedelta(days=day, hours=1)
    return JobRunRow(
        service="bigquery",
        project="example-project",
        run_id=f"job-{day}",
        job_name="load",
        state=JobState.FAILED if day == 1 else JobState.SUCCEEDED,
        created_at=start - timedelta(minutes=1),
        start_at=start,
        end_at=start + timedelta(minutes=9 if day < 7 else 1),
        principal="etl@example.com",
        labels={"team": "sales"},
        bytes_billed=2**40,
        error="notFound: x" if day == 1 else "",
    )


COMMANDS = (
    "analyze entries.json", "analyze missing.json", "incidents list", "incidents show 1", "incidents show 9",
    "incidents ack 1", "incidents resolve 1 --reason ok", "silences list",
    "silences add --rule nothing/x --for 1h --reason x --owner me", "handlers apply handlers.yaml --dry-run", "handlers apply handlers.yaml",
    "handlers apply wrong.yaml", "handlers list", "handlers test 1 --rules handlers.yaml", "handlers test missing",
    "handlers runs", "snapshot list", "snapshot collectors", "snapshot run nonsense", "jobs slow", "jobs failing",
    "jobs failing --service dataflow", "jobs costly", "jobs show load", "jobs show nothing", "jobs slow --days 3",
    "cost by user", "cost by label --key team", "cost by user --days 1", "cost waiting job-0", "cost waiting nothing",
    "dlq list", "dlq list --text x", "dlq show r1", "dlq show r9", "dlq replay", "dlq replay --all --local",
    "access who gs://example-raw", "access who gs://nothing", "access who nonsense!", f"access of {ALICE[5:]}",
    "access of nobody@example.com", "access diff 300d", "access diff now 1d", "access unused",
    "access unused --format markdown", "access drift --map map.yaml", "access drift --map wrong_map.yaml",
    "access drift", "platform check map.yaml", "platform check wrong_map.yaml", "platform check", "db check",
    "db upgrade", "db downgrade", "deploy cost", "settings", "incidents list --since x", "jobs slow --days x",
    "db grant someone", "jobs list", "jobs gaps", "jobs late", "jobs deadlines", "tables", "quality", "report", "approvals list",
    "owners list", "owners who 1", "oncall", "rules list", "tokens list", "worker list", "actions list", "baselines list",
    "baselines staged", "handlers history", "handlers simulate handlers.yaml", "notify-test", "notify-test --notifier x",
    "backtest x --above 1", "rules explain bigquery/dataset_deleted entries.json",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_no_english_sentence_is_left(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    if command.startswith(("handlers list", "handlers test 1")):
        assert run(["handlers", "apply", "handlers.yaml"]) == 0
        capsys.readouterr()
    status = run(command.split())
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert text.strip()
    assert status in (0, 1, 2)
    lines = [line for line in text.splitlines() if not line.startswith("{")]  # what is logged is JSON
    found = [line for line in lines if SENTENCE.search(CODE.sub(" # ", line))]
    assert found == []


@pytest.mark.parametrize("command", [
    "jobs slow", "jobs show load", "cost by user", "access who gs://example-raw", "incidents list", "incidents show 1",
    "dlq list", "analyze entries.json", "rules list", "snapshot collectors", "handlers runs",
])  # fmt: skip
@pytest.mark.parametrize("columns", [80, 200])
def test_no_line_is_wider_than_the_terminal(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(command.split()) in (0, 2)
    assert [line for line in capsys.readouterr().out.splitlines() if width(line.rstrip()) > columns] == []


@pytest.mark.parametrize("command", ["incidents list", "incidents show 1"])
def test_all_times_are_in_the_zone_of_the_reader(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 0
    shown = capsys.readouterr().out
    assert "期限は 2026-12-01 04:38 JST" in shown
    assert "UTC" not in shown
