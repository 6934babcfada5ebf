"""`python -m demo`: runs the demo. Exit 0 when everything went as expected, 1 when not, 130 after Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from demo.functions import StartError
from demo.runner import FOLDER, Demo, Options, fresh
from demo.screen import Mark, Screen, is_live, make_console

SECONDS = 55.0


def main(arguments: list[str] | None = None) -> int:
    """Parses the options and runs."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="shorter pauses")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where databases, cards and logs are kept")
    parser.add_argument("--picture", type=Path, help="folder to save SVG pictures of the terminal in")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    console = make_console(record=chosen.picture is not None)
    options = Options(chosen.folder.resolve(), chosen.fast)
    fresh(options.folder)
    with Screen(console, live=is_live(console), total=SECONDS) as screen:
        return _run(options, screen)


def _run(options: Options, screen: Screen) -> int:
    demo = Demo(options, screen)
    try:
        demo.run()
    except StartError as error:
        demo.problems.append(str(error))
    except KeyboardInterrupt:
        screen.line(Mark.PROBLEM, "Demo", "interrupted; everything that it started has ended")
        return 130
    return _verdict(screen.console, demo.problems, screen.elapsed)


def _verdict(console: Console, problems: list[str], seconds: float) -> int:
    console.print()
    if not problems:
        console.print(
            f"[bold green]✔ Everything that broke was found, and what can be repaired is repaired.[/] {seconds:.0f} s"
        )
        return 0
    console.print(f"[bold red]✗ {len(problems)} things did not go as expected:[/]")
    for problem in problems:
        console.print(f"  - {problem}", markup=False)
    return 1


def _end(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
