"""The process that forks for each command of a test serves its clients alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.config import ROOT
from tests.support.zygote import CLIENT

SERVE = (
    "import sys; from tests.support.zygote import Program, serve; serve(Program(lambda: print('done')), sys.argv[2])"
)
SECONDS = 120.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the client passes only its process id on Linux")
def test_a_stranger_on_the_port_holds_no_command(tmp_path: Path) -> None:
    """A server that had the port before may still be called: by a connection without a word, or by a request."""
    path, client = tmp_path / "socket", tmp_path / "client"
    command = [sys.executable, "-c", SERVE, "hinomi", str(path)]
    with subprocess.Popen(command, cwd=ROOT) as serving:
        try:
            address = "127.0.0.1", _port(Path(f"{path}.port"))
            client.write_text(CLIENT.format(port=address[1]), encoding="utf-8")
            client.chmod(0o755)
            with socket.create_connection(address), socket.create_connection(address) as calling:
                calling.sendall(b"POST / HTTP/1.1\r\n")
                environ = os.environ | {"SKIPPED_COMMAND": ""}
                done = subprocess.run([client], env=environ, capture_output=True, timeout=SECONDS, check=True)
        finally:
            serving.kill()

    assert done.stdout == b"done\n"


def _port(file: Path) -> int:
    deadline = time.monotonic() + SECONDS
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return int(file.read_text(encoding="utf-8"))
