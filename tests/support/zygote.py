"""Starts a command-line program once: a parent process loads its modules and forks for every command.

A command then takes a fourth of the time with the real gcloud, and a tenth with `hinomi`; parser and code are still the
program's own. The client (below, installed under the program's name) passes its arguments, folder, environment and the
three standard streams, and receives the exit code. On Linux it passes only its process id: the rest is in /proc, and
bash starts in a fifth of the time of Python. If the client is killed, its command is killed too.

`python zygote.py gcloud SDK_ROOT SOCKET` (run by gcloud's own Python) or `python zygote.py hinomi TREE SOCKET`.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import functools
import gc
import importlib
import logging
import os
import pickle
import re
import select
import shutil
import socket
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

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
    ("googlecloudsdk.core.credentials.store", "LoadIfEnabled"),
)
# A command with none of these words prints the resource that it wrote, as YAML, where nobody reads it.
READING = frozenset({"access", "describe", "get-value", "list", "print-access-token"})
# The number of new objects of this process from which the next commands should share them.
SHARED_FROM = 1000
IMMORTAL = 0xFFFFFFFF
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
    """A program with its modules loaded: `run` runs the command in sys.argv, `prepare` loads more for such a command.

    If the command imports modules of the folder `lasting`, they stay loaded for later commands; other files may change.
    """

    def __init__(
        self, run: Callable[[], Any], prepare: Callable[[list[str]], None] = lambda _: None, lasting: str = ""
    ) -> None:
        self.run = run
        self.prepare = prepare
        self._lasting = lasting

    def owns(self, name: str) -> bool:
        """Whether the module is in the folder `lasting`."""
        file = getattr(sys.modules[name], "__file__", None) or ""
        return bool(self._lasting) and file.startswith(self._lasting)


CLIENT = """#!/bin/bash
[[ $* != "config get-value core/account" ]] || {{ printf '%s\\n' "$CLOUDSDK_CORE_ACCOUNT"; exit; }} # as gcloud does; each run asks
[[ -z $SKIPPED_COMMAND || "$1 $2" != "$SKIPPED_COMMAND" ]] || exit 0
exec 3<>/dev/tcp/127.0.0.1/{port} 4>&1 # bash changes its own streams while it writes to 3
printf '%s\\n' $$ >&3
IFS= read -r -u 3 status
exit "${{status:-1}}"
"""
# For other systems. Imports only built-in modules: `os` and `json` double its time.
PYTHON_CLIENT = """#!{python} -ISE
import posix, sys, _socket
words = [word.encode(errors="surrogateescape") for word in sys.argv[1:]]
if words and words[:2] == posix.environ.get(b"SKIPPED_COMMAND", b"").split():
    sys.exit(0)
link = _socket.socket(_socket.AF_UNIX)
link.connect({socket!r})
parts = [posix.getcwdb(), b"%d" % len(words), *words, *(b"%s=%s" % item for item in posix.environ.items())]
request = b"\\0".join(parts)
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
link.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
link.sendall(request)
answer = link.recv(4)
sys.exit(int(answer) if answer else 1)
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
    tar: Any = importlib.import_module("tarfile")
    tar.open = functools.partial(tar.open, compresslevel=1)  # and most of `builds submit`
    _keep_archives(os.path.dirname(os.path.abspath(sys.argv[3])))  # noqa: PTH100, PTH120
    _leave_out()
    logging.disable(logging.INFO)  # nobody sees these lines: a command writes fifty
    return Program(functools.partial(program.main, parser), functools.partial(_load, parser), root)


def _leave_out() -> None:
    """Skips work that changes no call.

    A written resource is not printed, a token that never expires is not refreshed, and arguments are not sorted for messages.
    """
    display: Any = importlib.import_module("googlecloudsdk.calliope.display").Displayer
    is_list: Any = importlib.import_module("googlecloudsdk.core.resource.resource_property").IsListLike
    show = display.Display

    def shown(self: Any) -> Any:
        if READING.intersection(sys.argv):
            return show(self)
        return list(self._resources) if is_list(self._resources) else self._resources  # a generator makes the calls

    display.Display = shown
    for module, name, function in (
        ("googlecloudsdk.core.credentials.store", "RefreshIfAlmostExpire", lambda _: None),
        ("googlecloudsdk.calliope.usage_text", "GetArgSortKey", lambda _: ""),
        ("googlecloudsdk.core.transport", "GetAndCacheArchitecture", lambda platform: str(platform.architecture)),
    ):
        setattr(importlib.import_module(module), name, function)


