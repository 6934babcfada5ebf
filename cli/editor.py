"""Opens a text in the editor of VISUAL or EDITOR."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path

from shared import config
from shared.errors import InputError
from shared.texts.cli.handler_changes import EDITOR_FAILED


def edited(text: str, *, suffix: str) -> str | None:
    """The edited text; None if it is unchanged. Raises InputError if the editor fails."""
    command = config.variables("VISUAL").get("") or config.variables("EDITOR").get("") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"hinomi{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(command), str(path)], check=True)  # noqa: S603 - the person's own editor
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise InputError(EDITOR_FAILED(command=command, error=str(error))) from error
        changed = path.read_text(encoding="utf-8")
    return None if changed == text else changed
