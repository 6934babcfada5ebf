"""The load catalogue: what is accepted, and what is said of a mistake and where."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.compiler.load import compile_load
from shared.config import ROOT

METRIC = """\
source: https://example.com/metrics
metrics:
  - key: queue_age
    title: A queue is stuck
    metric: pubsub.googleapis.com/subscription/oldest_unacked_message_age
    kind: gauge
    unit: s
    resource: pubsub_subscription
    labels: [project_id, subscription_id]
    name: '{project_id}/{subscription_id}'
    aligner: max
    reducer: max
    period: 60s
    visible_after: 2m
    above: 600
    for: 5m
    clear: 120
    severity: high
"""


def compiled(folder: Path, **files: str) -> tuple[list[dict[str, Any]], list[str]]:
    (folder / "load").mkdir()
    for name, text in files.items():
        (folder / "load" / f"{name}.yaml").write_text(text)
    metrics, errors = compile_load(folder)
    return metrics, [str(error).removeprefix(f"{folder}/load/") for error in errors]


def test_every_required_service_is_watched_by_two_metrics_or_more() -> None:
    metrics, errors = compile_load(ROOT / "rules")
    assert errors == []
    counts = Counter(metric["service"] for metric in metrics)
    for service in ("bigquery", "storage", "compute", "composer", "vertex_ai", "pubsub"):
        assert counts[service] >= 2


def test_a_metric_is_compiled_with_its_defaults(tmp_path: Path) -> None:
    (metric,), errors = compiled(tmp_path, pubsub=METRIC)
    assert errors == []
    assert (metric["service"], metric["period"], metric["visible_after"]) == ("pubsub", 60, 120)
    assert (metric["aligner"], metric["reducer"], metric["absent"]) == ("ALIGN_MAX", "REDUCE_MAX", "unknown")
    assert metric["limits"] == {"above": True, "threshold": 600, "clear": 120, "for": 300, "clear_for": 300}


def test_a_delta_without_events_is_zero_by_default(tmp_path: Path) -> None:
    (metric,), _ = compiled(tmp_path, pubsub=METRIC.replace("gauge", "delta").replace("aligner: max", "aligner: delta"))
    assert metric["absent"] == "zero"


def test_an_override_that_moves_the_limit_takes_the_clear_level_along(tmp_path: Path) -> None:
    (metric,), errors = compiled(
        tmp_path, pubsub=METRIC + "    overrides: [{match: {subscription_id: 'batch-*'}, above: 3600, for: 1h}]\n"
    )
    assert errors == []
    (override,) = metric["overrides"]
    assert override["match"] == {"subscription_id": ["batch-*"]}
    assert override["limits"] == {"above": True, "threshold": 3600, "clear": 720, "for": 3600, "clear_for": 300}


def test_the_overrides_of_the_user_come_first(tmp_path: Path) -> None:
    (metric,), errors = compiled(
        tmp_path,
        pubsub=METRIC + "    overrides: [{match: {subscription_id: a}, severity: low}]\n",
        overrides="overrides: [{metric: 'queue_*', match: {project: sandbox}, off: true}]\n",
    )
    assert errors == []
    assert [override["off"] for override in metric["overrides"]] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("kind: gauge", "kind: gauges", "6: kind: give one of gauge, delta, cumulative"),
        ("unit: s", "unit: seconds", "7: unit: give one of 1, By,"),
        ("period: 60s", "period: 30s", "13: period: give a period of at least 60s"),
        ("period: 60s", "period: 60", "13: period: invalid duration '60': use a number and a unit"),
        ("above: 600", "above: '600'", "15: above: give a number"),
        ("above: 600", "above: true", "15: above: give a number"),
        ("above: 600", "above: .nan", "15: above: give a number"),
        ("above: 600", "abov: 600", "15: there is no field 'abov'"),
        ("    above: 600\n", "", "3: above: give above or below, one of them"),
        ("above: 600", "above: 600\n    below: 5", "16: below: give above or below, one of them"),
        ("clear: 120", "clear: 900", "17: clear: the clear level lies on the healthy side"),
        ("severity: high", "severity: urgent", "18: severity: give one of informational"),
        ("    severity: high\n", "", "3: the field 'severity' is missing"),
        ("aligner: max", "aligner: delta", "11: aligner: Cloud Monitoring cannot align a gauge metric by delta"),
        ("{subscription_id}", "{subscription}", "10: name: '{subscription}' is not known here"),
        ("{subscription_id}", "{subscription_id", "10: name: '{' has no partner"),
        ("key: queue_age", "key: Queue Age", "3: key: give a key of small letters"),
        ("title: A queue", "title: |\n      A\n      queue", "4: title: give one line of text"),
        ("labels: [project_id, subscription_id]", "labels: project_id", "9: labels: give a list"),
        ("source: https", "source: ftp", "1: source: give the page that documents the metrics"),
        ("severity: high", "severity: high\n    severity: low", "19: the key 'severity' is here twice"),
        ("severity: high", "severity: high\n    overrides: [{above: 5}]", "19: the field 'match' is missing"),
        (
            "severity: high",
            "severity: high\n    overrides:\n      - match: {zone: a}",
            "20: match: series of queue_age have no label 'zone'",
        ),
        (
            "severity: high",
            "severity: high\n    overrides:\n      - match: {project: a}\n        below: 1",
            "21: below: this metric is watched for values above its limit",
        ),
        ("metrics:", "metrics: 5\nmore:", "2: metrics: give a list"),
        ("metrics:\n", "metrics:\n  - 5\n", "3: give fields here"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert old in METRIC
    _, errors = compiled(tmp_path, pubsub=METRIC.replace(old, new))
    assert any(found.startswith(f"pubsub.yaml:{error}") for found in errors), errors


def test_all_mistakes_of_all_files_are_reported_and_the_rest_is_kept(tmp_path: Path) -> None:
    bad = METRIC.replace("key: queue_age", "key: other").replace("unit: s", "unit: x").replace("above: 600", "above: x")
    metrics, errors = compiled(tmp_path, pubsub=METRIC, kafka=bad, broken="a: [")
    assert [metric["key"] for metric in metrics] == ["queue_age"]
    assert [error.partition(":")[0] for error in errors] == ["broken.yaml", "kafka.yaml", "kafka.yaml"]


def test_a_key_can_be_taken_only_once(tmp_path: Path) -> None:
    metrics, (error,) = compiled(tmp_path, kafka=METRIC, pubsub=METRIC)
    assert [metric["service"] for metric in metrics] == ["kafka"]
    assert error.startswith("pubsub.yaml:3: key: 'queue_age' is taken by ")
    assert error.endswith("kafka.yaml:3")


def test_an_override_for_an_unknown_metric_is_a_mistake(tmp_path: Path) -> None:
    _, errors = compiled(tmp_path, pubsub=METRIC, overrides="overrides:\n  - {metric: nope, match: {project: a}}\n")
    assert errors == ["overrides.yaml:2: metric: no metric is called 'nope': see docs/watched-metrics.md"]


def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "x.yaml").write_bytes(b"\xff\xfe")
    _, (error,) = compile_load(tmp_path)
    assert "save it as UTF-8" in str(error)


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ("{title: 滞留}", "ja: give the Japanese texts"),
        ("滞留", "ja: give the Japanese texts"),
        ("{title: 滞留, summary: x, recovered: y}", "ja: give the Japanese texts"),
        ("{title: 滞留, summary: 1}", "ja: give one line of text"),
        ("{title: 滞留, summary: '{none}'}", "ja: '{none}' is not known here"),
    ],
)
def test_wrong_japanese_texts_are_told(tmp_path: Path, texts: str, problem: str) -> None:
    metrics, (error,) = compiled(tmp_path, pubsub=f"{METRIC}    ja: {texts}\n")
    assert metrics == []
    assert error.startswith(f"pubsub.yaml:19: {problem}")
