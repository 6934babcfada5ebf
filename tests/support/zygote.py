"""A command-line program started once: a parent process loads its modules and forks for every command.

For the real gcloud a command then takes a third of the time, for `hinomi` a tenth; it is still the program's own parser
and code. The client (`CLIENT` below, installed under the program's name) passes its arguments, folder, environment and
the three standard streams, and receives the exit code. A command whose client was killed is killed too.

`python zygote.py gcloud SDK_ROOT SOCKET` (run by gcloud's own Python) or `python zygote.py hinomi TREE SOCKET`.
"""

from __future__ import annotations

import array
import contextlib
import functools
import gc
import importlib
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

STREAMS = 3
MARK = "CLOUDSDK_METRICS_ENVIRONMENT"  # gcloud puts it into its User-Agent, which identifies the calls of one command
KILLED = 137
OF_GCLOUD = (
    "googlecloudsdk.api_lib.util.apis",
    "googlecloudsdk.command_lib.iam.iam_util",
    "googlecloudsdk.command_lib.run.flags",
    "googlecloudsdk.command_lib.run.serverless_operations",
    "googlecloudsdk.core.credentials.transports",
    "googlecloudsdk.core.requests",
)
# Functions that a command of gcloud calls tens of times with the same result: each opens files or reads every property.
REPEATED = (
    ("googlecloudsdk.api_lib.util.apis_internal", "GetApiDef"),
    ("googlecloudsdk.command_lib.util.apis.registry", "GetAPICollections"),
    ("googlecloudsdk.core.transport", "MakeUserAgentString"),
)
# The longest wait of gcloud before it reads the state of an operation again: it waits a second, but the simulated server has
# ended each operation by then.
WAIT_SECONDS = 0.03
OF_HINOMI = (
    *(
        "cli.commands.deploy",
        "cli.commands.doctor",
        "deploy.cost",
        "deploy.doctor",
        "deploy.bootstrap",
        "deploy.phases",
        "deploy.source",
    ),
    *("collectors.history_analysis.registry", "collectors.metrics_analysis.sinks.pack", "requests"),
)
# Results that every command of `hinomi deploy` computes first, equal for all.
WARM = (
    ("collectors.history_analysis.registry", "discover", ()),
    ("collectors.metrics_analysis.detectors", "discover"),
    ("handlers.registry", "plugins"),
    ("cli.app", "load", "doctor"),
    ("cli.app", "run", ("deploy", "cost")),
)


class Program:
    """A program with its modules loaded: `run` runs the command in sys.argv, `prepare` loads more for one like it.

    Modules of the folder `lasting` that a command imports are then loaded for the next one; others may change.
    """

    def __init__(
        self, run: Callable[[], Any], prepare: Callable[[list[str]], None] = lambda _: None, lasting: str = ""
    ) -> None:
        self.run = run
        self.prepare = prepare
        self._lasting = lasting

    def owns(self, name: str) -> bool:
        """Whether the module comes from the lasting folder."""
        file = getattr(sys.modules[name], "__file__", None) or ""
        return bool(self._lasting) and file.startswith(self._lasting)


# Imports only built-in modules: it starts for each of thousands of commands, and `os` and `json` double its time.
CLIENT = """#!{python} -ISE
import posix, sys
words = [word.encode(errors="surrogateescape") for word in sys.argv[1:]]
environ = posix.environ
if {log!r} in environ:
    with open(environ[{log!r}], "ab") as log:
        log.write(b"\\0".join(words) + b"\\0\\n")
if words == [b"config", b"get-value", b"core/account"] and b"CLOUDSDK_CORE_ACCOUNT" in environ:
    print(environ[b"CLOUDSDK_CORE_ACCOUNT"].decode())  # as gcloud does; deploy.sh asks for it in each run
    sys.exit(0)
if words[:2] == environ.get(b"SKIPPED_COMMAND", b"").split():
    sys.exit(0)
import _socket
link = _socket.socket(_socket.AF_UNIX)
link.connect({socket!r})
parts = [posix.getcwdb(), b"%d" % len(words), *words, *(b"%s=%s" % item for item in environ.items())]
request = b"\\0".join(parts)
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
link.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
link.sendall(request)
answer = link.recv(1)
sys.exit(answer[0] if answer else 1)
"""


