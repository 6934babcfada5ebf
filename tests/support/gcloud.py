"""gcloud, if it is installed, and `hinomi`, both started once and ready to run against a server on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support import zygote

START_SECONDS = 300.0
KEPT = ("HOME", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR")


def root() -> Path | None:
    """The folder of the installed SDK; None if no SDK is installed that can run here."""
    found = shutil.which("gcloud")
    folder = Path(found).resolve().parent.parent if found else None
    return folder if folder and (folder / "lib" / "gcloud.py").exists() else None


@contextmanager
def started(sdk: Path, folder: Path) -> Iterator[Path]:
    """Starts gcloud once; yields a folder for PATH with a `gcloud` that hands its commands to this process."""
    bundled = sdk / "platform" / "bundledpythonunix" / "bin" / "python3"
    python = str(bundled) if bundled.exists() else sys.executable
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "CLOUDSDK_CONFIG": str(folder / "config")}
    with _ready([python, "-S"], "gcloud", sdk, folder, environ) as programs:
        yield programs


@contextmanager
def hinomi(tree: Path, folder: Path) -> Iterator[Path]:
    """Starts the `hinomi` of a source tree once; yields a program that hands its commands to this process."""
    with _ready([sys.executable], "hinomi", tree, folder, os.environ) as programs:
        yield programs / "hinomi"


@contextmanager
def _ready(python: Sequence[str], name: str, tree: Path, folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    path = folder / f"{name}.socket"
    command = [*python, zygote.__file__, name, str(tree), str(path)]
    process = subprocess.Popen(command, env=dict(environ), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        port = Path(f"{path}.port")
        while not port.exists():
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError(f"{name} did not start")
            time.sleep(0.05)
        shim = folder / "bin" / name
        shim.parent.mkdir(exist_ok=True)
        client = zygote.CLIENT if Path("/proc/self/fd").exists() else zygote.PYTHON_CLIENT
        values = {"python": sys.executable, "socket": str(path), "port": port.read_text(encoding="utf-8")}
        shim.write_text(client.format(**values), encoding="utf-8")
        shim.chmod(0o755)
        yield shim.parent
    finally:
        process.kill()
        process.wait()


def environment(bin_folder: Path, folder: Path, more: dict[str, str]) -> dict[str, str]:
    """The environment of a command: this gcloud first, an empty configuration, no settings or proxy of the machine."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "CLOUDSDK_CONFIG": str(folder / "config"), **more}
