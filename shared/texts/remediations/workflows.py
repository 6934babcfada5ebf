"""Texts of the action execute_workflow."""

from __future__ import annotations

from shared.texts import Template, Text

WORKFLOW_FORM = Template(
    en="'{value}' is not a workflow: use projects/PROJECT/locations/REGION/workflows/WORKFLOW",
    ja="'{value}' はワークフローではありません。projects/PROJECT/locations/REGION/workflows/WORKFLOW を指定してください",
)
NO_WORKFLOW = Template(
    en="no workflow is named '{name}': set {setting}",
    ja="ワークフロー '{name}' はありません。{setting} を設定してください",
)
TOO_LARGE = Template(
    en="the argument has {size} bytes: at most {most} are allowed",
    ja="引数が {size} バイトあります (上限 {most} バイト)",
)
LIST = Template(en="list the executions of workflow {name}", ja="ワークフロー {name} の実行一覧の取得")
EXECUTE = Template(en="execute workflow {name}", ja="ワークフロー {name} の実行")
WOULD_EXECUTE = Template(en="would execute workflow {name}", ja="ワークフロー {name} を実行する予定")
STARTED = Template(en="started workflow {name}", ja="ワークフロー {name} を開始")
STILL_RUNS = Template(
    en="nothing to do: execution {execution} of workflow {name} for this incident has not ended",
    ja="対応不要: このインシデントに対するワークフロー {name} の実行 {execution} が終了していません",
)
RUNNING = Text(en="it is still running", ja="実行中")
SUCCEEDED = Text(en="it succeeded", ja="成功")
FAILED = Template(en="it ended as {state}: {error}", ja="{state} で終了: {error}")
NO_ERROR = Text(en="no error given", ja="エラー情報なし")
NOT_LISTED = Template(
    en="the execution of workflow {name} is not among its latest ones",
    ja="ワークフロー {name} の実行が最近の実行に見つかりません",
)
