"""Runs deploy.sh against the simulated Google APIs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from deploy.bootstrap import RulesDesiredState
from deploy.cloud import Cloud
from deploy.phases import PHASES, steps
from deploy.site import Site
from deploy.source import digest
from deploy.target import DeployTarget, parse_scope
from shared.secret import Secret
from tests.support import bytecode, gcloud
from tests.support.gcloud_server import Call, GoogleServer
from tests.support.gcloud_services import PROJECT
from tests.support.gcloud_session import ServerSession
from tests.support.injected_failures import EXIT_TIMEOUT, FailureMode, InjectedFailure

ROOT = Path(__file__).resolve().parents[2]
REGION = "asia-northeast1"
EMAIL = "maintainer@example.com"
TREE = ("cli", "collectors", "dashboard", "db", "deploy", "handlers", "insights", "shared")
MOST_RUNS = 1000
REPORTER = "airflow"
SERVICES = ("storage", "metrics")  # enough rules for two kinds of permissions and a sink

FOLDER = ("--scope", "folders/2")
NO_VARIABLES: Mapping[str, str] = {}
# Runs after the first do not build the same source again (tests/support/zygote.py).
SAME_SOURCE = {"SKIPPED_COMMAND": "deploy source"}


@dataclass
class Deployment:
    """A simulated Google Cloud, a gcloud that uses it, and a rules folder."""

    server: GoogleServer
    programs: Path  # the folder of gcloud
    folder: Path
    environ: dict[str, str]

    def run(
        self,
        *options: str,
        failure: InjectedFailure | None = None,
        by: signal.Signals = signal.SIGKILL,
        environ: Mapping[str, str] = NO_VARIABLES,
    ) -> subprocess.CompletedProcess[str]:
        """Runs deploy.sh with --yes and these options. The exit status is -9 if `failure` kills it."""
        where = ("--project", PROJECT, "--region", REGION, "--yes")
        script = [str(self.folder / "tree" / "deploy.sh"), *where, *options]
        command = script if by is signal.SIGKILL else ["env", "--default-signal", *script]  # SIGINT may be ignored
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env={**self.environ, **environ}, start_new_session=True, **pipes) as process:
            self.server.injected = failure
            self.server.kill = lambda: os.killpg(process.pid, by)
            stdout, stderr = process.communicate()
        self.server.injected = None
        if process.returncode == -signal.SIGKILL and failure:
            assert failure.done.wait(EXIT_TIMEOUT), "a command outlived the script that was killed"
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def doctor(self, *command: str) -> dict[str, Any]:
        """Runs `hinomi doctor`, or this command, with --json; returns its output."""
        words = command or (self.environ["HINOMI"], "doctor", "--project", PROJECT, "--region", REGION)
        done = subprocess.run([*words, "--json"], env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if found["ok"] else 1), done.stderr
        return found

    def run_command(self, words: Sequence[str], failure: InjectedFailure | None = None) -> int:
        """Runs a gcloud command of deploy.sh, with an optional injected failure; returns its exit code."""
        command = [str(self.programs / "gcloud"), *words]
        self.server.injected = failure
        done = subprocess.run(
            command,
            cwd=self.folder / "tree",
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        self.server.injected = None
        return done.returncode

    def run_fix(self, command: str) -> None:
        """Runs a gcloud command that `hinomi doctor` suggests."""
        subprocess.run(shlex.split(command), env=self.environ, check=True, capture_output=True)

    def commands(self) -> list[list[str]]:
        """The gcloud commands since the last call, without reads of the configuration."""
        log = self.folder / "commands"
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        log.unlink(missing_ok=True)
        commands = [command.split("\0") for command in text.split("\0\n")[:-1]]
        return [words for words in commands if words[0] not in ("auth", "config")]

    def site(self, scope: str = "", **options: Any) -> Site:
        """The state of the server as deploy.sh sees it. The source is the one deployed last."""
        target = DeployTarget(PROJECT, REGION, parse_scope(scope, PROJECT), alert_email=EMAIL, **options)
        return read_site(self.server, target, self.folder)

    @property
    def short_lived(self) -> list[Path]:
        """The folders of temporary files that exist; after a run there must be none."""
        return sorted((self.folder / "tmp").glob("hinomi-deploy.*"))

    @property
    def state(self) -> dict[str, Any]:
        """The existing resources, without random values."""
        return without_chance(self.server.state)


@dataclass(frozen=True)
class HalfDone:
    """A gcloud command that was killed: its words, the state that it left, and the state after a complete run."""

    words: list[str]
    left: dict[str, Any]
    whole: dict[str, Any]


class Undisturbed:
    """A run of deploy.sh without failures, recorded from the current state of the server."""

    def __init__(self, made: Deployment, *options: str) -> None:
        self.made = made
        made.commands()
        self.empty = made.server.state
        made.server.forget()
        self.result = made.run(*options)
        assert self.result.returncode == 0, self.result.stdout[-2000:] + self.result.stderr
        made.environ.update(SAME_SOURCE)
        self.commands = made.commands()
        self.states = [self.empty, *made.server.states]
        self.calls = list(made.server.calls)
        self.changes = made.server.changes()
        self.end = made.state
        self.raw_end = made.server.state

    @property
    def within_commands(self) -> list[int]:
        """The indexes of changing calls that are not the last change of their gcloud command."""
        pairs = enumerate(pairwise(self.changes))
        return [number for number, (call, later) in pairs if call.invocation == later.invocation]

    @property
    def after_commands(self) -> list[dict[str, Any]]:
        """The states before the first command and after each command."""
        within = {number + 1 for number in self.within_commands}
        return [state for number, state in enumerate(self.states) if number not in within]

    @property
    def half_done(self) -> list[HalfDone]:
        """The state that a kill within a command leaves: one for each changing call but the last of its command."""
        within = self.within_commands
        found = []
        for number in within:
            command = number - sum(other < number for other in within)
            after = next(later for later in range(number + 1, len(self.states)) if later - 1 not in within)
            found.append(HalfDone(self.commands[command], self.states[number + 1], self.states[after]))
        return found

    def repeated(self, scope: str = "") -> list[list[str]]:
        """The commands that the next run repeats if this run is killed right after them.

        Asserts that the planner continues with the following command, or with the last one, from the state after each:
        so a run that is killed between two commands and run again does the same as this run.
        """
        done = [without_files(words) for words in self.commands]
        states = self.after_commands
        assert len(states) == len(done) + 1
        again = []
        for number, state in enumerate(states):
            self.made.server.restore(state)
            site = self.made.site(scope)
            left = next((found for phase in PHASES if (found := steps(site, phase))), [])
            words = [without_files(step.argv) for step in left]
            if words and words == done[number - 1 : number - 1 + len(words)]:
                again.append(done[number - 1])
            else:
                assert words == done[number : number + len(words)], (number, done[number - 1])
                assert bool(words) == (number < len(done))
        return again


def run_with_failures(made: Deployment, mode: FailureMode, *options: str) -> list[Call]:
    """Runs deploy.sh repeatedly, and fails the next changing call each time, until none is left.

    Returns the calls that failed. Asserts that the last run, without a failure, succeeds.
    """
    base = int(mode is FailureMode.ERROR)  # a call that failed is the first one of the next run
    failed: list[Call] = []
    after = 0
    while True:
        before = made.state
        failure = InjectedFailure(mode, after)
        result = made.run(*options, failure=failure)
        if failure.call is None:
            assert result.returncode == 0, result.stdout[-1500:] + result.stderr
            return failed
        failed.append(failure.call)
        after = base if made.state != before else after + 1
        assert len(failed) < MOST_RUNS, f"no end: {failure.call}"


def finish(made: Deployment, half: HalfDone) -> None:
    """Continues after a kill within a command; in the first run, the next change is denied.

    Asserts that the planner repeats the command unless it is complete, and that the result is that of a complete
    command.
    """
    made.server.restore(half.left)
    command = planned(made, half.words)
    if command is not None:
        denied = InjectedFailure(FailureMode.ERROR)
        assert (made.run_command(command, denied) != 0) == (denied.call is not None), half.words
        command = planned(made, half.words)
        assert command is not None, half.words
        assert made.run_command(command) == 0, half.words
    assert differing(made.state, without_chance(half.whole)) == {}, half.words


def planned(made: Deployment, words: Sequence[str]) -> tuple[str, ...] | None:
    """The planned command that equals a recorded one, with temporary files that exist; None if it is not planned."""
    wanted, site = without_files(list(words)), made.site()
    every = (step.argv for phase in PHASES for step in steps(site, phase))
    return next((argv for argv in every if without_files(argv) == wanted), None)


def read_site(server: GoogleServer, target: DeployTarget, folder: Path) -> Site:
    """Reads a Site from the server, with the rules of `folder`."""
    bases = {name: f"{server.url}/{name}/" for name in ("run", "sql", *_apis())}
    cloud = Cloud(ServerSession(server), Secret("made-up"), bases)
    source = Path(".hinomi/source")
    built = folder / "tree" / source
    name = _digest(built) if built.exists() else "0" * 32
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Site(target, cloud, _desired(folder / "rules", str(target.scope)), source=source, digest=name, work=work)


_digest = cache(digest)


@cache
def _desired(rules: Path, scope: str) -> RulesDesiredState:
    return RulesDesiredState(rules, DeployTarget(PROJECT, REGION, parse_scope(scope, PROJECT)))


def differing(some: dict[str, Any], others: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The differences between two states, by path."""
    flat = [dict(_flat(state, "")) for state in (some, others)]
    return {
        key: (flat[0].get(key), flat[1].get(key))
        for key in {*flat[0], *flat[1]}
        if flat[0].get(key) != flat[1].get(key)
    }


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path} {key}")
    elif value:  # false and empty are equal to missing
        yield path, value


