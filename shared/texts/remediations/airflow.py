"""Remediations in Airflow: DAGs and their runs."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

# pause_dag.
PAUSE = Template(en="pause DAG {dag}", ja="DAG {dag} の一時停止")
UNPAUSE = Template(en="unpause DAG {dag}", ja="DAG {dag} の一時停止の解除")
MIN_FAILURES = Template(
    en="min_failures must be 1 to {most}, not {value}",
    ja="min_failures は 1 から {most} までです ({value} は指定できません)",
)
PAUSED_ALREADY = Template(en="nothing to do: DAG {dag} is paused", ja="対応不要: DAG {dag} は一時停止済み")
TOO_FEW_FAILURES = Plural(
    one="nothing to do: the last run of DAG {dag} did not fail",
    many="nothing to do: the last {count} runs of DAG {dag} did not all fail",
    ja="対応不要: DAG {dag} の直近 {count} 回の実行に失敗以外が含まれます",
)
WOULD_PAUSE = Template(en="would pause DAG {dag}", ja="DAG {dag} を一時停止する予定")
PAUSED = Template(
    en="paused DAG {dag}: it starts no further run", ja="DAG {dag} を一時停止 (新しい実行は開始されません)"
)
IS_PAUSED = Text(en="it is paused", ja="一時停止中")
IS_NOT_PAUSED = Text(en="it is not paused", ja="一時停止されていません")
WOULD_UNPAUSE = Template(en="would unpause DAG {dag}", ja="DAG {dag} の一時停止を解除する予定")
UNPAUSED = Template(en="unpaused DAG {dag}", ja="DAG {dag} の一時停止を解除")
UNPAUSED_ALREADY = Template(
    en="nothing to do: DAG {dag} is not paused", ja="対応不要: DAG {dag} は一時停止されていません"
)

# clear_dag_run.
CLEAR_RUN = Template(en="clear {run}", ja="{run} のクリア")
MAX_TASKS = Template(
    en="max_tasks must be 1 to {most}, not {value}", ja="max_tasks は 1 から {most} までです ({value} は指定できません)"
)
WOULD_CLEAR_RUN = Plural(
    one="would clear one task of {run}, which failed",
    many="would clear {count} tasks of {run}, which failed",
    ja="失敗した {run} のタスク {count} 件をクリアする予定",
)
CLEARED_RUN = Plural(
    one="cleared one task of {run} (attempt {attempt} of {most})",
    many="cleared {count} tasks of {run} (attempt {attempt} of {most})",
    ja="{run} のタスク {count} 件をクリア ({most} 回中 {attempt} 回目)",
)
NO_FAILED_TASK = Template(
    en="{run} failed, but none of its tasks did: `only_failed: false` clears them all",
    ja="{run} は失敗していますが、失敗したタスクがありません。`only_failed: false` で全タスクをクリアできます",
)
TOO_MANY_TASKS = Template(
    en="clearing {run} would affect {count} tasks, more than {most}: clear it by hand",
    ja="{run} をクリアすると {count} 件のタスクに影響するため中止 (上限 {most} 件)。手動でクリアしてください",
)

# trigger_dag.
TRIGGER = Template(en="trigger DAG {dag}", ja="DAG {dag} のトリガー")
DAG_IS_PAUSED = Template(
    en="DAG {dag} is paused: a run that is triggered would not begin",
    ja="DAG {dag} は一時停止中のため、トリガーしても実行が始まりません",
)
TRIGGERED_ALREADY = Template(en="nothing to do: {run} is triggered", ja="対応不要: {run} はトリガー済み")
WOULD_TRIGGER = Template(en="would trigger DAG {dag}", ja="DAG {dag} をトリガーする予定")
TRIGGERED = Template(en="triggered {run}", ja="{run} をトリガー")
