"""A job has the same name in all its runs, and two jobs have different names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identity.run_names import id_stem, partition, stem, table_stem


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("orders-import-5c6d7e8f", "orders-import"),
        ("orders-import-deadbeef", "orders-import"),
        ("orders-import-20261127", "orders-import"),
        ("orders-import-2026-11-27", "orders-import"),
        ("orders-import-2026-11-27-03-00-05", "orders-import"),
        ("orders_import_20261127T030000", "orders_import"),
        ("orders-import-1764212400", "orders-import"),
        ("train-8f14e45f-ceea-467f-9575-6c1ed5f0a1b2", "train"),
        ("orders-import", "orders-import"),
        ("etl-stage-1", "etl-stage-1"),
        ("etl-stage-2", "etl-stage-2"),
        ("model-v3", "model-v3"),
        ("20261127", "20261127"),
        ("orders-import-20261127-030000", "orders-import"),
        ("orders-import-20261127t030000z", "orders-import"),
        ("orders-import-20261127-1", "orders-import"),
        ("orders-20261127-import", "orders-import"),
        ("orders20261127", "orders"),
        ("orders-2026-w48", "orders"),
        ("orders-2026W48-x7k2p", "orders"),
        ("close_2026q3", "close"),
        ("orders-27-11-2026", "orders"),
        ("windows-2025", "windows-2025"),
        ("load-q1", "load-q1"),
        ("sales-2026-11", "sales"),
        ("merge_2026_11_25T03_00_00_00_00", "merge"),
        ("beamapp-root-1127030000-123456-abcdefgh", "beamapp-root"),
        ("load-orders-x7k2p", "load-orders"),
        ("load-orders-6d4cf56db6-x7k2p", "load-orders"),
        ("LR_8X5YV1764212400123_orders", "LR_orders"),
        ("customer-dedupe", "customer-dedupe"),
        ("load-step1", "load-step1"),
        ("dataflow-orders-f6g7h8i9j0", "dataflow-orders"),
        ("load-s3togcs2bq", "load-s3togcs2bq"),
        ("train-run-42", "train"),
        ("train_attempt2", "train"),
        ("orders-dry-run-2", "orders-dry-run-2"),
        ("run-42", "run-42"),
    ],
)
def test_the_name_of_a_run_without_its_variable_parts(name: str, job: str) -> None:
    assert stem(name) == job


@pytest.mark.parametrize(
    ("run_id", "job"),
    [
        ("projects/p/jobs/call_a_1", "call_a"),
        ("call_b_27", "call_b"),
        ("nightly_20261127_030000", "nightly"),
        ("airflow_load_mart_merge_2026_11_25T03_00_00_abc123def456", "airflow_load_mart_merge"),
        ("job_ab12cd34", ""),
        ("bquxjob_7d1f0a2b_19a3c", ""),
        ("8f14e45f-ceea-467f-9575-6c1ed5f0a1b2", ""),
        ("script_job_6c1ed5f0a1b2_0", ""),
        ("job_AbCdEfGh1234567890-_xyzAbCd", ""),
        ("job_load_orders_of_the_last_night", "job_load_orders_of_the_last_night"),
        ("bqjob_r5f1e6a7c8d9e0f1a_0000018c1a2b3c4d_1", ""),
        ("airflow_1764212400000_0a1b2c3d", ""),
        ("sheets_dataconnector_01_aBcDeF", ""),
        ("dataform-gcp-job-550e8400-e29b-41d4-a716-446655440000", ""),
        ("colab_7f3e2d1c-1234-4abc-9def-0123456789ab", ""),
    ],
)
def test_the_name_in_the_id_of_a_run(run_id: str, job: str) -> None:
    assert id_stem(run_id) == job


@pytest.mark.parametrize(
    "table",
    ["orders", "orders$20261125", "orders$__NULL__", "orders@1764212400000", "orders_20261125", "orders_2026_11_25"],
)
def test_the_name_of_a_table_without_partition_and_shard(table: str) -> None:
    assert (
        table_stem(f"projects/p-20261125/datasets/mart/tables/{table}")
        == "projects/p-20261125/datasets/mart/tables/orders"
    )


@given(st.from_regex(r"[a-z]{3,10}(-[a-z]{3,7}){0,3}", fullmatch=True), st.from_regex(r"[0-9a-f]{8}", fullmatch=True))
def test_every_suffix_of_composer_is_left_out(name: str, suffix: str) -> None:
    assert stem(f"{name}-{suffix}") == stem(name)


@given(st.text(max_size=80))
def test_a_name_is_never_empty_and_always_part_of_the_run(name: str) -> None:
    assert bool(stem(name)) == bool(name)
    assert stem(stem(name)) == stem(name) or len(stem(name)) <= len(name)


@pytest.mark.parametrize(
    ("table", "expected"),
    [("t$20261127", "20261127"), ("t$42", "42"), ("t_20261127", "20261127"), ("t_202611", "202611"), ("t_42", "")],
)
def test_the_partition_of_a_table_is_in_its_name(table: str, expected: str) -> None:
    assert partition(table) == expected
