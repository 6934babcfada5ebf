"""docs/rule-reference.md: every rule, written from the rule files and the examples beside them.

`hinomi rules reference --write` writes the page; a test keeps it equal to the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler import examples
from shared.config import ROOT
from shared.durations import format_duration

PAGE = ROOT / "docs" / "rule-reference.md"
HEAD = """\
# Rule reference

Written from `rules/` by `hinomi rules reference --write`. A rule says what it finds, how bad that is, what ends it and
what it cannot tell from trouble; the titles under *Fires when* and *Stays quiet when* are those of the examples beside
the rule, which the tests run. Loads that are measured rather than logged are in [watched-metrics.md](watched-metrics.md).
"""
SERVICES = {
    "bigquery": "BigQuery",
    "composer": "Cloud Composer",
    "compute": "Compute Engine",
    "dataflow": "Dataflow",
    "dataproc": "Dataproc",
    "functions": "Cloud Run and functions",
    "gke": "Google Kubernetes Engine",
    "iam": "IAM and Resource Manager",
    "logging": "Cloud Logging",
    "network": "Network",
    "pubsub": "Pub/Sub",
    "scheduler": "Cloud Scheduler",
    "storage": "Cloud Storage",
    "vertex_ai": "Vertex AI",
}
KINDS = {"irregular_access": "irregular access", "job_failure": "job failure", "load_issue": "load issue"}
TECHNIQUE = "attack.t"

Titles = dict[str, list[str]]  # the titles of a rule's examples by section


def reference(rules_dir: Path, made: dict[str, Any]) -> str:
    """The page for an artifact and the folder that it was compiled from."""
    titles: dict[str, Titles] = defaultdict(lambda: defaultdict(list))
    for case in examples.cases(rules_dir, made):
        titles[case.rule][case.section].append(case.title)
    speaking = [spec for spec in made["rules"] if not spec["silent"]] + made["correlations"]
    ordered = sorted(speaking, key=lambda spec: (_service(spec["service"]).casefold(), str(spec["name"])))
    return "\n".join([HEAD, *_services(ordered, titles)])


def _services(specs: list[dict[str, Any]], titles: dict[str, Titles]) -> Iterator[str]:
    for service, found in groupby(specs, key=lambda spec: str(spec["service"])):
        members = list(found)
        yield f"## {_service(service)}\n"
        yield "| Rule | Kind | Level | Finds |"
        yield "|---|---|---|---|"
        for spec in members:
            yield f"| [{spec['name']}](#{_anchor(spec['name'])}) | {KINDS[spec['kind']]} | {spec['level']} | {spec['title']} |"
        yield ""
        for spec in members:
            yield from _rule(spec, titles[spec["name"]])


def _rule(spec: dict[str, Any], titles: Titles) -> Iterator[str]:
    about = spec["about"]
    yield f"### {spec['name']}\n"
    yield f"**{spec['title']}** ({KINDS[spec['kind']]}, {spec['level']}; [source](../rules/{about['file']}))\n"
    yield f"{about['description']}\n"
    yield from (f"- {line}" for line in _facts(spec, titles))
    yield ""


def _facts(spec: dict[str, Any], titles: Titles) -> Iterator[str]:
    about = spec["about"]
    if "timespan" in spec:
        yield f"**Counts**: {_counts(spec)}"
    yield f"**Fires when**: {_list(titles['match'])}"
    yield f"**Stays quiet when**: {_list(titles['no_match'])}"
    yield f"**Ends when**: {_end(spec, titles['recovery'])}"
    yield f"**False positives**: {' '.join(about['falsepositives'])}"
    if techniques := [tag for tag in about["tags"] if tag.startswith(TECHNIQUE)]:
        yield f"**MITRE ATT&CK**: {', '.join(_technique(tag) for tag in techniques)}"
    yield f"**References**: {', '.join(f'<{link}>' for link in about['references'])}"


def _counts(spec: dict[str, Any]) -> str:
    """The window of a correlation in words; its limit is a lower bound in every rule that counts."""
    what = f"different values of `{spec['field']}`" if spec["field"] else "entries"
    group = " and ".join(f"`{path}`" for path in spec["group_by"])
    limit = {"gte": f"{spec['limit']} or more", "gt": f"more than {spec['limit']}"}.get(
        spec["op"], f"{spec['op']} {spec['limit']}"
    )
    return f"{limit} {what} within {format_duration(spec['timespan'])}" + (f" for one {group}" if group else "")


def _end(spec: dict[str, Any], recoveries: list[str]) -> str:
    ways = [_list(recoveries)] if recoveries else []
    if spec["quiet"]:
        ways.append(f"nothing more of it is seen for {format_duration(spec['quiet'])}")
    return ", or ".join(ways) or "a person resolves it"


def _list(titles: list[str]) -> str:
    return "; ".join(titles)


def _technique(tag: str) -> str:
    name = tag.removeprefix("attack.").upper()
    return f"[{name}](https://attack.mitre.org/techniques/{name.replace('.', '/')}/)"


def _service(name: str) -> str:
    return SERVICES.get(name, name)


def _anchor(name: str) -> str:
    """GitHub's anchor of a heading: lower case, without dots and slashes."""
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "-_")
