"""The deployed source starts without anything else: an empty virtual environment, the locked requirements, no other files."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.engine import make_engine
from db.error_db.models import Occurrence
from db.migrate import DATABASES, pending
from demo import entries
from deploy.parts.functions import RUNTIME
from deploy.scripts.declared import image
from deploy.source import DIGESTS, BuiltSource, build, digest, read_built
from tests.support.function_process import ROOT, FunctionProcess

LOCKS = sorted((ROOT / "deploy").glob("requirements*.txt"))


@pytest.mark.slow
def test_the_source_starts_in_an_empty_environment_and_detects_a_failure(
    programs: Path, source: Path, sqlite_url: str
) -> None:
    main = source / "function" / "main.py"
    entry = entries.airflow_task(datetime.now(UTC), "deployed", "merge", "run-1", "FAILED", attempt=3)
    with FunctionProcess({"HINOMI_ERROR_DB_URL": sqlite_url}, source=main, programs=programs) as function:
        assert function.push(entry) == 200
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Occurrence)) == 1
    engine.dispose()


# Alembic's side of the migrations: a function needs only their names, to compare the revision of a database.
MIGRATES = "db.migrations"
# Each in the order in which it imports least, so that none finds a module only because another one imported it.
CHECKS = {
    "the platform map is readable": """
from pathlib import Path
from insights.access.compiled_map import load
load(Path("rules/platform.yaml"))
""",
    "the dashboard reads rules that a person edits": """
from handlers.editing import simulation
from handlers.editing.checked import checked_file
from handlers.versions.apply import StoredRuleSet
from shared.config import Settings
text = "handlers: [{name: card, action: teams}]"
assert checked_file(text, StoredRuleSet({}, {}), Settings()).rules[0].name == "card"
""",
    "every module finds its packages": f"""
import importlib, pathlib
for path in sorted(pathlib.Path().rglob("*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if not name.startswith({MIGRATES!r}):
        importlib.import_module(name)
""",
}
# In one process, because imports take most of its time.
RUN_ALL = """
import json, sys, traceback
errors = {}
for name, code in json.load(sys.stdin).items():
    try:
        exec(code, {})
    except BaseException:
        errors[name] = traceback.format_exc()
json.dump(errors, sys.stdout)
"""


def run_in(folder: Path, python: Path, *words: str, stdin: str = "", **settings: str) -> str:
    """Runs Python in the folder of the source, with only these settings; returns its output."""
    environ = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **settings}
    done = subprocess.run(
        [python, *words], cwd=folder, env=environ, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def errors(programs: Path, source: Path) -> dict[str, str]:
    """The checks that failed in the folder of the function, each with its reason."""
    found: dict[str, str] = json.loads(
        run_in(source / "function", programs / "python", "-c", RUN_ALL, stdin=json.dumps(CHECKS))
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
def test_in_an_empty_environment(check: str, errors: dict[str, str]) -> None:
    assert errors.get(check, "") == ""


@pytest.mark.slow
def test_the_release_job_starts_in_an_empty_environment(release_programs: Path, source: Path, tmp_path: Path) -> None:
    urls = {f"HINOMI_{name.upper()}_URL": f"sqlite:///{tmp_path / name}" for name in ("error_db", "schema_db")}
    run_in(source / "release", release_programs / "python", "-m", "deploy.release_job", **urls)
    for database in DATABASES:
        assert pending(urls[database.setting], database) == []


def test_the_release_job_runs_on_the_python_of_the_functions() -> None:
    text = (ROOT / "deploy" / "cloudbuild.yaml").read_text(encoding="utf-8")
    major, minor = re.fullmatch(r"python(\d)(\d+)", RUNTIME).groups()  # type: ignore[union-attr]
    assert f"GOOGLE_PYTHON_VERSION={major}.{minor}.x" in text
    assert ":latest" not in text


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Path:
    """The folder of the source as the build writes it. Running the source, as in `source`, adds compiled modules."""
    folder = tmp_path_factory.mktemp("built") / "out"
    build(folder, rules_dir=rules)
    return folder


def test_only_code_that_runs_is_deployed(built: Path) -> None:
    function = built / "function"
    files = {path.relative_to(function).as_posix() for path in function.rglob("*")}
    unwanted = re.compile(r"(tests?|demo|cli|benchmarks|deploy|docs)/|.*\.ya?ml$|.*__pycache__|.*\.examples\.json")
    assert sorted(name for name in files if unwanted.match(name)) == []
    assert {"main.py", "requirements.txt", ".gcloudignore", "rules/compiled.json"} <= files


def test_building_twice_gives_the_same_name(source: Path, built: Path) -> None:
    assert read_built(source) == read_built(built)


def test_the_digests_in_the_folder_are_those_of_its_files(built: Path) -> None:
    computed = BuiltSource(digest(built), image(built / "scripts"))
    assert read_built(built) == computed
    stored = (built / DIGESTS).rename(built.parent / DIGESTS)  # an earlier version left none
    assert (read_built(built), digest(built)) == (computed, computed.digest)
    stored.rename(built / DIGESTS)


def test_a_folder_with_other_files_is_not_overwritten(tmp_path: Path) -> None:
    from shared.errors import InputError

    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        build(tmp_path)
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_has_hashes_and_no_index_url(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
    assert "://" not in text
    assert len(pins) > 30
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:])


@pytest.mark.parametrize(
    ("lock", "extra"),
    [("requirements.txt", ""), ("requirements-release.txt", "release"), ("requirements-apprise.txt", "apprise")],
)
def test_a_lock_file_satisfies_pyproject(lock: str, extra: str) -> None:
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    text = (ROOT / "deploy" / lock).read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", text, re.MULTILINE))
    wrong = [item for item in map(Requirement, wanted) if pinned.get(item.name.lower(), "0") not in item.specifier]
    assert wrong == [], "run `make lock`"