def _keep_archives(folder: str) -> None:
    """Lets `functions deploy` and `builds submit` send the archive that gcloud made of this folder at first.

    The simulated server does not look into an archive, and packing one takes longer than everything else in the command.
    """
    source: Any = importlib.import_module("googlecloudsdk.command_lib.functions.source_util")
    snapshot: Any = importlib.import_module("googlecloudsdk.api_lib.cloudbuild.snapshot").Snapshot
    make_zip, make_tar = source.CreateSourcesZipFile, snapshot._MakeTarball  # noqa: SLF001

    def kept(source: Any, target: str, make: Callable[[], str]) -> str:
        archive = os.path.join(folder, f"{hash(repr(source))}.archive")  # noqa: PTH118
        if not os.path.exists(archive):  # noqa: PTH110
            part = shutil.copy(make(), f"{archive}.{os.getpid()}")
            os.rename(part, archive)  # noqa: PTH104 - whole, although a command may be killed
        return shutil.copy(archive, target)

    def zipped(target: str, files: str, *args: Any, **options: Any) -> str:
        source = (files, args, sorted(options.items()))
        return kept(source, os.path.join(target, "fun.zip"), lambda: str(make_zip(target, files, *args, **options)))  # noqa: PTH118

    def tarred(self: Any, target: str) -> Any:
        def made() -> str:
            make_tar(self, f"{target}.new").close()
            return f"{target}.new"

        return open(kept(self.src_dir, target, made), "rb")  # noqa: PTH123 - gcloud closes it

    source.CreateSourcesZipFile, snapshot._MakeTarball = zipped, tarred  # noqa: SLF001


def _load(parser: Any, words: list[str]) -> None:
    """Loads the parser of a command, for this command and later ones like it."""
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
    main = importlib.import_module("cli.app").main

    def run() -> Any:
        more = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in sys.path]
        if more:  # packages of the command's own environment
            sys.path[1:1] = more
            importlib.import_module("handlers.registry").plugins.cache_clear()
        return main()

    return Program(run, lasting=root)


