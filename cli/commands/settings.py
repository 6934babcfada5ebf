"""`hinomi settings`: every setting, its value here and its meaning; also the text of docs/settings.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import single_command
from shared import config
from shared.config import ROOT, Settings
from shared.secret import Secret
from shared.secret_urls import HIDDEN, contains_password, shown

if TYPE_CHECKING:
    from handlers.declared_settings import DeclaredSetting

app = single_command()

UNKNOWN = "Unknown: no part of Hinomi reads this variable."

_HEAD = """\
# Settings

Hinomi is configured by environment variables. A value of the wrong form stops the start with an error that names the
variable. `hinomi settings` prints the values on your machine, without secrets.

For the deployed functions, write plain settings into a file, one `HINOMI_NAME=value` a line, and put secrets into Secret Manager
([below](#secrets)):

```sh
./deploy.sh --project my-monitoring --region asia-northeast1 --settings my.env
```

Everything else stays as in the last deployment, and later deployments keep the settings; a new file takes the place of the old
one, and `--no-settings` drops it.

This page is generated: `hinomi settings --markdown > docs/settings.md`.

| Variable | Default | Meaning |
|---|---|---|
"""
_PLUGINS = """
## Channels and connections

A notifier, an action or a connection declares its own variables. `<CHANNEL>` and `<NAME>` are names of your choice, as many
as you need: letters, digits and `_`. Handler rules use the same name in lower case.

| Variable | Declared by | Default | Meaning |
|---|---|---|---|
"""
_SECRETS = """
## Secrets

These variables contain a password or a URL with a signature. On your machine, export them. For the deployed functions, put each
value into Secret Manager, and name the secret once. For the password of an Airflow connection `etl`:

```sh
read -rs HINOMI_AIRFLOW_ETL_PASSWORD
printf %s "$HINOMI_AIRFLOW_ETL_PASSWORD" | gcloud secrets create hinomi-airflow-etl-password --project=my-monitoring --replication-policy=automatic --data-file=-
./deploy.sh --project my-monitoring --region asia-northeast1 --secret HINOMI_AIRFLOW_ETL_PASSWORD=hinomi-airflow-etl-password
```

Repeat `--secret` for several. deploy.sh grants each secret to the functions that read it, mounts its newest enabled version, and
keeps it in later deployments; `--no-secret HINOMI_AIRFLOW_ETL_PASSWORD` drops it. A file of `--settings` with a secret or a password
in it is refused. To change a value, add a version, and run deploy.sh again:

```sh
printf %s "$HINOMI_AIRFLOW_ETL_PASSWORD" | gcloud secrets versions add hinomi-airflow-etl-password --project=my-monitoring --data-file=-
./deploy.sh --project my-monitoring --region asia-northeast1
```

| Variable | Declared by | Functions | Meaning |
|---|---|---|---|
"""


def markdown() -> str:
    """The text of docs/settings.md."""
    from deploy.secrets import functions_of
    from handlers.declared_settings import declared

    own = (f"| `{_variable(name)}` | {_code(default)} | {_cell(doc)} |\n" for name, default, doc in _rows())
    plain = (
        f"| {_documented(each)} | {each.owner} | {_code(each.setting.default)} | {_cell(each.setting.doc)} |\n"
        for each in declared()
        if not each.is_secret
    )
    secrets = (
        f"| {_documented(each)} | {each.owner} | {', '.join(functions_of(each))} | {_cell(each.setting.doc)} |\n"
        for each in declared()
        if each.is_secret
    )
    return "".join([_HEAD, *own, _PLUGINS, *plain, _SECRETS, *secrets])


@app.command("settings")
def show(
    *,
    as_markdown: Annotated[bool, typer.Option("--markdown")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show every setting with its value here; secrets stay hidden."""
    if as_markdown:
        typer.echo(markdown(), nl=False)
        return
    from cli.views import output

    current = config.load()
    rows = [
        {"setting": _variable(name), "value": _value(name, getattr(current, name)), "meaning": doc}
        for name, _, doc in _rows()
    ]
    rows += _declared_rows(current.environment)
    if as_json:
        output.emit_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['setting']} = {row['value'] or '(empty)'}\n    {row['meaning']}")


def _declared_rows(environment: Mapping[str, Secret]) -> Iterator[dict[str, str]]:
    """The variables of plug-ins and connections: those that are set, and the form of those that are not."""
    from handlers.declared_settings import declaration, declared

    known = declared()
    found = {name: declaration(name, known) for name in sorted(environment)}
    for each in known:
        names = [name for name, its in found.items() if its is each]
        for name in names or (each.setting.documented[-1],):
            value = environment.get(name)
            yield {"setting": name, "value": _declared_text(each, value), "meaning": each.setting.doc}
    for name, its in found.items():
        if its is None:
            yield {"setting": name, "value": HIDDEN, "meaning": UNKNOWN}


def _declared_text(each: DeclaredSetting, value: Secret | None) -> str:
    if not value:
        return each.setting.default
    return HIDDEN if each.is_secret else _value(each.setting.variable, value.reveal())


def _rows() -> list[tuple[str, Any, str]]:
    blank = config.load({})
    documented = [item for item in fields(Settings) if "doc" in item.metadata]
    return [(item.name, getattr(blank, item.name), item.metadata["doc"]) for item in documented]


def _variable(name: str) -> str:
    return f"HINOMI_{name.upper()}"


def _documented(each: DeclaredSetting) -> str:
    return ", ".join(f"`{name}`" for name in each.setting.documented)


def _value(name: str, value: Any) -> str:
    """A value without its secrets; whatever a URL setting holds is taken for a URL."""
    return _text(shown(value) if value and name.lower().endswith("_url") else value)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    if isinstance(value, str) and ("://" in value or contains_password(value)):
        value = shown(value)
    return str(value).replace(f"{ROOT}/", "")


def _code(default: Any) -> str:
    text = _cell(_text(default))
    return f"`{text}`" if text else "(empty)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
