"""docs/watched-metrics.md: what the load check watches, written from the catalogue.

`python -m cli.load_reference` writes the page; a test keeps it equal to the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.load import compile_load
from collectors.metrics_analysis.units import human
from shared.config import ROOT
from shared.durations import format_duration

PAGE = ROOT / "docs" / "watched-metrics.md"
HEAD = """\
# Watched metrics

Written from `rules/load/` by `python -m cli.load_reference`; [load.md](load.md) says how the load check works and how
to change a limit. *Clear* is the level, and for how long, that ends an incident.
"""
ABSENT = {
    "zero": "counts as 0",
    "unknown": "says nothing",
    "alert": "counts as a breach",
}


def reference(rules_dir: Path) -> str:
    """The page. Raises the first InputError of the catalogue."""
    metrics, errors = compile_load(rules_dir)
    if errors:
        raise errors[0]
    return "\n".join([HEAD, *_sections(metrics)])


def _sections(metrics: list[dict[str, Any]]) -> Iterator[str]:
    for service, members in groupby(metrics, key=lambda metric: str(metric["service"])):
        found = list(members)
        yield f"## {service}\n"
        yield f"Source: <{found[0]['source']}>\n"
        yield "| Rule | Metric | Limit | For | Clear | Seen after | Absent | Severity |"
        yield "|---|---|---|---|---|---|---|---|"
        for metric in found:
            yield _row(metric)
        yield ""


def _row(metric: dict[str, Any]) -> str:
    limits, unit = metric["limits"], metric["unit"]
    side = "above" if limits["above"] else "below"
    where = f"<br>`{metric['filter']}`" if metric["filter"] else ""
    how = f"{metric['aligner'].removeprefix('ALIGN_').lower()} over {format_duration(metric['period'])}"
    cells = [
        f"`load/{metric['key']}`<br>{metric['title']}",
        f"`{metric['metric']}`<br>{how}{where}",
        f"{side} {human(limits['threshold'], unit)}",
        format_duration(limits["for"]),
        f"{human(limits['clear'], unit)} for {format_duration(limits['clear_for'])}",
        format_duration(metric["visible_after"]),
        ABSENT[metric["absent"]],
        metric["severity"],
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(reference(ROOT / "rules"), encoding="utf-8")
