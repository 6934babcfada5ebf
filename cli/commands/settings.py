"""`hinomi settings`: every setting, its value here and its meaning; also the text of docs/settings.md."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Annotated, Any

import typer

from shared import config
from shared.config import ROOT, Settings
from shared.secret import Secret

app = typer.Typer()

_PASSWORD = re.compile(r"(://[^:/?#]*):.*@")  # of a database URL; greedy: an @ in it may not be escaped
_OPTION = re.compile(r"([?&](?:ssl)?password=)[^&]*")

_HEAD = """\
# Settings

Hinomi is set by environment variables. Each has a default; a value of the wrong form stops the start with one line
that names the variable. This page is generated: `hinomi settings --markdown > docs/settings.md`.

| Variable | Default | Meaning |
|---|---|---|
"""


def markdown() -> str:
    """The text of docs/settings.md."""
    return _HEAD + "".join(
        f"| `{_variable(name)}` | {_code(default)} | {doc.replace('|', chr(92) + '|')} |\n"
        for name, default, doc in _rows()
    )


@app.command("settings")
def show(
    *,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/settings.md instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Every setting with its value here; secrets stay hidden."""
    if as_markdown:
        typer.echo(markdown(), nl=False)
        return
    from cli.views import output

    current = config.load()
    rows = [
        {"setting": _variable(name), "value": _text(getattr(current, name)), "meaning": doc} for name, _, doc in _rows()
    ]
    if as_json:
        output.emit_json(rows)
    else:
        for row in rows:
            typer.echo(f"{row['setting']} = {row['value'] or '(empty)'}\n    {row['meaning']}")


def _rows() -> list[tuple[str, Any, str]]:
    blank = config.load({})
    told = [item for item in fields(Settings) if "doc" in item.metadata]
    return [(item.name, getattr(blank, item.name), item.metadata["doc"]) for item in told]


def _variable(name: str) -> str:
    patterns = {"airflow": "HINOMI_AIRFLOW_<NAME>_URL", "teams_webhooks": "HINOMI_TEAMS_WEBHOOK_URL_<CHANNEL>"}
    return patterns.get(name, f"HINOMI_{name.upper()}")


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, dict):
        return ", ".join(sorted(value))
    if isinstance(value, Secret) and not value:
        return ""
    if isinstance(value, str):
        value = _OPTION.sub(r"\1<secret>", _PASSWORD.sub(r"\1:<secret>@", value))
    return str(value).replace(f"{ROOT}/", "")


def _code(default: Any) -> str:
    text = _text(default).replace("|", "\\|")
    return f"`{text}`" if text else "(empty)"
