"""docs/permissions.md: what each identity of an installation may do and why, written from what declares it.

`python -m cli.reference.permissions` writes the page; a test keeps it equal to the code and deploy/plan.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from collectors.history_analysis.bigquery.copy import ON_DATASET, ON_PROJECT
from collectors.metrics_analysis.sigma import artifact
from deploy import permissions, secrets
from deploy.parts.roles import ABOVE
from deploy.site import entry_points, read_plan
from handlers.declared_settings import declared
from handlers.read import read
from shared import config, connections
from shared.config import ROOT
from shared.model import Mode

PAGE = ROOT / "docs" / "permissions.md"
HEAD = """\
# Who may do what, one by one

Written by `python -m cli.reference.permissions` from what collectors, detectors and actions declare, from `rules/handlers.yaml`
as it is shipped, and from `deploy/plan.yaml`; the words to it are in [security.md](security.md) ([Japanese](security.ja.md)). No
account has a key or a basic role. Your own rules change the lists: `hinomi deploy plan --json` shows yours.
"""
RIGHTS = {
    "read": "reads rows",
    "write": "reads and writes rows",
    "own": "reads and writes rows, makes monthly partitions",
}
BASE = {"HINOMI_PROJECTS": "example-project"}
# What more is declared with which setting: the heading, and the settings that make the difference.
MORE = {
    **{
        f"`{connections.find(name).SETTINGS[0].variable}`": {
            setting.of("composer"): setting.example for setting in connections.find(name).SETTINGS if setting.example
        }
        for name in connections.names()
    },
    "`HINOMI_VERTEX_LOCATIONS`": {"HINOMI_VERTEX_LOCATIONS": "europe-west1"},
}
ABOVE_ONLY = "a folder or an organization as scope"  # roles of projects cannot hold these
Reasons = Mapping[str, list[str]]


def reference(handlers_file: Path) -> str:
    """The page. Raises the first InputError of the handlers file."""
    plan = read_plan()
    lines = [HEAD, *_accounts(plan)]
    for target, spec in plan["functions"].items():
        if target in entry_points():
            lines += [*_watched(target, spec, handlers_file), ""]
    return "\n".join([*lines, *_copy(), *_home(plan), *_grants(plan), *_databases(plan)])


def _accounts(plan: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Accounts", "", "| Account | What it does |", "|---|---|")
    yield from (f"| `{name}` | {why} |" for name, why in plan["accounts"].items())
    yield ""


def _watched(target: str, spec: Mapping[str, Any], handlers_file: Path) -> Iterator[str]:
    yield f"## `{spec['account']}` in what is watched: role `hinomi_{target}`"
    yield from ("", "| Permission | Declared by | Only with |", "|---|---|---|")
    always = _declared(target, BASE, handlers_file)
    for name, why in always.items():
        yield f"| `{name}` | {'; '.join(why)} | {ABOVE_ONLY if name.startswith(ABOVE) else ''} |"
    seen = set(always)
    for condition, settings in MORE.items():
        found = _declared(target, {**BASE, **settings}, handlers_file)
        yield from (f"| `{name}` | {'; '.join(found[name])} | {condition} |" for name in found if name not in seen)
        seen |= set(found)
    if target == "metrics_analysis":
        repairs = _repairs(handlers_file)
        yield from (f"| `{name}` | {'; '.join(repairs[name])} | `mode: auto` |" for name in repairs if name not in seen)


def _declared(target: str, settings: Mapping[str, str], handlers_file: Path) -> Reasons:
    compiled = artifact.load(ROOT / "rules")
    return permissions.declared(
        target, artifact=compiled, handlers_file=handlers_file, settings=config.load(dict(settings))
    )


def _repairs(handlers_file: Path) -> Reasons:
    """What the handler rules need to change things, once somebody lets them."""
    rules, errors = read(handlers_file)
    if errors:
        raise errors[0]
    settings = config.load({name: value for more in MORE.values() for name, value in more.items()})
    found: dict[str, list[str]] = {}
    for rule in rules:
        for name in permissions.of_handler(replace(rule, mode=Mode.AUTO), settings):
            found.setdefault(name, []).append(f"handler rule {rule.name} ({rule.action})")
    return dict(sorted(found.items()))


def _copy() -> Iterator[str]:
    yield from ("## `hinomi-history` with `--bigquery-history`", "", "| Permission | Where |", "|---|---|")
    yield from (f"| `{name}` | in that dataset alone |" for name in sorted(ON_DATASET))
    yield from (f"| `{name}` | in its project |" for name in sorted(ON_PROJECT))
    yield ""


def _home(plan: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## At home: the way to the database", "", "| Permission | Who | Why |", "|---|---|---|")
    for who, name in (("each function", "plumbing"), (f"`{plan['release']['account']}`", "release_plumbing")):
        yield from (f"| `{permission}` | {who} | {why} |" for permission, why in plan[name].items())
    yield ""


def _grants(plan: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        "## Grants of predefined roles, each on one thing",
        "",
        "| Role | On | Who | Why |",
        "|---|---|---|---|",
    )
    reader, release = f"`{secrets.READER}`", plan["release"]["account"]
    for grant in plan["grants"]:
        where = "Hinomi's own project" if grant["on"] == "project" else f"{grant['on']} `{grant['name']}`"
        yield f"| `{grant['role']}` | {where} | {_who(grant['member'])} | {grant['why']} |"
    subscriber = plan["subscriber_grant"]
    for name, spec in plan["subscriptions"].items():
        if "dead_letter" in spec:
            who = _who(subscriber["member"])
            yield f"| `{subscriber['role']}` | subscription `{name}` | {who} | {subscriber['why']} |"
    yield f"| {reader} | secret `{plan['database']['release_secret']}` | `{release}` | the job logs in |"
    yield from _secrets(plan)
    yield f"| `roles/pubsub.publisher` | topic `{plan['sinks']['topic']}` | each sink's writer | a sink without it is silent |"
    for account in plan["invokers"]:
        yield f"| `roles/run.invoker` | each function | `{account}` | nobody else may call it |"
    yield ""


def _secrets(plan: Mapping[str, Any]) -> Iterator[str]:
    """Each secret that a plug-in or a connection declares, where `--secret` names one for it."""
    for each in declared():
        if each.is_secret:
            readers = ", ".join(f"`{plan['functions'][name]['account']}`" for name in secrets.functions_of(each))
            variables = " or ".join(f"`{name}`" for name in each.setting.documented)
            yield f"| `{secrets.READER}` | the secret for {variables} | {readers} | {each.owner} reads it |"


def _who(member: str) -> str:
    name = member.partition(":")[2]
    return "Pub/Sub's own agent" if "gcp-sa-pubsub" in name else f"`{name.partition('@')[0]}`"


def _databases(plan: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## In the databases", "", "| User | Error DB | Schema DB |", "|---|---|---|")
    for spec in plan["functions"].values():
        error, schema = (RIGHTS.get(spec["databases"].get(name, ""), "nothing") for name in ("error", "schema"))
        yield f"| `{spec['account']}` | {error} | {schema} |"
    yield f"| `{plan['database']['release_user']}` | makes tables, gives rights | makes tables, gives rights |"
    yield "| people, after `hinomi db grant` | read rows; with `--may maintain` write them | read rows |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(reference(ROOT / "rules" / "handlers.yaml"), encoding="utf-8")
