"""The Pub/Sub emulator of the gcloud CLI, if it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.function_process import free_port

START_SECONDS = 120.0
# The emulator lives for seconds: code that is compiled more thoroughly would never pay.
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def program() -> Path | None:
    """The emulator's start script; None if it is not installed, or Java is missing."""
    gcloud = shutil.which("gcloud")
    if gcloud is None or shutil.which("java") is None:
        return None
    root = Path(gcloud).resolve().parent.parent
    script = root / "platform" / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    return script if script.exists() else None


@contextmanager
def running(script: Path, folder: Path) -> Iterator[str]:
    """Runs the emulator; yields host:port."""
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    process = subprocess.Popen(
        [str(script), f"--host={host}", f"--port={port}"],
        cwd=folder,
        env={**os.environ, "JAVA_TOOL_OPTIONS": QUICK_START},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(host, int(port))
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(host: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as sock:
            if sock.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the Pub/Sub emulator did not start")
