"""Runs a script as a process of this machine, with a minimal environment."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from handlers.scripts import process
from handlers.scripts.command import ScriptCall
from handlers.scripts.process import ProcessResult
from handlers.scripts.script import PYTHON
from shared.config import Settings
from shared.errors import InputError
from shared.secret import Secret
from shared.setting import Setting
from shared.texts import Text, scripts

# The environment of Hinomi has passwords: a script gets only this, its parameters and its secrets.
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECRET = Setting(
    "HINOMI_SCRIPT_SECRET_<NAME>",
    "Value of the secret `NAME` that the manifest of a script lists: the script gets it as the variable `NAME`.",
    functions=("scripts",),
    of_rule=False,
)
# Exit codes of shells and of sysexits.h.
NOT_EXECUTABLE, NOT_FOUND, SIGNALLED, TRY_LATER, KILLED = 126, 127, 128, 75, 137


def run(
    call: ScriptCall,
    actions: Path,
    secrets: Mapping[str, Secret],
    *,
    variables: Mapping[str, str],
    is_stopping: Callable[[], bool] = lambda: False,
) -> ProcessResult:
    """Runs the script in its folder; `variables` are added to its environment.

    Raises InputError if it cannot be started: the file has vanished, or is not executable.
    """
    folder = call.script.folder(actions).resolve()
    with tempfile.TemporaryDirectory(prefix="hinomi-script-", ignore_cleanup_errors=True) as home:
        environment = {
            "PATH": SEARCH_PATH,
            "HOME": home,
            "TMPDIR": home,
            "LANG": "C.UTF-8",
            **{name: secret.reveal() for name, secret in secrets.items()},
            **variables,
            **call.variables,
        }
        try:
            return process.run(
                [program(call.arguments[0], folder), *call.arguments[1:]],
                folder=folder,
                environment=environment,
                time_limit=call.script.time_limit,
                is_stopping=is_stopping,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL character in a secret
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise InputError(scripts.NOT_STARTED(script=call.script.name, reason=reason)) from error


def program(name: str, folder: Path) -> str:
    """The path of a program. Raises InputError if a file of the script leads out of its folder."""
    if name == PYTHON:
        return sys.executable
    path = folder / name
    if not Path(name).is_absolute() and not path.resolve().is_relative_to(folder):
        raise InputError(scripts.OUTSIDE(path=name))
    return str(path)


def secrets_of(call: ScriptCall, settings: Settings) -> dict[str, Secret]:
    """The secrets of a script by its variable. Raises InputError that names a missing variable."""
    return {name: SECRET.secret(settings.environment, name) for name in call.script.secrets}


def output_text(result: ProcessResult, secrets: Mapping[str, Secret]) -> str:
    """The output without the secrets, for storage."""
    return result.output.text([secret.reveal() for secret in secrets.values()])


def exit_text(code: int) -> Text:
    """The meaning of an exit code."""
    if code < 0:
        return scripts.BY_SIGNAL(signal=-code)
    if code == NOT_EXECUTABLE:
        return scripts.EXIT_126
    if code == NOT_FOUND:
        return scripts.EXIT_127
    if code == KILLED:
        return scripts.EXIT_137
    if SIGNALLED < code < SIGNALLED + 65:
        return scripts.EXIT_SIGNAL(code=code, signal=code - SIGNALLED)
    return scripts.EXIT(code=code)
