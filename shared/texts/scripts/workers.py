"""Output of `hinomi worker list`."""

from __future__ import annotations

from shared.texts import Template, Text

WORKER = Text(en="Worker", ja="ワーカー")
MACHINE = Text(en="Machine", ja="マシン")
STATE = Text(en="State", ja="状態")
TAKES_FROM = Text(en="Takes runs from", ja="実行の取得元")
SCRIPTS = Text(en="Scripts", ja="スクリプト")
ALIVE = Template(en="alive since {since}, last heartbeat {seen}", ja="稼働中 (開始: {since}、最終応答: {seen})")
LAST_HEARD = Template(en="alive, last heartbeat {seen}", ja="稼働中 (最終応答: {seen})")
SILENT = Template(en="silent, last heartbeat {seen}", ja="応答なし (最終応答: {seen})")
NEVER = Text(en="no heartbeat yet", ja="応答の記録なし")
SUBSCRIPTION = Text(en="subscription", ja="サブスクリプション")
DATABASE = Text(en="Error DB", ja="Error DB")
NO_WORKERS = Text(
    en="No workers: none has sent a heartbeat, and neither the settings nor the scripts name one.",
    ja="ワーカーはありません。応答の記録がなく、設定とスクリプトにもワーカーの指定がありません。",
)
