"""`python -m cli.reference` writes the generated files of docs/; `make docs` calls it."""

from __future__ import annotations

import typer

from cli.reference.pages import write
from shared.config import ROOT

if __name__ == "__main__":
    changed = write()
    for path in changed:
        typer.echo(f"{path.relative_to(ROOT)} written")
    if not changed:
        typer.echo("The generated pages are up to date.")
