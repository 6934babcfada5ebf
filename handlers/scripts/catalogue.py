"""The scripts that a handler rule can name, from the folder of scripts or, in a deployed function, from the build's JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from handlers.scripts.script import Script
from shared.config import Settings
from shared.errors import InputError
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, scripts

COMPILED = "actions.json"


def load(settings: Settings) -> Mapping[str, Script]:
    """The valid scripts by name. Raises InputError when the build's file cannot be read."""
    compiled = settings.rules_dir / COMPILED
    if compiled.is_file():
        return read_compiled(compiled)
    folder = settings.actions_folder
    if not folder.is_dir():
        return {}
    from handlers.scripts.folder import read  # noqa: PLC0415 - reads YAML, which no function has

    return read(folder).scripts


def find(settings: Settings, name: str) -> Script:
    """The script with that name. Raises InputError that suggests similar names."""
    return named(load(settings), name)


def named(known: Mapping[str, Script], name: str) -> Script:
    """The script with that name among these. Raises InputError that suggests similar names."""
    if name not in known:
        near = did_you_mean(name, known, most=1) or (EMPTY if known else scripts.NO_SCRIPTS)
        raise InputError(scripts.NO_SCRIPT(name=name[:100], suggestion=near))
    return known[name]


def write(folder: Path, scripts_by_name: Mapping[str, Script]) -> None:
    """Writes the scripts to `folder`/actions.json."""
    content = {name: script.as_dict() for name, script in scripts_by_name.items()}
    (folder / COMPILED).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_compiled(path: Path) -> Mapping[str, Script]:
    """The scripts that the build wrote. Raises InputError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: Script.from_dict(values) for name, values in content.items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(scripts.NOT_COMPILED(error=str(error)), file=path) from error