def _apis() -> tuple[str, ...]:
    from deploy.cloud import BASES

    return tuple(BASES)


def make_rules(folder: Path) -> Path:
    """Writes a small folder of rules, which compiles quickly."""
    rules = folder / "rules"
    for name in SERVICES:
        shutil.copytree(ROOT / "rules" / name, rules / name)
    shutil.copy(ROOT / "rules" / "handlers.yaml", rules)
    declared = f"reporters:\n  - name: {REPORTER}\n    publishers: serviceAccount:{REPORTER}@{PROJECT}.iam.gserviceaccount.com\n"
    (rules / "reporters.yaml").write_text(declared, encoding="utf-8")
    return rules


def make_tree(folder: Path) -> Path:
    """Copies the files that deploy.sh needs, so that edits during the tests do not matter.

    Compiled modules and templates come along, because compiling them takes longer than a whole build of the source.
    """
    tree = folder / "tree"
    for name in TREE:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        bytecode.lend(ROOT / name, tree / name)
    templates = Path("dashboard", "templates", "__pycache__")
    (tree / templates).mkdir()
    for compiled in (ROOT / templates).glob("[!.]*.source"):
        shutil.copy(compiled, tree / templates)
    for name in ("deploy.sh", "main.py"):
        shutil.copy(ROOT / name, tree)
    return tree


