"""Texts about tasks and DAG runs that an Airflow reports."""

from __future__ import annotations

from shared.texts import Template, Text

TASK_TITLE = Text(en="Airflow task failed", ja="Airflow タスクの失敗")
TASK_FAILED = Template(
    en="Task {task}{mapped} of DAG {dag} failed after attempt {tries} in {environment}",
    ja="{environment} の DAG {dag} のタスク {task}{mapped} が失敗 (試行 {tries} 回目)",
)
TASK_OK = Template(
    en="Task {task}{mapped} of DAG {dag} succeeded in attempt {tries} in {environment}",
    ja="{environment} の DAG {dag} のタスク {task}{mapped} が成功 (試行 {tries} 回目)",
)
RUN_TITLE = Text(en="Airflow DAG run failed", ja="Airflow DAG 実行の失敗")
RUN_FAILED = Template(
    en="Run {run} of DAG {dag} failed in {environment}", ja="{environment} の DAG {dag} の実行 {run} が失敗"
)
RUN_OK = Template(
    en="Run {run} of DAG {dag} succeeded in {environment}", ja="{environment} の DAG {dag} の実行 {run} が成功"
)
REASON_TITLE = Text(en="Error of an Airflow task", ja="Airflow タスクのエラー")
LATE_TITLE = Text(en="Airflow deadline missed", ja="Airflow の期限超過")
TASK_LATE = Template(
    en="Task {task} of DAG {dag} missed its SLA in run {run} in {environment}",
    ja="{environment} の DAG {dag} のタスク {task} が、実行 {run} で SLA を超過",
)
RUN_LATE = Template(
    en="Run {run} of DAG {dag} missed its deadline in {environment}",
    ja="{environment} の DAG {dag} の実行 {run} が期限を超過",
)
WITH_REASON = Template(en="{summary}: {reason}", ja="{summary}: {reason}")

SEE_LOG = Text(
    en="Read the log of the failed attempt in Airflow.", ja="失敗した試行のタスクログを Airflow で確認します。"
)
SEE_RUNS = Text(
    en="Compare the task with its last successful runs: did the duration or the data volume grow before the failure?",
    ja="直近の成功と比較し、失敗の前に実行時間や処理量が増えていないかを確認します。",
)
CLEAR = Text(
    en="Check the state of the other tasks of the run, upstream first; then clear only this task.",
    ja="同じ実行のほかのタスクの状態を上流から確認し、その後このタスクだけをクリアします。",
)
