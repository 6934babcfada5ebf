"""`hinomi actions`: scripts of the installation that the action run_script may run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.language import echo
from cli.printable import clean
from cli.views import output
from shared import config
from shared.errors import InputError, messages
from shared.texts.scripts import cli as texts

if TYPE_CHECKING:
    from handlers.scripts.command import ScriptCall
    from handlers.scripts.examples import ScriptTestResult
    from handlers.scripts.folder import ScriptFolder
    from shared.config import Settings
    from shared.records import IncidentView

app = command_group()

ScriptName = Annotated[str, typer.Argument(metavar="NAME")]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def new(name: ScriptName) -> None:
    """Write a script with its manifest and tests to fill in."""
    import re

    from cli import script_template
    from handlers.scripts.examples import FILE
    from handlers.scripts.script import MANIFEST, NAME, job_name
    from shared.texts import scripts

    if not re.fullmatch(NAME, name):
        raise InputError(texts.INVALID_NAME(name=name, form=scripts.NAME_FORM))
    actions = config.load().actions_folder
    folder = actions / name
    if folder.exists():
        raise InputError(texts.EXISTS(folder=str(folder)))
    if like := [each.name for each in actions.glob("*") if job_name(each.name) == job_name(name)]:
        raise InputError(scripts.SAME_JOB(name=name, other=like[0]))
    folder.mkdir(parents=True)
    files = {
        MANIFEST: script_template.MANIFEST.format(name=name),
        "run.py": script_template.SCRIPT,
        FILE: script_template.TESTS,
    }
    for file, content in files.items():
        (folder / file).write_text(content, encoding="utf-8")
        echo(texts.WRITTEN(file=str(folder / file)))
    echo(texts.NEXT(name=name))


@app.command("list")
def list_scripts(*, as_json: AsJson = False) -> None:
    """List the scripts with their commands, parameters and secrets."""
    from cli.views.actions import print_scripts

    settings = config.load()
    read = _read(settings)
    if as_json:
        output.emit_json([script.as_dict() for script in read.scripts.values()])
    elif read.scripts:
        print_scripts(output.console(), list(read.scripts.values()), settings)
    elif not read.errors:
        echo(texts.NO_SCRIPTS(folder=str(settings.actions_folder)))
    if read.errors:
        raise InputError(messages(read.errors))


@app.command()
def check(names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None) -> None:
    """Check the manifests, and run the tests next to them. Every mistake has its file and line (exit code 2)."""
    from handlers.scripts.catalogue import named
    from handlers.scripts.examples import run_tests

    settings = config.load()
    read = _read(settings)
    if read.errors:
        raise InputError(messages(read.errors))
    chosen = [named(read.scripts, name) for name in names] if names else list(read.scripts.values())
    results = {script.name: run_tests(script, script.folder(settings.actions_folder)) for script in chosen}
    for name, tests in results.items():
        if not tests:
            echo(texts.UNTESTED(name=name))
    every = [result for tests in results.values() for result in tests]
    failed = [result for result in every if result.problem]
    for result in failed:
        _print_failed(result)
    echo(
        texts.CHECKED(scripts=texts.SCRIPTS(count=len(chosen)), tests=texts.TESTS(count=len(every)), failed=len(failed))
    )
    if failed:
        raise typer.Exit(1)


@app.command()
def run(
    name: ScriptName,
    *,
    param: Annotated[list[str] | None, typer.Option("--param", metavar="NAME=VALUE")] = None,
    label: Annotated[list[str] | None, typer.Option("--label", metavar="NAME=VALUE")] = None,
    apply: Annotated[bool, typer.Option("--apply")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the command of a script, or run it on this machine with --apply."""
    from handlers.scripts import catalogue, command, values
    from handlers.scripts.sample import sample_incident

    settings = config.load()
    read = _read(settings)
    of_script = [error for error in read.errors if Path(error.file or "").parent.name == name]
    if of_script:
        raise InputError(messages(of_script))
    script = catalogue.named(read.scripts, name)
    incident: IncidentView | None = sample_incident({}, _pairs(label)) if label else None
    given = _pairs(param)
    missing = [name for name, each in script.parameters.items() if name not in given and each.default is None]
    if incident is None and missing and given.keys() <= script.parameters.keys():
        raise InputError(texts.GIVE_PARAMETER(name=missing[0]))
    call = command.call(script, values.resolved(script, given, incident))
    if apply:
        _apply(call, settings, as_json=as_json)
    elif as_json:
        output.emit_json([{"command": list(call.arguments), "environment": call.variables}])
    else:
        echo(texts.WOULD_RUN(line=call.line))
        echo(texts.USE_APPLY)


def _apply(call: ScriptCall, settings: Settings, *, as_json: bool) -> None:
    from handlers.scripts import local
    from shared.durations import duration_text

    secrets = local.secrets_of(call, settings)
    result = local.run(call, settings.actions_folder, secrets, variables={"HINOMI_SCRIPT": call.script.name})
    text = local.output_text(result, secrets)
    if as_json:
        record = {
            "exit": result.code,
            "seconds": round(result.seconds, 3),
            "timed_out": result.timed_out,
            "output": text,
        }
        output.emit_json([record])
    else:
        for line in text.splitlines():
            typer.echo(clean(line))
        ending = texts.TIMED_OUT if result.timed_out else local.exit_text(result.code)
        echo(texts.ENDED(name=call.script.name, ending=ending, seconds=duration_text(result.seconds)))
    if result.code != 0 or result.timed_out:
        raise typer.Exit(1)


def _read(settings: Settings) -> ScriptFolder:
    from handlers.scripts.folder import read

    return read(settings.actions_folder)


def _pairs(given: list[str] | None) -> Mapping[str, Any]:
    """The values of options NAME=VALUE. Raises InputError."""
    pairs: dict[str, Any] = {}
    for text in given or ():
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise InputError(texts.PAIR(value=text))
        if name in pairs:
            raise InputError(texts.TWICE(name=name))
        pairs[name] = value
    return pairs


def _print_failed(result: ScriptTestResult) -> None:
    echo(texts.TEST_FAILED(place=result.place, name=result.name, problem=result.problem))
