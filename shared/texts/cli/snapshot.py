"""Texts of `hinomi snapshot`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

NOTHING_COLLECTED = Text(
    en="No history was collected: set HINOMI_PROJECTS to the projects to read.",
    ja="履歴は収集されていません。HINOMI_PROJECTS に対象のプロジェクトを設定してください。",
)
NO_COLLECTORS = Text(en="No collector is installed.", ja="コレクターがありません。")
NO_COLLECTOR = Template(
    en="no collector is named '{name}'{suggestion}", ja="コレクター '{name}' はありません{suggestion}"
)
SHOW_COLLECTORS = Text(
    en=": `hinomi snapshot collectors` shows the names", ja=": 名前は `hinomi snapshot collectors` で確認できます"
)
ROWS_READ = Text(en="rows", ja="行")

COLLECTOR = Text(en="collector", ja="コレクター")
EVERY = Text(en="every", ja="間隔")
KEEPS = Text(en="collected history", ja="収集する履歴")
PERMISSIONS = Text(en="permissions", ja="必要な権限")
SCOPE = Text(en="scope", ja="対象")
OUTCOME = Text(en="outcome", ja="結果")
ROWS = Text(en="rows", ja="行数")
CALLS = Text(en="calls", ja="呼び出し回数")
TOOK = Text(en="took", ja="所要時間")
LAST_SUCCESS = Text(en="last success", ja="最後の成功")
NEVER = Text(en="never", ja="なし")
STATE = Text(en="state", ja="状態")
BILLED = Text(en="billed", ja="課金量")
ERROR = Text(en="error", ja="エラー")

STATES: Mapping[str, Text] = {
    "done": Text(en="done", ja="完了"),
    "failed": Text(en="failed", ja="失敗"),
    "stopped": Text(en="stopped", ja="中断"),
    "busy": Text(en="busy", ja="ほかで実行中"),
    "current": Text(en="current", ja="収集済み"),
    "running": Text(en="running", ja="実行中"),
}
