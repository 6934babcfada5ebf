"""Reads the folder of scripts: checked manifests, or all mistakes with file and line.

Only the command line, the build and a local installation read the folder; the deployed function gets the manifests as
JSON (handlers/scripts/catalogue.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from handlers.scripts import values
from handlers.scripts.schema import ManifestKeys, ParameterKeys
from handlers.scripts.script import MANIFEST, PYTHON, Script, ScriptParameter, job_name
from shared import validation
from shared.errors import InputError
from shared.strict_yaml import Document
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, scripts


@dataclass(frozen=True, slots=True)
class ScriptFolder:
    """The valid scripts by name, and the mistakes in all manifests."""

    scripts: Mapping[str, Script] = field(default_factory=dict)
    errors: tuple[InputError, ...] = ()


def read(actions: Path) -> ScriptFolder:
    """The scripts of a folder in alphabetical order; none if it does not exist."""
    found: dict[str, Script] = {}
    documents: dict[str, Document] = {}
    errors: list[InputError] = []
    for path in _manifests(actions):
        script, document, mistakes = _script(path)
        errors += mistakes
        if script is not None and document is not None:
            found[path.parent.name], documents[path.parent.name] = script, document
    for name, script in found.items():
        errors += _mistakes(script, found, documents[name], actions)
    wrong = {error.file for error in errors}
    valid = {name: script for name, script in found.items() if documents[name].file not in wrong}
    return ScriptFolder(valid, tuple(sorted(errors, key=lambda error: (error.file or "", error.line or 0))))


def _manifests(actions: Path) -> Iterator[Path]:
    """The manifest of each folder, also where it is missing; other files, and names that begin with . or _, are not scripts."""
    for path in sorted(actions.iterdir()) if actions.is_dir() else ():
        if path.is_dir() and not path.name.startswith((".", "_")):
            yield path / MANIFEST


def _script(path: Path) -> tuple[Script | None, Document | None, list[InputError]]:
    keys, document, errors = validation.check_file(ManifestKeys, path)
    return (_made(keys) if keys else None), document, errors


def _made(keys: ManifestKeys) -> Script:
    return Script(
        name=keys.name,
        description=keys.description,
        command=tuple(keys.command),
        parameters={name: _parameter(each) for name, each in keys.parameters.items()},
        secrets=tuple(keys.secrets),
        permissions=tuple(sorted(set(keys.permissions))),
        time_limit=keys.time_limit,
        idempotent=keys.idempotent,
        undo=keys.undo or "",
        worker=keys.worker or "",
    )


def _parameter(keys: ParameterKeys) -> ScriptParameter:
    default = keys.default
    return ScriptParameter(
        type=keys.type,
        description=keys.description,
        pattern=keys.pattern or "",
        max_length=keys.max_length,
        minimum=keys.min,
        maximum=keys.max,
        values=tuple(keys.values),
        source=keys.source or "",
        default=None if default is None else str(default).lower() if isinstance(default, bool) else str(default),
    )


def _mistakes(script: Script, others: Mapping[str, Script], document: Document, actions: Path) -> Iterator[InputError]:
    folder = Path(document.file).parent
    if script.name != folder.name:
        yield document.error(scripts.OTHER_FOLDER(name=script.name, folder=folder.name), "name")
    if folder.is_symlink() or not _is_below(folder, actions):
        yield document.error(scripts.OUTSIDE(path=folder.name), "name")
    like = [each for each in others if each < script.name and job_name(each) == job_name(script.name)]
    if like:
        yield document.error(scripts.SAME_JOB(name=script.name, other=like[0]), "name")
    for name, parameter in script.parameters.items():
        yield from _of_default(name, parameter, document)
    yield from _of_program(script, folder, document)
    if script.undo and script.undo not in others:
        near = did_you_mean(script.undo, others, most=1) or EMPTY
        yield document.error(scripts.NO_SCRIPT(name=script.undo, suggestion=near), "undo")
    elif script.undo:
        yield from _of_undo(script, others[script.undo], document)


def _of_default(name: str, parameter: ScriptParameter, document: Document) -> Iterator[InputError]:
    for value in parameter.values:
        try:
            values.check(name, parameter, value)
        except InputError as error:
            yield document.error(error.text, "parameters", name, "values")
    if parameter.default is not None:
        try:
            values.check(name, parameter, parameter.default)
        except InputError as error:
            yield document.error(scripts.OF_DEFAULT(problem=error.text), "parameters", name, "default")


def _of_program(script: Script, folder: Path, document: Document) -> Iterator[InputError]:
    """Mistakes in the file that runs. An absolute program is on the machine that runs the script, perhaps another one."""
    program = script.command[0]
    if program == PYTHON:
        file = next((each for each in script.command[1:] if not each.startswith("-")), "")
        if file.endswith(".py") and not (folder / file).is_file():
            yield document.error(scripts.NO_FILE(file=file), "command")
    elif not program.startswith("/"):
        path = folder / program
        if not path.is_file():
            yield document.error(scripts.NO_FILE(file=program), "command")
        elif not _is_below(path, folder):
            yield document.error(scripts.OUTSIDE(path=program), "command")
        elif not os.access(path, os.X_OK):
            yield document.error(scripts.NOT_EXECUTABLE(file=program, path=str(path)), "command")


def _of_undo(script: Script, undo: Script, document: Document) -> Iterator[InputError]:
    """The mistakes in the undo of a script: it gets the parameters that both scripts have, on the same worker."""
    if undo.worker != script.worker:
        yield document.error(scripts.UNDO_ELSEWHERE(script=undo.name), "undo")
    for name, parameter in undo.parameters.items():
        if name not in script.parameters and parameter.default is None:
            yield document.error(scripts.UNDO_NEEDS(script=undo.name, name=name), "undo")


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
