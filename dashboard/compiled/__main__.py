"""Writes the compiled templates of the dashboard into a folder: `python -m dashboard.compiled FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import flask

from dashboard import rendering
from dashboard.compiled.loader import CompiledLoader


def main() -> None:
    """Compiles every template for a deployment. Raises OSError."""
    app = flask.Flask("dashboard", static_folder=None)
    rendering.prepare(app)
    CompiledLoader(rendering.TEMPLATES).write_all(app.jinja_env, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
