"""Runs `hinomi …` in a process of its own, forked with the imports done (tests/support/forkserver.py).

A command that is started as a program spends most of its time on imports.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support import forkserver

STREAMS = ("stdin", "stdout", "stderr")


def hinomi(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command; returns its result. The files of its streams are in the folder."""
    files = [folder / name for name in STREAMS]
    for file in files:
        file.write_bytes(b"")
    files[0].write_bytes(stdin)
    process = forkserver.context().Process(target=_run, args=(words, dict(environment), list(map(str, files))))
    process.start()
    process.join()
    assert process.exitcode is not None
    return subprocess.CompletedProcess(words, process.exitcode, files[1].read_bytes(), files[2].read_bytes())


def _run(words: Sequence[str], environment: Mapping[str, str], files: Sequence[str]) -> None:
    from cli.app import main

    for stream, file in enumerate(files):
        opened = os.open(file, os.O_WRONLY if stream else os.O_RDONLY)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stdout, sys.stderr = (open(stream, "w", closefd=False, encoding="utf-8") for stream in (1, 2))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["hinomi", *words]
    main()
