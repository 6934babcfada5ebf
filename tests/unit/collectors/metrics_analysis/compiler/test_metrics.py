"""The metric catalogue: valid files, and the messages and lines of errors."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.compiler.metrics import compile_metrics
from tests.support.metrics import shipped

# Lines: 1 source, 2 description, 3 metrics, 4 metric, 5 description, 6 kind, 7 unit, 8 resource, 9 labels,
# 10 visible_after, 11 history, 12 thresholds, 13 key, 14 title, 15 name, 16 aligner, 17 reducer, 18 period, 19 above,
# 20 for, 21 clear, 22 severity.
METRIC = """\
source: https://example.com/metrics
description: Messages by subscription.
metrics:
  - metric: pubsub.googleapis.com/subscription/oldest_unacked_message_age
    description: Age of the oldest message
    kind: gauge
    unit: s
    resource: pubsub_subscription
    labels: [project_id, subscription_id]
    visible_after: 2m
    history: {aligner: mean, reducer: sum, split: [region]}
    thresholds:
      - key: queue_age
        title: A queue is stuck
        name: '{project_id}/{subscription_id}'
        aligner: max
        reducer: max
        period: 60s
        above: 600
        for: 5m
        clear: 120
        severity: high
"""


def compiled(folder: Path, **files: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Compiles the catalogue; returns the thresholds, and the errors without the path of the folder."""
    (folder / "metrics").mkdir()
    for name, text in files.items():
        (folder / "metrics" / f"{name}.yaml").write_text(text)
    made = compile_metrics(folder)
    return made.thresholds, [str(error).replace(f"{folder}/metrics/", "") for error in made.errors]


def test_every_required_service_is_watched_by_two_thresholds_or_more() -> None:
    counts = Counter(spec["service"] for spec in shipped().thresholds)
    for service in ("bigquery", "storage", "compute", "composer", "vertex_ai", "pubsub"):
        assert counts[service] >= 2


def test_a_threshold_is_compiled_with_its_defaults(tmp_path: Path) -> None:
    (spec,), errors = compiled(tmp_path, pubsub=METRIC)
    assert errors == []
    assert (spec["service"], spec["period"], spec["visible_after"]) == ("pubsub", 60, 120)
    assert (spec["aligner"], spec["reducer"], spec["absent"]) == ("ALIGN_MAX", "REDUCE_MAX", "unknown")
    assert spec["limits"] == {"above": True, "threshold": 600, "clear": 120, "for": 300, "clear_for": 300}


def test_a_metric_without_thresholds_is_only_stored(tmp_path: Path) -> None:
    thresholds, errors = compiled(tmp_path, pubsub=METRIC[: METRIC.index("    thresholds")])
    assert (thresholds, errors) == ([], [])
    (service,) = compile_metrics(tmp_path).history
    assert (service["service"], service["description"]) == ("pubsub", "Messages by subscription.")
    (series,) = service["metrics"]
    assert (series["aligner"], series["reducer"], series["split"]) == ("ALIGN_MEAN", "REDUCE_SUM", ["region"])
    assert (series["unit"], series["visible_after"]) == ("s", 120)


def test_a_metric_without_history_is_checked_only(tmp_path: Path) -> None:
    thresholds, errors = compiled(tmp_path, pubsub=METRIC.replace(METRIC.splitlines()[10] + "\n", ""))
    assert (len(thresholds), errors) == (1, [])
    assert compile_metrics(tmp_path).history == []


def test_a_metric_may_have_a_source_of_its_own(tmp_path: Path) -> None:
    text = METRIC.replace("    kind: gauge", "    source: https://example.com/agent\n    kind: gauge")
    (spec,), _ = compiled(tmp_path, pubsub=text)
    assert spec["source"] == "https://example.com/agent"


def test_a_delta_without_events_is_zero_by_default(tmp_path: Path) -> None:
    (spec,), _ = compiled(tmp_path, pubsub=METRIC.replace("gauge", "delta").replace("aligner: max", "aligner: delta"))
    assert spec["absent"] == "zero"


def test_an_override_that_moves_the_limit_moves_the_clear_level(tmp_path: Path) -> None:
    (spec,), errors = compiled(
        tmp_path, pubsub=METRIC + "        overrides: [{match: {subscription_id: 'batch-*'}, above: 3600, for: 1h}]\n"
    )
    assert errors == []
    (override,) = spec["overrides"]
    assert override["match"] == {"subscription_id": ["batch-*"]}
    assert override["limits"] == {"above": True, "threshold": 3600, "clear": 720, "for": 3600, "clear_for": 300}


