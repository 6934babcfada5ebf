"""Texts of the action restart_connector."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_NAME = Text(
    en="the incident has no valid connector: set the label 'connector'",
    ja="インシデントに有効なコネクタ名がありません。ラベル connector を設定してください",
)
BAD_TASK = Template(
    en="the incident's task is not a number: '{value}'", ja="インシデントの task が数値ではありません: '{value}'"
)
OTHER_JOB = Template(
    en="the report is about the job {job}, but its labels name the connector {connector}: nothing was done",
    ja="レポートの対象ジョブは {job} ですが、ラベルのコネクタは {connector} のため、何も変更していません",
)
OTHER_CLUSTER = Template(
    en="the incident belongs to Connect cluster {cluster}, which connection '{name}' does not serve: nothing was changed. If it does, set {setting}={cluster}",
    ja="インシデントの Connect クラスタ {cluster} は接続 '{name}' の対象ではないため、何も変更していません。対象である場合は {setting}={cluster} を設定してください",
)
READ_STATUS = Template(en="read the status of connector {connector}", ja="コネクタ {connector} の状態の読み取り")
BAD_STATUS = Template(
    en="the status of connector {connector} cannot be read: the server at {setting} does not answer like Kafka Connect",
    ja="コネクタ {connector} の状態を読み取れません。{setting} のサーバーの応答が Kafka Connect のものではありません",
)
CONNECTOR = Template(en="connector {connector}", ja="コネクタ {connector}")
TASK = Template(en="task {task} of connector {connector}", ja="コネクタ {connector} のタスク {task}")
RESTART = Template(en="restart {what}", ja="{what} の再起動")
WOULD_RESTART = Template(en="would restart {what}, which failed", ja="失敗した {what} を再起動する予定")
RESTARTED = Template(en="restarted {what} (restart {count} of {most})", ja="{what} を再起動 ({most} 回中 {count} 回目)")
NOT_FAILED = Template(
    en="nothing to do: {what} did not fail ({states})", ja="対応不要: {what} は失敗していません ({states})"
)
STOPPED = Template(
    en="nothing to do: connector {connector} is {state}, which a person requested",
    ja="対応不要: コネクタ {connector} は人の操作により {state}",
)
TOO_EARLY = Template(
    en="nothing to do yet: connector {connector} was restarted {seconds} s ago, and is restarted again {pause} s after a restart",
    ja="待機中: コネクタ {connector} は {seconds} 秒前に再起動済み (次の再起動は {pause} 秒後以降)",
)
FAILED_AGAIN = Plural(
    one="connector {connector} failed again after it was restarted once",
    many="connector {connector} failed again after it was restarted {count} times",
    ja="コネクタ {connector} は {count} 回再起動しても再び失敗",
)
IS_NOW = Template(en="{states} now", ja="現在の状態: {states}")
CONNECTOR_STATE = Template(en="connector {state}", ja="コネクタ {state}")
TASK_STATE = Template(en="task {task} {state}", ja="タスク {task} {state}")
MAX_RESTARTS = Template(
    en="max_restarts must be a number from 1 to {most}, not {value}",
    ja="max_restarts には 1 から {most} までの数を指定してください (指定値: {value})",
)
PAUSE = Template(
    en="pause_seconds must be a number from {least} to {most}, not {value}",
    ja="pause_seconds には {least} から {most} までの数を指定してください (指定値: {value})",
)
