"""docs/watched-metrics.md: the metrics that history keeps and the load check compares, written from the catalogue.

`python -m cli.reference.metrics` writes the page; a test keeps it equal to the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.metrics import Catalogue, compile_metrics
from collectors.metrics_analysis.units import human
from shared.config import ROOT
from shared.durations import format_duration

PAGE = ROOT / "docs" / "watched-metrics.md"
HEAD = """\
# Watched metrics

Written from `rules/metrics/` by `python -m cli.reference.metrics`. [load.md](load.md) explains the load check and how to
change a limit, [history.md](history.md) what is kept.

*Delay* is the time until Cloud Monitoring shows a sample. *Kept as* is the sample of five minutes in the history, and
the labels that it is split by. *Clear* is the level that ends an incident, and for how long it must hold.
"""
ABSENT = {
    "zero": "counts as 0",
    "unknown": "says nothing",
    "alert": "counts as a breach",
}


def reference(rules_dir: Path) -> str:
    """The page. Raises the first InputError of the catalogue."""
    catalogue = compile_metrics(rules_dir)
    if catalogue.errors:
        raise catalogue.errors[0]
    return "\n".join([HEAD, *_sections(catalogue)])


def _sections(catalogue: Catalogue) -> Iterator[str]:
    kept = {(spec["service"], series["metric"]): series for spec in catalogue.history for series in spec["metrics"]}
    sources = {spec["service"]: spec["source"] for spec in (*catalogue.thresholds, *catalogue.history)}
    for service, source in sorted(sources.items()):
        thresholds = [spec for spec in catalogue.thresholds if spec["service"] == service]
        metrics = {spec["metric"]: spec for spec in thresholds}
        metrics |= {metric: series for (owner, metric), series in kept.items() if owner == service}
        yield f"## {service}\n"
        yield f"Source: <{source}>\n"
        yield "| Metric | Meaning | Unit | Labels | Delay | Kept as |"
        yield "|---|---|---|---|---|---|"
        yield from (_metric(spec, kept.get((service, metric))) for metric, spec in sorted(metrics.items()))
        yield ""
        if thresholds:
            yield "| Rule | Metric | Limit | For | Clear | Absent | Severity |"
            yield "|---|---|---|---|---|---|---|"
            yield from map(_threshold, thresholds)
            yield ""


def _metric(spec: dict[str, Any], kept: dict[str, Any] | None) -> str:
    cells = [
        f"`{spec['metric']}`",
        spec["description"],
        spec["unit"],
        ", ".join(f"`{label}`" for label in spec["labels"]),
        format_duration(spec["visible_after"]),
        _sample(kept) if kept else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _sample(series: dict[str, Any]) -> str:
    split = ", ".join(f"`{label}`" for label in series["split"])
    return _aligner(series) + (f" by {split}" if split else "")


def _aligner(series: dict[str, Any]) -> str:
    return str(series["aligner"]).removeprefix("ALIGN_").lower().replace("_", " ")


def _threshold(spec: dict[str, Any]) -> str:
    limits, unit = spec["limits"], spec["unit"]
    side = "above" if limits["above"] else "below"
    where = f"<br>`{spec['filter']}`" if spec["filter"] else ""
    cells = [
        f"`load/{spec['key']}`<br>{spec['title']}",
        f"`{spec['metric']}`<br>{_aligner(spec)} over {format_duration(spec['period'])}{where}",
        f"{side} {human(limits['threshold'], unit)}",
        format_duration(limits["for"]),
        f"{human(limits['clear'], unit)} for {format_duration(limits['clear_for'])}",
        ABSENT[spec["absent"]],
        spec["severity"],
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(reference(ROOT / "rules"), encoding="utf-8")