def gcloud(root: str) -> Program:
    """Runs the command in sys.argv with gcloud."""
    sys.path.insert(0, os.path.join(root, "lib"))  # noqa: PTH118 - as gcloud's own start script does
    importlib.import_module("gcloud")  # adds gcloud's own libraries to the path
    program = importlib.import_module("googlecloudsdk.gcloud_main")
    os.environ["CLOUDSDK_CORE_DISABLE_FILE_LOGGING"] = "1"
    parser = program.CreateCLI([])
    logs = importlib.import_module("googlecloudsdk.core.log")
    logs._log_manager._logs_dirs.clear()  # noqa: SLF001 - each command has a log of its own, as without this
    for name in OF_GCLOUD:
        importlib.import_module(name)
    for name, function in REPEATED:
        module = importlib.import_module(name)
        setattr(module, function, functools.cache(getattr(module, function)))
    sleep = time.sleep
    setattr(time, "sleep", lambda seconds: sleep(min(seconds, WAIT_SECONDS)))  # noqa: B010
    archive: Any = importlib.import_module("googlecloudsdk.core.util.archive")
    archive._ZIP_COMPRESSION = archive.zipfile.ZIP_STORED  # noqa: SLF001 - compressing is a fifth of `functions deploy`
    return Program(functools.partial(program.main, parser), functools.partial(_load, parser), root)


def _load(parser: Any, words: list[str]) -> None:
    """Loads the parser of a command, so that the next one like it finds it."""
    element = parser._TopElement()  # noqa: SLF001 - the public ways parse all arguments
    for word in words:
        if element is None or word.startswith("-"):
            return
        element = element.LoadSubElement(word)


def hinomi(root: str) -> Program:
    """Runs the command in sys.argv with the source in the folder `root`."""
    sys.path[0] = root
    for name in OF_HINOMI:
        importlib.import_module(name)
    for name, function, *words in WARM:
        getattr(importlib.import_module(name), function)(*words)
    return Program(importlib.import_module("cli.app").main, lasting=root)


def serve(program: Program, path: str) -> None:
    """Serves commands until it is killed."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{path}.early")
        server.listen(16)
        gc.freeze()  # a garbage collection in a child would copy all pages
        os.rename(f"{path}.early", path)  # noqa: PTH104 - whoever sees the name may connect
        while True:
            link, _ = server.accept()
            with link:
                _serve(link, program)


def _serve(link: socket.socket, program: Program) -> None:
    size, passed, _, _ = link.recvmsg(4, socket.CMSG_LEN(STREAMS * array.array("i").itemsize))
    streams = array.array("i")
    for _, _, data in passed:
        streams.frombytes(data)
    words = b""
    while len(words) < int.from_bytes(size, "big"):
        words += link.recv(65536)
    folder, count, *rest = os.fsdecode(words).split("\0")
    argv, environ = rest[: int(count)], dict(item.split("=", 1) for item in rest[int(count) :])
    learned, learning = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(learned)
        threading.Thread(target=_die_with, args=(link,), daemon=True).start()
        gc.disable()
        _run(list(streams), argv, folder, environ, program, learning)
    for stream in (*streams, learning):
        os.close(stream)
    with os.fdopen(learned, encoding="utf-8") as names:
        imported = names.read().split()  # ends with the child: only it has the other side
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(BrokenPipeError):  # the client was killed
        link.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
    _learn(imported)
    with contextlib.suppress(Exception):  # the command itself has named the error
        program.prepare(argv)


def _learn(names: list[str]) -> None:
    """Imports the modules that a command imported, so that the next one finds them loaded."""
    for name in names:
        with contextlib.suppress(Exception):  # modules that only a command can import are skipped
            importlib.import_module(name)


def _die_with(link: socket.socket) -> None:
    link.recv(1)  # the client says nothing more: this returns when it is gone
    os._exit(KILLED)


def _run(
    streams: list[int], argv: list[str], folder: str, environ: dict[str, str], program: Program, learning: int
) -> None:
    code: Any = 1
    before = set(sys.modules)
    try:
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        os.environ[MARK] = str(os.getpid())
        sys.argv = [sys.argv[1], *argv]
        code = program.run()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(learning, "w", encoding="utf-8") as names:
        names.write(" ".join(name for name in set(sys.modules) - before if program.owns(name)))
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve({"gcloud": gcloud, "hinomi": hinomi}[sys.argv[1]](sys.argv[2]), sys.argv[3])
