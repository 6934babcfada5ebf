"""Writes folders of scripts for tests."""

from __future__ import annotations

import re
from pathlib import Path

MANIFEST = """\
name: {name}
description: A script of a test.
command: [./run.sh, '--dag={{dag_id}}', '{{count}}']
parameters:
  dag_id: {{type: string, pattern: '[\\w.-]+', max_length: 50, from: label.dag_id}}
  count: {{type: integer, min: -5, max: 5, default: 1}}
time_limit: 5s
"""


def add_script(actions: Path, name: str, code: str = "true", manifest: str = "", more: str = "") -> Path:
    """Writes a shell script with its manifest; `more` are further keys of the manifest. Returns its folder."""
    folder = actions / name
    folder.mkdir(parents=True)
    text = manifest or MANIFEST.format(name=name)
    keys = {line.partition(":")[0] for line in more.splitlines()}
    blocks = re.split(r"\n(?=\w)", text.rstrip())
    lines = [block for block in blocks if block.partition(":")[0] not in keys]
    (folder / "action.yaml").write_text("\n".join([*lines, more, ""]), encoding="utf-8")
    script = folder / "run.sh"
    script.write_text(f"#!/bin/sh\n{code}\n", encoding="utf-8")
    script.chmod(0o755)
    return folder
