"""Tests stored beside a script: parameters, and the resulting command. They run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from handlers.scripts import command, values
from handlers.scripts.sample import sample_incident
from handlers.scripts.script import Script
from shared import validation
from shared.errors import InputError, messages
from shared.strict_yaml import load_file
from shared.texts import Text, listed, scripts
from shared.validation import Block, Line, mistake

FILE = "tests.yaml"


class ScriptTestKeys(Block):
    """One test of a script."""

    name: Line
    labels: dict[str, str] = Field(default={}, description="The labels of the incident.")
    incident: dict[str, str] = Field(default={}, description="The properties of the incident, such as resource.")
    parameters: dict[str, Any] = Field(default={}, description="The parameters that the handler rule sets.")
    command: list[str] | None = Field(default=None, description="The expected command.")
    rejected: str | None = Field(default=None, description="Part of the expected error message.")

    @model_validator(mode="after")
    def _check_expectation(self) -> ScriptTestKeys:
        if (self.command is None) is (self.rejected is None):
            raise mistake(scripts.ONE_EXPECTATION)
        if unknown := [name for name in self.incident if name not in values.PROPERTIES]:
            raise mistake(scripts.NO_PROPERTY(name=unknown[0], names=listed(values.PROPERTIES)), "incident")
        try:
            sample_incident(self.incident, self.labels)
        except ValueError as error:
            raise mistake(scripts.INVALID_PROPERTY(error=str(error)), "incident") from None
        return self


class ScriptTestsFile(Block):
    """The keys of a script's tests.yaml."""

    tests: list[ScriptTestKeys]


@dataclass(frozen=True, slots=True)
class ScriptTestResult:
    """The name of a test, its file and line, and its problem; empty if it passed."""

    name: str
    place: str
    problem: Text


def run_tests(script: Script, folder: Path) -> list[ScriptTestResult]:
    """Runs the tests of a script. Raises InputError with one line for each mistake in the file."""
    path = folder / FILE
    if not path.exists():
        return []
    document = load_file(path)
    file, errors = validation.check(ScriptTestsFile, document)
    if file is None:
        raise InputError(messages(errors))
    places = (f"{path}:{document.line('tests', at)}" for at, _ in enumerate(file.tests))
    return [
        ScriptTestResult(test.name, place, _problem(script, test))
        for place, test in zip(places, file.tests, strict=True)
    ]


def _problem(script: Script, test: ScriptTestKeys) -> Text:
    try:
        incident = sample_incident(test.incident, test.labels)
        made = command.call(script, values.resolved(script, test.parameters, incident)).arguments
    except InputError as error:
        if test.rejected is not None and test.rejected in error.message:
            return Text.verbatim("")
        return scripts.WAS_REJECTED(reason=error.text)
    if test.command is None:
        return scripts.NOT_REJECTED(command=" ".join(made))
    if list(made) != test.command:
        return scripts.OTHER_COMMAND(command=listed(_quoted(made)), expected=listed(_quoted(test.command)))
    return Text.verbatim("")


def _quoted(arguments: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from (f"'{each}'" for each in arguments)
