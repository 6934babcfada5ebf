"""The real gcloud, started once: its modules are loaded by a parent process that forks for every command.

A command then takes a third of the time; it is still gcloud's own parser and code. Run by gcloud's own Python: `python gcloud_zygote.py SDK_ROOT SOCKET`. The client
(`CLIENT` below, installed as `gcloud` in a folder of the test's PATH) hands over its words, folder, environment and the
three standard streams, and gets the exit status.
"""

from __future__ import annotations

import array
import importlib
import json
import os
import socket
import sys
import traceback
from typing import Any

STREAMS = 3
PRELOADED = (
    "googlecloudsdk.api_lib.util.apis",
    "googlecloudsdk.command_lib.iam.iam_util",
    "googlecloudsdk.command_lib.run.flags",
    "googlecloudsdk.command_lib.run.serverless_operations",
    "googlecloudsdk.core.credentials.transports",
    "googlecloudsdk.core.requests",
)
CLIENT = """#!{python} -ISE
import array, json, os, socket, sys
if "GCLOUD_LOG" in os.environ:
    with open(os.environ["GCLOUD_LOG"], "a") as log:
        log.write(json.dumps(sys.argv[1:]) + chr(10))
link = socket.socket(socket.AF_UNIX)
link.connect({socket!r})
said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
link.sendmsg([len(said).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
link.sendall(said)
answer = link.recv(1)
sys.exit(answer[0] if answer else 1)
"""


def main(root: str, path: str) -> None:
    """Serves commands until it is killed."""
    sys.path.insert(0, os.path.join(root, "lib"))  # noqa: PTH118 - as gcloud's own start script does
    importlib.import_module("gcloud")  # puts gcloud's own libraries on the path
    gcloud_main = importlib.import_module("googlecloudsdk.gcloud_main")
    gcloud_main.CreateCLI([])
    for name in PRELOADED:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(16)
        while True:
            link, _ = server.accept()
            with link:
                _serve(link, gcloud_main)


def _serve(link: socket.socket, gcloud_main: Any) -> None:
    size, passed, _, _ = link.recvmsg(4, socket.CMSG_LEN(STREAMS * array.array("i").itemsize))
    streams = array.array("i")
    for _, _, data in passed:
        streams.frombytes(data)
    words = b""
    while len(words) < int.from_bytes(size, "big"):
        words += link.recv(65536)
    child = os.fork()
    if child == 0:
        argv, folder, environ = json.loads(words)
        _run(list(streams), argv, folder, environ, gcloud_main)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    link.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _run(streams: list[int], argv: list[str], folder: str, environ: dict[str, str], gcloud_main: Any) -> None:
    code: Any = 1
    try:
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = ["gcloud", *argv]
        code = gcloud_main.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
