"""`python -m demo`: runs the demo. Exit codes: 0 if everything went as planned, 1 if not, 130 after Ctrl-C."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import socket
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, RenderableType

from cli import library_notices

library_notices.hide()  # the imports would print them

from cli.views.output import plural
from demo import summary
from demo.functions import HOST, FunctionStartError, free_port
from demo.runner import FAST, FOLDER, Demo, Options, fresh
from demo.screen import Mark, Screen, is_live, make_console

SECONDS = 50.0
AGAIN_SECONDS = 0.05  # until an interrupt that was lost comes again
# The format of rich, without the fonts that it would download.
SVG = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """Parses the options and runs the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="shorter pauses, and less history")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the databases, cards and logs")
    parser.add_argument("--picture", type=Path, help="folder to save SVG pictures of the terminal in")
    parser.add_argument(
        "--keep", action="store_true", help="keep the platform running, and serve its dashboard, until Ctrl-C"
    )
    parser.add_argument("--port", type=int, default=8787, help="port of the dashboard; 0: any free one")
    chosen = parser.parse_args(arguments)
    if chosen.keep and chosen.port and _is_used(chosen.port):
        parser.error(f"port {chosen.port} is in use: choose another one with --port, or --port 0")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    console = make_console(record=chosen.picture is not None)
    port = chosen.port or free_port()
    options = Options(chosen.folder.resolve(), chosen.fast, f"http://{HOST}:{port}" if chosen.keep else "")
    fresh(options.folder)
    demo = Demo(options, Screen(console, live=is_live(console), total=SECONDS * (FAST if chosen.fast else 1)))
    try:
        return _run(demo, chosen, port)
    except FunctionStartError as error:
        demo.problems.append(str(error))
        return _verdict(console, demo.problems, demo.screen.elapsed)
    except KeyboardInterrupt:
        demo.screen.line(Mark.PROBLEM, "Demo", "interrupted, and everything that it started has ended")
        return 130


def _is_used(port: int) -> bool:
    """Whether a program listens on this port of loopback: the demo would only notice at its end."""
    with socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def _run(demo: Demo, chosen: argparse.Namespace, port: int) -> int:
    console = demo.screen.console
    with ExitStack() as running:
        with demo.screen:
            platform = demo.run(running)
        _save(console, chosen.picture, "demo", demo.screen.state())
        summary.show(console, demo.observer, demo.options.cards, len(demo.services.cards))
        _save(console, chosen.picture, "demo-summary")
        code = _verdict(console, demo.problems, demo.screen.elapsed)
        if chosen.keep:
            console.print()
            with suppress(KeyboardInterrupt):
                platform.show(port)
        return code


def _save(console: Console, folder: Path | None, name: str, *last: RenderableType) -> None:
    """Saves the console output since the last picture, with `last` below it."""
    if folder:
        console.print(*last)
        folder.mkdir(parents=True, exist_ok=True)
        console.save_svg(str(folder / f"{name}.svg"), title="make demo", code_format=SVG)


def _verdict(console: Console, problems: list[str], seconds: float) -> int:
    console.print()
    if not problems:
        console.print(f"[bold green]✔ Every failure was detected, and every repair succeeded.[/] {seconds:.0f} s")
        return 0
    console.print(f"[bold red]✗ Not as planned, {plural(len(problems), 'problem')}:[/]")
    for problem in problems:
        console.print(f"  - {problem}", markup=False)
    return 1


def _end(_signal: int, _frame: object) -> None:
    """The first signal ends the run; later ones are ignored, so that the clean-up completes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def come_again(unraisable: Any) -> None:
    """Repeats an interrupt that Python ignored during a garbage collection."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
        return
    signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)


if __name__ == "__main__":
    sys.unraisablehook = come_again
    sys.exit(main())
