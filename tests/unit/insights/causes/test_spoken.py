"""Changes in everyday words."""

from __future__ import annotations

import pytest

from insights.causes.spoken import spoken

VM = "//compute.googleapis.com/projects/p/zones/z/instances/vm-1"


@pytest.mark.parametrize(
    ("resource", "english", "japanese"),
    [
        ("//sqladmin.googleapis.com/projects/p/instances/orders", "Cloud SQL instance orders", "Cloud SQL インスタンス orders"),
        (VM, "VM vm-1", "VM vm-1"),
        ("projects/p/zones/z/instances/vm-1", "VM vm-1", "VM vm-1"),
        ("//spanner.googleapis.com/projects/p/instances/i", "instance i", "インスタンス i"),
        ("//bigquery.googleapis.com/projects/example-project/datasets/d/tables/t", "table example-project.d.t", "テーブル example-project.d.t"),
        ("//run.googleapis.com/projects/p/locations/eu/jobs/load", "Cloud Run job load", "Cloud Run ジョブ load"),
        ("//cloudscheduler.googleapis.com/projects/p/locations/eu/jobs/load", "Scheduler job load", "Scheduler ジョブ load"),
        ("functions/hook", "function hook", "関数 hook"),
        ("//storage.googleapis.com/b/dags", "folder dags of bucket b", "バケット b のフォルダ dags"),
        ("//serviceusage.googleapis.com/projects/1/services/s/consumerQuotaMetrics/s%2Fquery/limits/l/consumerOverrides/x", "quota s/query", "割り当て s/query"),
        ("//container.googleapis.com/projects/p/locations/l/clusters/c/namespaces/n/secrets/s", "Kubernetes Secret s", "Kubernetes の Secret s"),
        ("//storage.googleapis.com/exports", "bucket exports", "バケット exports"),
        ("//storage.googleapis.com/projects/_/buckets/b/objects/dags/a.py", "gs://b/dags/a.py", "gs://b/dags/a.py"),
        ("gs://b/dags/a.py", "gs://b/dags/a.py", "gs://b/dags/a.py"),
        ("//new.googleapis.com/projects/p/widgets/w", "new.googleapis.com/projects/p/widgets/w", "new.googleapis.com/projects/p/widgets/w"),
        ("example-project.d.t", "example-project.d.t", "example-project.d.t"),
        ("<redacted>", "<redacted>", "<redacted>"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_resource_has_its_kind_and_its_name(resource: str, english: str, japanese: str) -> None:
    words = spoken({"resource": resource})["resource"]
    assert not isinstance(words, str)
    assert (words.en, words.ja) == (english, japanese)


@pytest.mark.parametrize(
    ("method", "resource", "english", "japanese"),
    [
        ("update", VM, "updated", "更新"),
        ("UpdateFunction", "functions/hook", "updated", "更新"),
        ("ReplaceService", "//run.googleapis.com/projects/p/locations/eu/services/mart", "replaced", "置き換え"),
        ("DROP_TABLE", "example-project.d.t", "dropped", "削除"),
        ("hostError", VM, "stopped by a host error", "ホストエラーで停止"),
        ("setMachineType", VM, "changed (setMachineType)", "変更 (setMachineType)"),
        ("deleteAccessConfig", VM, "changed (deleteAccessConfig)", "変更 (deleteAccessConfig)"),
        ("ALTER_TABLE", "example-project.d.t", "changed (ALTER_TABLE)", "変更 (ALTER_TABLE)"),
        ("<redacted>", "<redacted>", "changed (<redacted>)", "変更 (<redacted>)"),
    ],
)
def test_a_method_is_what_happened_to_the_resource_and_not_to_a_part_of_it(
    method: str, resource: str, english: str, japanese: str
) -> None:
    words = spoken({"resource": resource, "method": method})["method"]
    assert not isinstance(words, str)
    assert (words.en, words.ja) == (english, japanese)