def serve(program: Program, path: str) -> None:
    """Serves commands until it is killed. The file `path`.port has the port for clients that pass only their process id."""
    with socket.socket(socket.AF_UNIX) as streams, socket.socket() as numbers:
        streams.bind(path)
        numbers.bind(("127.0.0.1", 0))
        for server in (streams, numbers):
            server.listen(16)
        with open(f"{path}.early", "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(str(numbers.getsockname()[1]))
        re._MAXCACHE = 10_000  # type: ignore[attr-defined] # noqa: SLF001 - those that commands compile are kept
        _share()
        os.rename(f"{path}.early", f"{path}.port")  # noqa: PTH104 - whoever sees the name may connect
        silent: list[socket.socket] = []  # a stranger may connect, and say nothing
        while True:
            for ready in select.select([streams, numbers, *silent], [], [])[0]:
                if ready is numbers:
                    silent.append(numbers.accept()[0])
                    continue
                link = streams.accept()[0] if ready is streams else silent.pop(silent.index(ready))
                with link:
                    request = _received(link) if ready is streams else _looked_up(link)
                    if request is not None:
                        _serve(link, request, program)


class Request(NamedTuple):
    """A command: its standard streams, arguments, folder and environment."""

    streams: list[int]
    argv: list[str]
    folder: str
    environ: dict[str, str]


def _received(link: socket.socket) -> Request:
    """Receives the command that a client passes."""
    size, passed, _, _ = link.recvmsg(4, socket.CMSG_LEN(STREAMS * array.array("i").itemsize))
    streams = array.array("i")
    for _, _, data in passed:
        streams.frombytes(data)
    words = b""
    while len(words) < int.from_bytes(size, "big"):
        words += link.recv(65536)
    folder, count, *rest = os.fsdecode(words).split("\0")
    return Request(list(streams), rest[: int(count)], folder, _pairs(rest[int(count) :]))


def _looked_up(link: socket.socket) -> Request | None:
    """Looks up the command of a client by its process id; None if the client was killed, or is of the port's former owner."""
    number = link.recv(32)
    if not (number.endswith(b"\n") and number.strip().isdigit()):
        return None
    of_client = f"/proc/{int(number)}"
    streams: list[int] = []
    try:
        is_socket = stat.S_ISSOCK(os.stat(f"{of_client}/fd/0").st_mode)  # noqa: PTH116 - it cannot be opened
        streams.append(opened(os.devnull if is_socket else f"{of_client}/fd/0", os.O_RDONLY))
        # Both append, because they may be one file.
        streams.extend(opened(f"{of_client}/fd/{stream}", os.O_WRONLY | os.O_APPEND) for stream in (4, 2))
        texts = []
        for name in ("cmdline", "environ"):
            with open(f"{of_client}/{name}", "rb") as file:  # noqa: PTH123
                texts.append(os.fsdecode(file.read()).split("\0")[:-1])
        return Request(streams, texts[0][2:], os.readlink(f"{of_client}/cwd"), _pairs(texts[1]))  # noqa: PTH115
    except OSError:
        for stream in streams:
            os.close(stream)
        return None


def opened(path: str, flags: int) -> int:
    """Opens a stream of a client without blocking: a named pipe would block forever if the other side was killed."""
    stream = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(stream, True)
    return stream


def _pairs(texts: list[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _serve(link: socket.socket, request: Request, program: Program) -> None:
    if log := request.environ.get(f"{sys.argv[1].upper()}_LOG"):  # each word of each command ends with NUL
        with open(log, "ab") as file:  # noqa: PTH123
            file.write(b"".join(os.fsencode(word) + b"\0" for word in request.argv) + b"\n")
    with contextlib.suppress(Exception):  # the command itself names the error
        program.prepare(request.argv)
    learned, learning = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(learned)
        threading.Thread(target=_die_with, args=(link,), daemon=True).start()
        gc.disable()
        _run(request, program, learning)
    for stream in (*request.streams, learning):
        os.close(stream)
    with os.fdopen(learned, "rb") as lessons:
        lesson = lessons.read()  # ends with the child: only it has the other side
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client was killed
        link.sendall(b"%d\n" % (os.waitstatus_to_exitcode(status) & 0xFF))
    with contextlib.suppress(Exception):  # a command that was killed leaves a part of its lesson, or none
        _learn(*pickle.loads(lesson))  # noqa: S301 - written by the child
    if len(gc.get_objects()) > SHARED_FROM:
        _share()


def _learn(names: list[str], patterns: list[tuple[type, Any, int]]) -> None:
    """Imports the modules and compiles the patterns of a command, for later commands."""
    for name in names:
        with contextlib.suppress(Exception):  # modules that only a command can import are skipped
            importlib.import_module(name)
    for _, pattern, flags in patterns:
        re.compile(pattern, flags)


def _share() -> None:
    """Lets children use this process's new objects without copying their memory pages.

    A child writes into an object when it counts a reference, unless the object is immortal (Python 3.12 and later).
    """
    if sys.version_info >= (3, 12) and sys.byteorder == "little":
        waiting, seen = gc.get_objects(), set[int]()
        while waiting:
            new = [item for item in waiting if id(item) not in seen]
            seen.update(map(id, new))
            changed = [item for item in new if ctypes.c_uint32.from_address(id(item)).value != IMMORTAL]
            for item in changed:
                ctypes.c_uint32.from_address(id(item)).value = IMMORTAL
            waiting = gc.get_referents(*changed)
    gc.freeze()  # a garbage collection in a child would copy all pages


def _die_with(link: socket.socket) -> None:
    link.recv(1)  # the client says nothing more: this returns when it is gone
    os._exit(KILLED)


def _run(request: Request, program: Program, learning: int) -> None:
    code: Any = 1
    before, compiled = set(sys.modules), set(re._cache)  # type: ignore[attr-defined] # noqa: SLF001
    try:
        for target, stream in enumerate(request.streams):
            os.dup2(stream, target)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(request.folder)
        os.environ.clear()
        os.environ.update(request.environ)
        os.environ[MARK] = str(os.getpid())
        sys.argv = [sys.argv[1], *request.argv]
        code = program.run()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    modules = [name for name in set(sys.modules) - before if program.owns(name)]
    patterns = list(set(re._cache) - compiled)  # type: ignore[attr-defined] # noqa: SLF001
    with os.fdopen(learning, "wb") as lessons:
        pickle.dump((modules, patterns), lessons)
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve({"gcloud": gcloud, "hinomi": hinomi}[sys.argv[1]](sys.argv[2]), sys.argv[3])