@contextmanager
def prepared(sdk: Path, folder: Path) -> Iterator[Deployment]:
    """A server, the real gcloud, and a source tree; the commands are recorded."""
    rules = make_rules(folder)
    tree = make_tree(folder)
    (folder / "tmp").mkdir()
    with (
        GoogleServer() as server,
        gcloud.started(sdk, folder) as programs,
        gcloud.hinomi(tree, folder) as program,
    ):
        more = {"HINOMI_RULES_DIR": str(rules), "GCLOUD_LOG": str(folder / "commands"), "HINOMI": str(program)}
        short_lived = {"TMPDIR": str(folder / "tmp")}
        environ = gcloud.environment(programs, folder, {**server.environment(), **more, **short_lived})
        yield Deployment(server, programs, folder, environ)


def without_chance(state: dict[str, Any]) -> dict[str, Any]:
    """A state without its random parts.

    They are the password and its number of versions, names that Google generates, names of uploads, and the number of
    runs of the release job.
    """
    kept: dict[str, Any] = {}
    for key, value in state.items():
        if key.startswith("monitoring/"):
            kept[_free(kept, f"{key.rpartition('/')[0]}/{value['displayName']}")] = {**value, "name": "given"}
        elif not key.startswith("cloudbuild/"):
            kept[key] = value[-1:] if key.endswith(":runs") else _sorted_policy(key, value)
    text = re.sub(r'"(data|password)": "[^"]*"', r'"\1": "x"', json.dumps(kept))
    return json.loads(re.sub(r'/versions/\d+"', '/versions/N"', text))  # type: ignore[no-any-return]


def _sorted_policy(key: str, value: Any) -> Any:
    """A policy with its bindings in a fixed order."""
    if not key.endswith(":policy"):
        return value
    return {**value, "bindings": sorted(value.get("bindings", []), key=lambda item: json.dumps(item, sort_keys=True))}


def _free(kept: dict[str, Any], name: str) -> str:
    return next(full for number in range(99) if (full := f"{name} {number}") not in kept)


def without_files(argv: list[str] | tuple[str, ...]) -> list[str]:
    """A command without the names of its temporary files."""
    return [re.sub(r"=/\S+/(password|flags\.yaml)$", r"=\1", word) for word in argv]