def test_the_overrides_of_the_user_come_first(tmp_path: Path) -> None:
    (spec,), errors = compiled(
        tmp_path,
        pubsub=METRIC + "        overrides: [{match: {subscription_id: a}, severity: low}]\n",
        overrides="overrides: [{metric: 'queue_*', match: {project: sandbox}, off: true}]\n",
    )
    assert errors == []
    assert [override["off"] for override in spec["overrides"]] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("kind: gauge", "kind: gauges", "6: kind: invalid value 'gauges': did you mean 'gauge'?"),
        ("unit: s", "unit: seconds", "7: unit: invalid value 'seconds': use '1', 'By',"),
        ("period: 60s", "period: 30s", "18: period: use at least 60s"),
        ("period: 60s", "period: 60", "18: period: invalid duration '60': use a number and a unit"),
        ("above: 600", "above: '600'", "19: above: use a number"),
        ("above: 600", "above: true", "19: above: use a number"),
        ("above: 600", "above: .nan", "19: above: use a number"),
        ("above: 600", "abov: 600", "19: unknown key 'abov': did you mean 'above'?"),
        ("        above: 600\n", "", "13: above: use either 'above' or 'below'"),
        ("above: 600", "above: 600\n        below: 5", "20: below: use either 'above' or 'below'"),
        ("clear: 120", "clear: 900", "21: clear: use a level below the limit"),
        ("severity: high", "severity: urgent", "22: severity: invalid value 'urgent': use 'informational'"),
        ("        severity: high\n", "", "13: missing key 'severity'"),
        ("aligner: max", "aligner: delta", "16: aligner: Cloud Monitoring cannot align a gauge metric by delta"),
        ("aligner: mean", "aligner: rate", "11: aligner: Cloud Monitoring cannot align a gauge metric by rate"),
        ("aligner: max", "aligner: [max]", "16: aligner: use text"),
        ("{subscription_id}", "{subscription}", "15: name: unknown name '{subscription}': use one of"),
        ("{subscription_id}", "{subscription_id", "15: name: '{' has no partner"),
        ("key: queue_age", "key: Queue Age", "13: key: use 3 to 60 lowercase letters"),
        ("title: A queue", "title: |\n          A\n          queue", "14: title: use one line of text"),
        ("labels: [project_id, subscription_id]", "labels: project_id", "9: labels: use a list"),
        ("labels: [project_id, subscription_id]", "labels: []", "9: labels: use at least one value"),
        ("labels: [project_id", "labels: [Project", "9: labels: use names of labels"),
        ("source: https", "source: ftp", "1: source: use the address of the page"),
        ("severity: high", "severity: high\n        severity: low", "23: the key 'severity' appears twice"),
        ("severity: high", "severity: high\n        overrides: [{above: 5}]", "23: missing key 'match'"),
        (
            "severity: high",
            "severity: high\n        overrides:\n          - match: {zone: a}",
            "24: match: series of queue_age have no label 'zone'",
        ),
        (
            "severity: high",
            "severity: high\n        overrides:\n          - match: {Zone: a}",
            "24: key 'Zone': use names of labels",
        ),
        (
            "severity: high",
            "severity: high\n        overrides:\n          - match: {project: a}\n            below: 1",
            "25: below: this threshold has 'above'",
        ),
        ("metrics:", "metrics: 5\nmore:", "3: metrics: use a list"),
        ("metrics:\n", "metrics:\n  - 5\n", "4: metrics: use a mapping"),
        (METRIC[METRIC.index("    history") :], "", "4: use history, thresholds or both"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert old in METRIC
    _, errors = compiled(tmp_path, pubsub=METRIC.replace(old, new))
    assert any(found.startswith(f"pubsub.yaml:{error}") for found in errors), errors


def test_all_mistakes_in_all_files_are_reported_and_the_rest_is_used(tmp_path: Path) -> None:
    bad = METRIC.replace("key: queue_age", "key: other").replace("unit: s", "unit: x").replace("above: 600", "above: x")
    thresholds, errors = compiled(tmp_path, pubsub=METRIC, kafka=bad, broken="a: [")
    assert [spec["key"] for spec in thresholds] == ["queue_age"]
    assert [error.partition(":")[0] for error in errors] == ["broken.yaml", "kafka.yaml", "kafka.yaml"]


def test_a_key_can_be_taken_only_once(tmp_path: Path) -> None:
    thresholds, (error,) = compiled(tmp_path, kafka=METRIC, pubsub=METRIC)
    assert [spec["service"] for spec in thresholds] == ["kafka"]
    assert error == "pubsub.yaml:13: key: 'queue_age' is already used in kafka.yaml:13"


def test_an_override_for_an_unknown_metric_is_a_mistake(tmp_path: Path) -> None:
    _, errors = compiled(tmp_path, pubsub=METRIC, overrides="overrides:\n  - {metric: nope, match: {project: a}}\n")
    assert errors == ["overrides.yaml:2: metric: no threshold has the key 'nope': docs/metrics.md lists them"]


def test_an_override_of_a_metric_from_an_invalid_file_is_not_a_mistake(tmp_path: Path) -> None:
    override = "overrides: [{metric: queue_age, match: {project: a}, off: true}]\n"
    _, (error,) = compiled(tmp_path, pubsub=METRIC.replace("unit: s", "unit: x"), overrides=override)
    assert error.startswith("pubsub.yaml:7: unit:")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("overrides", "move the file to metrics/overrides.yaml; its content stays the same"),
        ("kafka", "move each entry to the thresholds of its metric in metrics/kafka.yaml, see docs/load.md"),
    ],
)
def test_files_of_the_former_folder_are_mistakes_that_say_where_to_move_them(
    tmp_path: Path, name: str, advice: str
) -> None:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / f"{name}.yaml").write_text("overrides: []\n")
    _, (error,) = compiled(tmp_path, pubsub=METRIC)
    assert error == f"{tmp_path}/load/{name}.yaml:1: the folder load/ is no longer read: {advice}"


def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "x.yaml").write_bytes(b"\xff\xfe")
    (error,) = compile_metrics(tmp_path).errors
    assert "save it as UTF-8" in str(error)


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ("{title: 滞留}", "missing key 'summary'"),
        ("滞留", "ja: use a mapping"),
        ("{title: 滞留, summary: x, recovered: y}", "unknown key 'recovered': use 'title' or 'summary'"),
        ("{title: 滞留, summary: 1}", "summary: use text"),
        ("{title: 滞留, summary: '{none}'}", "summary: unknown name '{none}'"),
    ],
)
def test_wrong_japanese_texts_are_reported(tmp_path: Path, texts: str, problem: str) -> None:
    thresholds, (error,) = compiled(tmp_path, pubsub=f"{METRIC}        ja: {texts}\n")
    assert thresholds == []
    assert error.startswith(f"pubsub.yaml:23: {problem}")
