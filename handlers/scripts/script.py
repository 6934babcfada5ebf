"""A script of the installation, as its manifest declares it, and its form as JSON in the deployed function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from shared.lazy.dataclass import dataclass

NAME = r"[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?"  # also the end of the name of a Cloud Run job
WORKER = r"[a-z][a-z0-9-]{0,39}"  # the name of a worker on-premises
MANIFEST = "action.yaml"
PYTHON = "python"  # as the program: the interpreter that runs Hinomi
LONGEST_VALUE = 4_000
TIME_LIMIT_SECONDS = 60


def job_name(script: str) -> str:
    """The last part of the name of a script's Cloud Run job, which must be unique within an installation."""
    return script.replace("_", "-")


class ParameterType(StrEnum):
    """The type of a parameter."""

    STRING = "string"
    INTEGER = "integer"
    ENUM = "enum"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class ScriptParameter:
    """A parameter with its limits. `source` is the property or label of the incident, such as `label.dag_id`.

    `pattern` must match the whole string. Without `default`, the parameter is required.
    """

    type: ParameterType
    description: str = ""
    pattern: str = ""
    max_length: int = 200
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[str, ...] = ()
    source: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A script. `command` is a list of arguments; `{name}` in one of them is the value of a parameter.

    `secrets` are names of environment variables of the script, `permissions` those of its own account in the monitored
    scope. `undo` is another script. Only an `idempotent` script runs again after an attempt whose result is unknown.
    A script with a `worker` runs on-premises, as a process of the worker with this name.
    """

    name: str
    description: str
    command: tuple[str, ...]
    parameters: Mapping[str, ScriptParameter]
    secrets: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    time_limit: int = TIME_LIMIT_SECONDS
    idempotent: bool = False
    undo: str = ""
    worker: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The script as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Script:
        """The script from JSON; keys of a newer version are ignored."""
        parameters = {name: _parameter(each) for name, each in values["parameters"].items()}
        plain: dict[str, Any] = {item.name: values[item.name] for item in fields(cls) if item.name in values}
        lists: dict[str, Any] = {
            name: tuple(plain[name]) for name in ("command", "secrets", "permissions") if name in plain
        }
        plain["parameters"] = parameters
        return cls(**(plain | lists))

    def folder(self, actions: Path) -> Path:
        """The folder of the script in the folder of all scripts."""
        return actions / self.name


def _parameter(values: Mapping[str, Any]) -> ScriptParameter:
    plain: dict[str, Any] = {item.name: values[item.name] for item in fields(ScriptParameter) if item.name in values}
    plain |= {"type": ParameterType(plain["type"]), "values": tuple(plain.get("values", ()))}
    return ScriptParameter(**plain)
