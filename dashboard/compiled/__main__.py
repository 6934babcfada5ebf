"""Writes the compiled templates of the dashboard in the working directory: `python -m dashboard.compiled`."""

from __future__ import annotations

import flask

from dashboard import rendering
from dashboard.compiled.loader import CompiledLoader


def main() -> None:
    """Compiles every template for a deployment. Raises OSError."""
    app = flask.Flask("dashboard", static_folder=None)
    rendering.prepare(app)
    CompiledLoader(rendering.TEMPLATES).write_all(app.jinja_env)


if __name__ == "__main__":
    main()
