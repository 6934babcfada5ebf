"""Loads the platform map in a function: from the JSON that the build wrote, or from the YAML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from insights.access.model import Level
from insights.access.platform_map import Allowance, Ignored, Layer, Persona, PlatformMap
from shared.errors import InputError
from shared.texts.cli import platform as texts


def load(path: Path) -> PlatformMap:
    """Reads the map from the YAML file at `path`, or from the JSON file that the build wrote next to it.

    Raises InputError if the map is not valid.
    """
    if path.exists():
        return _read_yaml(path)
    compiled = path.with_suffix(".json")
    try:
        return from_dict(json.loads(compiled.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(texts.CANNOT_BE_READ(file=str(path), error=str(error))) from error


def _read_yaml(path: Path) -> PlatformMap:
    try:
        from insights.access.platform_file import read  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = texts.NOT_COMPILED(package=error.name or "")
        raise InputError(message, file=path) from error
    return read(path)


def as_dict(intended: PlatformMap) -> dict[str, Any]:
    """The map as JSON values, for the build."""
    return asdict(intended)


def from_dict(value: Mapping[str, Any]) -> PlatformMap:
    """The map from the JSON values of `as_dict`."""
    return PlatformMap(
        layers=tuple(
            Layer(item["name"], item["owner"], {kind: tuple(texts) for kind, texts in item["patterns"].items()})
            for item in value["layers"]
        ),
        personas=tuple(
            Persona(item["name"], tuple(item["members"]), tuple(map(_allowance, item["allowances"])))
            for item in value["personas"]
        ),
        ignored=tuple(Ignored(item["member"], item["role"]) for item in value["ignored"]),
    )


def _allowance(item: Mapping[str, Any]) -> Allowance:
    level = Level(item["level"]) if item["level"] is not None else None
    return Allowance(tuple(item["layers"]), tuple(item["resources"]), level, tuple(item["roles"]))
