"""Writes the compiled templates and the index of the pages into a folder: `python -m dashboard.compiled FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import flask

from dashboard import registry, rendering
from dashboard.compiled import page_index
from dashboard.compiled.loader import CompiledLoader


def main() -> None:
    """Compiles every template for a deployment, and lists the pages. Raises OSError."""
    folder = Path(sys.argv[1])
    app = flask.Flask("dashboard", static_folder=None)
    rendering.prepare(app)
    CompiledLoader(rendering.TEMPLATES).write_all(app.jinja_env, folder)
    page_index.write(registry.imported(), folder)


if __name__ == "__main__":
    main()
