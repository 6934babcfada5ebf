"""The log sinks: as many as the filters need, in every project of the scope or once for the organization or folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deploy.site import Site
from deploy.step import Step
from shared.texts import Text, joined
from shared.texts.deploy import differences, resources


def steps(site: Site) -> Iterator[Step]:
    """Creates and corrects sinks, and deletes sinks that only an earlier set of rules needed."""
    for parent in parents(site):
        current = existing(site, parent)
        for name, planned in site.desired.filters.items():
            yield from _one(site, parent, name, planned, current.get(name))
        for name in sorted(set(current) - set(site.desired.filters)):
            yield _deletion(parent, name, differences.SINK_NOT_NEEDED)


def removal(site: Site) -> Iterator[Step]:
    """Deletes all sinks of Hinomi."""
    for parent in parents(site):
        for name in sorted(existing(site, parent)):
            yield _deletion(parent, name, differences.OWNED)


def parents(site: Site) -> list[str]:
    """The parents of the sinks, such as organizations/1."""
    scope = site.target.scope
    return [f"{scope.kind}/{name}" for name in scope.names]


def existing(site: Site, parent: str) -> dict[str, dict[str, Any]]:
    """Hinomi's sinks in one parent, by name: sinks with Hinomi's topic as destination and Hinomi's mark."""
    pattern = re.compile(re.escape(site.plan["sinks"]["prefix"]) + r"-\d+")
    items = site.cloud.items("logging", f"v2/{parent}/sinks?pageSize=200", "sinks")
    return {
        item["name"]: item
        for item in items
        if pattern.fullmatch(item["name"]) and item.get("destination") == destination(site) and site.is_marked(item)
    }


def destination(site: Site) -> str:
    """The evidence topic as the destination of a sink."""
    return f"pubsub.googleapis.com/projects/{site.target.project}/topics/{site.plan['sinks']['topic']}"


def _one(site: Site, parent: str, name: str, planned: str, current: dict[str, Any] | None) -> Iterator[Step]:
    children = () if parent.startswith("projects/") else ("--include-children",)
    log_filter = f"--log-filter={planned}"
    what = resources.SINK(name=name, parent=parent)
    if current is None:
        about = f"--description={site.plan['mark']}"
        argv = ("logging", "sinks", "create", name, destination(site), _where(parent), *children, log_filter, about)
        yield Step(what, differences.MISSING, argv)
        return
    wrong = _wrong(current, planned, children=bool(children))
    if wrong:
        open_again = ("--no-disabled", *(("--clear-exclusions",) if current.get("exclusions") else ()), *children)
        yield Step(
            what,
            joined(wrong, differences.AND),
            ("logging", "sinks", "update", name, _where(parent), *open_again, log_filter),
        )


def _wrong(current: dict[str, Any], planned: str, *, children: bool) -> list[Text]:
    names = ", ".join(item.get("name", "?") for item in current.get("exclusions", []) if not item.get("disabled"))
    facts = {
        differences.DISABLED: current.get("disabled"),
        differences.OTHER_FILTER: current.get("filter") != planned,
        differences.EXCLUSIONS(names=names): names,
        differences.WITHOUT_CHILDREN: children and not current.get("includeChildren"),
    }
    return [text for text, is_so in facts.items() if is_so]


def _deletion(parent: str, name: str, problem: Text) -> Step:
    argv = ("logging", "sinks", "delete", name, _where(parent), "--quiet")
    return Step(resources.SINK(name=name, parent=parent), problem, argv)


def _where(parent: str) -> str:
    kind, _, name = parent.partition("/")
    return f"--{kind.removesuffix('s')}={name}"
