"""Orders for workers on-premises."""

from __future__ import annotations

from shared.texts import Template, Text

# On the incident.
PUBLISH = Template(en="order worker {worker} to run {script}", ja="ワーカー {worker} への {script} の実行依頼")
WOULD_ORDER = Template(
    en="would order worker {worker} to run {script}: {line} (time limit {limit}){secrets}",
    ja="ワーカー {worker} に {script} の実行を依頼する予定: {line} (制限時間 {limit}){secrets}",
)
ORDERED = Template(en="ordered worker {worker} to run {script}", ja="ワーカー {worker} に {script} の実行を依頼")
WAITS = Template(en="worker {worker} has not started the script yet", ja="ワーカー {worker} はまだ開始していません")
STARTED = Template(en="worker {worker} is running the script", ja="ワーカー {worker} で実行中")
REFUSED = Template(
    en="worker {worker} refused, and nothing ran: {reason}",
    ja="ワーカー {worker} が拒否したため実行されていません: {reason}",
)
NO_ANSWER = Template(
    en="worker {worker} did not start {script} in time, and the order has expired: is `hinomi worker actions --name {worker}` running?",
    ja="ワーカー {worker} は時間内に {script} を開始しませんでした (今後も開始しません)。"
    "`hinomi worker actions --name {worker}` が起動しているか確認してください",
)
NO_RESULT = Template(
    en="worker {worker} started {script}, but reported no result: it may have run. Check by hand what it changed",
    ja="ワーカー {worker} は {script} を開始しましたが、結果が届いていません。実行済みの可能性があるため、変更の有無を確認してください",
)
LATE = Template(en="{result}; reported later: {late}", ja="{result} (後から届いた報告: {late})")

NO_HOME = Text(
    en="orders for workers need HINOMI_PROJECT, the project of their topics",
    ja="ワーカーへの依頼には HINOMI_PROJECT (トピックのあるプロジェクト) の設定が必要です",
)

# Messages, and why a worker refuses an order.
NO_ORDER = Text(en="this is not an order", ja="処理の依頼として読み取れません")
OTHER_WORKER = Template(en="the order is for worker '{worker}'", ja="ワーカー '{worker}' 宛ての依頼です")
SIGNATURE = Text(
    en="the signature is missing, or not of the key of this worker",
    ja="署名がないか、このワーカーの鍵による署名ではありません",
)
EXPIRED = Template(
    en="the order expired at {time}; is the clock of the worker right?",
    ja="依頼の有効期限 ({time}) が過ぎています。ワーカーの時計を確認してください",
)
NOT_DECLARED = Template(
    en="worker {worker} declares no script '{script}' in its own actions/",
    ja="ワーカー {worker} の actions/ にスクリプト '{script}' が宣言されていません",
)
IGNORED = Template(
    en="ignored message {id} of {subscription}: {reason}",
    ja="{subscription} のメッセージ {id} を無視しました: {reason}",
)

# The command.
READY = Template(
    en="Worker {worker} takes the runs of {scripts} from {subscription}.",
    ja="ワーカー {worker} が {subscription} から {scripts} の実行を受け付けます。",
)
STATE_IN_USE = Template(
    en="another worker uses {folder}: stop that worker first, or use --state with another folder",
    ja="{folder} は別のワーカーが使用中です。そのワーカーを終了するか、--state で別のフォルダを指定してください",
)
NO_PROJECT = Text(
    en="--project needs the id of the project of Hinomi",
    ja="--project には Hinomi のプロジェクト ID を指定してください",
)
RAN = Template(en="{script} (order {order}): {ending}", ja="{script} (依頼 {order}): {ending}")
