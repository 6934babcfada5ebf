"""Loads the compiled rules: plain JSON, read in milliseconds.

Compiling needs PyYAML and pySigma, which a deployed function does not have; `hinomi rules compile` writes the file
before a deployment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from collectors.metrics_analysis.sigma.rule_files import VERSION, digest
from shared.errors import InputError
from shared.texts.cli import entries as texts

NAME = "compiled.json"
CHECKSUM = "checksum"
_SEAL = len(f'{{"{CHECKSUM}":"",') + 64  # characters before the first key of the artifact


def load(rules_dir: Path) -> dict[str, Any]:
    """The artifact of a rules folder: the compiled file if it matches the rules next to it, otherwise freshly compiled.

    A compiled file that was truncated or edited by hand counts as missing. Raises RuleErrors (an InputError) if a rule
    is invalid, InputError if there is nothing to load.
    """
    compiled = _read(rules_dir / NAME)
    current = digest(rules_dir)
    if compiled is not None and (current is None or compiled.get("digest") == current):
        return compiled
    if current is None:
        is_damaged = (rules_dir / NAME).exists()
        raise (
            InputError(texts.COMPILED_DAMAGED, file=rules_dir / NAME)
            if is_damaged
            else InputError(texts.NO_RULES, file=rules_dir)
        )
    artifact = _compile(rules_dir)
    with contextlib.suppress(OSError):  # a read-only folder only costs the time to compile again
        write(rules_dir, artifact)
    return artifact


def write(rules_dir: Path, artifact: dict[str, Any]) -> Path:
    """Writes the compiled file atomically. Raises OSError if the folder is not writable."""
    import tempfile  # noqa: PLC0415 - only who compiles writes

    handle, temporary = tempfile.mkstemp(dir=rules_dir, prefix=f".{NAME}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_sealed(orjson.dumps(artifact)))
        Path(temporary).chmod(0o644)
        return Path(temporary).replace(rules_dir / NAME)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, Any] | None:
    """The compiled file; None if it is missing, of another version, truncated, or changed after it was written.

    A file without one of its rules would otherwise be used unnoticed.
    """
    try:
        content = path.read_bytes()
        artifact = orjson.loads(content)
    except (OSError, ValueError):
        return None
    is_current = isinstance(artifact, dict) and artifact.get("version") == VERSION
    return artifact if is_current and _sealed(b"{" + content[_SEAL:]) == content and artifact.pop(CHECKSUM) else None


def _sealed(content: bytes) -> bytes:
    """The JSON object with the checksum of its text as its first key."""
    return b'{"%s":"%s",' % (CHECKSUM.encode(), hashlib.sha256(content).hexdigest().encode()) + content[1:]


def _compile(rules_dir: Path) -> dict[str, Any]:
    try:
        from collectors.metrics_analysis.compiler import compile_rules  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = texts.RULES_OUT_OF_DATE(package=error.name or "")
        raise InputError(message, file=rules_dir / NAME) from error
    return compile_rules(rules_dir)
