"""Prints the report of `hinomi doctor`: each area, its problems, and the command that fixes each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from cli.language import localize
from cli.printable import clean
from cli.views import output
from cli.views.deploy_plan import short
from shared.texts import Text
from shared.texts.deploy import doctor as texts

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.doctor import Problem
    from deploy.site import Site

LONGEST_COMMAND = 400  # characters; a longer command, such as a new log sink with its filter, is left to deploy.sh
INDENT = " " * 5


def print_report(site: Site, areas: Sequence[tuple[Text, list[Problem]]], *, verbose: bool = False) -> None:
    """Prints the monitored scope, each area with its problems, and their number. `verbose` prints commands in full."""
    from deploy.doctor import deploy_command, monitored

    console = output.console()
    target = site.target
    _print(console, texts.HEAD(project=target.project, region=target.region, scope=str(target.scope)))
    _print(console, texts.METRICS_AND_HISTORY(projects=monitored(target)))
    print_areas(areas, project=target.project, fallback="" if verbose else deploy_command(site))
    found = [problem for _, problems in areas for problem in problems]
    warnings = sum(problem.is_warning for problem in found)
    if warnings:
        _print(console, texts.WARNED(count=warnings))
    number = len(found) - warnings
    _print(console, texts.FOUND(count=number) if number else texts.NONE_FOUND)


def print_areas(areas: Sequence[tuple[Text, list[Problem]]], *, project: str = "", fallback: str = "") -> None:
    """Prints each area with its problems.

    `fallback` replaces commands that are too long; names in `project` are shortened.
    """
    console = output.console()
    for area, problems in areas:
        mark, style = _mark(problems)
        console.print(output.styled(mark, style).append(localize(area)), soft_wrap=True)
        for fix, those in groupby(problems, lambda problem: _shown(problem.fix, fallback)):
            for problem in those:
                console.print(
                    output.folded(
                        short(localize(problem.text), project),
                        console.width,
                        first=f"{INDENT}- ",
                        rest=f"{INDENT}  ",
                    ),
                    soft_wrap=True,
                )
            console.print("\n".join(_fix(fix)), soft_wrap=True)


def print_warnings(site: Site) -> None:
    """Prints publishers that are not planned, and topics that notifications cannot reach; nothing if there are none."""
    from deploy.doctor import CHANNEL_TOPICS, PUBLISHERS, checked, publisher_warnings, topic_warnings

    for area, warn in ((PUBLISHERS, publisher_warnings), (CHANNEL_TOPICS, topic_warnings)):
        if warnings := checked(site, area, partial(warn, site)):
            output.console().print()
            print_areas([(area, warnings)], project=site.target.project)


def _mark(problems: list[Problem]) -> tuple[str, str]:
    """The symbol of an area, and its style."""
    if not problems:
        return "OK   ", "green"
    return ("WARN ", "bold yellow") if all(problem.is_warning for problem in problems) else ("BAD  ", "bold red")


def _print(console: Console, text: Text) -> None:
    console.print(output.folded(localize(text), console.width, rest=INDENT), soft_wrap=True)


def _shown(fix: str, fallback: str) -> str:
    return fallback if fallback and len(fix) > LONGEST_COMMAND else fix


def _fix(command: str) -> Iterator[str]:
    """The command in a form that can be copied: not wrapped, and a filter keeps its line breaks."""
    first, *more = command.splitlines()
    yield f"{INDENT}  {localize(texts.FIX(command=clean(first)))}"
    yield from map(clean, more)
