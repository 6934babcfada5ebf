"""Texts about the results and errors of actions: remediations, and the worker's messages about runs."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

# Why a run was skipped.
SILENCED = Text(en="silenced", ja="サイレンス中")
COOLDOWN = Text(en="cooldown", ja="クールダウン中")
BUDGET_SPENT = Text(en="budget exhausted", ja="実行回数の上限に到達")
FLAPPING = Text(en="flapping", ja="失敗と復旧の繰り返し")
SAME_FAULT = Text(en="same fault", ja="同じ障害を通知済み")
NOT_NOTIFIED = Text(en="the channel was not notified that it opened", ja="発生を通知していないため")
CHANNEL_REMOVED = Text(en="no handler rule uses the channel any more", ja="チャネルを使うハンドラールールがないため")
DENIED = Text(en="denied", ja="却下")
APPROVAL_EXPIRED = Text(en="not approved in time", ja="期限までに承認されなかったため")
REASONS: Mapping[str, Text] = {
    "silenced": SILENCED,
    "not_notified": NOT_NOTIFIED,
    "channel_removed": CHANNEL_REMOVED,
    "cooldown": COOLDOWN,
    "budget_spent": BUDGET_SPENT,
    "principal_budget_spent": Text(
        en="budget of the principal exhausted", ja="プリンシパルに対する実行回数の上限に到達"
    ),
    "total_budget_spent": Text(en="budget of all remediations exhausted", ja="自動修復全体の実行回数の上限に到達"),
    "breaker_open": Text(en="circuit breaker open", ja="サーキットブレーカーにより停止中"),
    "outside_hours": Text(en="outside the hours", ja="通知時間外"),
    "deny_listed": Text(en="on the deny list", ja="拒否リストに一致"),
    "flapping": FLAPPING,
    "same_fault": SAME_FAULT,
    "denied": DENIED,
    "approval_expired": APPROVAL_EXPIRED,
}


def reason(name: str) -> Text:
    """The reason for skipping a run, by the name that the database stores; a name without a text is returned as it is."""
    return REASONS.get(name) or Text.verbatim(name.replace("_", " "))


# The worker.
ALREADY_RESOLVED = Text(en="nothing to do: the incident is resolved", ja="対応不要: インシデントは復旧済み")
NOT_ANNOUNCED = Text(
    en="not sent: the channel was not notified that the incident opened", ja="未送信: 発生を通知していないため"
)
ACKNOWLEDGED_NOT_SENT = Text(
    en="not sent: the incident was acknowledged while the notification was suppressed",
    ja="未送信: 通知を保留している間に対応中になったため",
)
ACKNOWLEDGED_NO_REMINDER = Text(en="not sent: the incident is acknowledged", ja="未送信: インシデントは対応中")
UNRESOLVED_AGAIN = Text(
    en="nothing to do: the incident is unresolved again", ja="対応不要: インシデントが再発し、未復旧のため"
)
RATE_LIMITED = Template(en="{channel} is at its rate limit", ja="{channel} が送信数の上限に到達")
COLLECTED = Template(
    en="waits for the next digest on {channel}: the channel has reached its limit of single cards",
    ja="{channel} への通知が続いたため、次のまとめで送信",
)
REPAIRED = Template(en="repaired by {handler}: {text}", ja="{handler} による自動修復: {text}")
GAVE_UP = Template(
    en="gave up after {count} attempts that did not finish", ja="{count} 回の試行がいずれも完了しなかったため打ち切り"
)
CONFLICT = Template(
    en="{call}: HTTP {status}, because the target has changed since it was read",
    ja="{call}に失敗: HTTP {status} (読み取り後に対象が変更されたため)",
)
CHANGED_MEANWHILE = Template(
    en="gave up: {target} was changed by someone else {count} times",
    ja="処理中に {target} が {count} 回変更されたため中断",
)
DONE_BY_EARLIER_ATTEMPT = Template(
    en="{text} (probably done by an earlier attempt that was interrupted)",
    ja="{text} (中断された前回の試行によるものと推定)",
)
AND = Template(en="{text}; {more}", ja="{text}。{more}")
PLAN_CHANGED = Template(
    en="{plan} (approve again: the plan has changed since {by} approved it)",
    ja="{plan} ({by} の承認後に実行内容が変わったため、再承認が必要)",
)
UNVERIFIED = Template(en="not verified within {minutes} min", ja="{minutes} 分以内に効果を確認できませんでした")
NO_RESULT = Template(
    en="the action '{action}' returned no result: check what it changed",
    ja="アクション {action} が結果を返しませんでした。変更の有無を確認してください",
)
TAKEN_OVER = Text(
    en="another worker took over this run: nothing was changed",
    ja="別のワーカーが処理を引き継いだため、変更せずに終了",
)
FAILED = Template(en="{error}", ja="実行に失敗: {error}")
TRY_LATER = Template(en="{error}: try again later", ja="{error}。後でもう一度実行してください")
CALL_FAILED = Template(en="{call}: {error}", ja="{call} の実行に失敗: {error}")
CALL_FAILED_STATUS = Template(en="{call}: {error} (HTTP {status})", ja="{call} の実行に失敗: {error} (HTTP {status})")
HTTP = Template(en="{call}: HTTP {status}", ja="{call}に失敗: HTTP {status}")
HTTP_MESSAGE = Template(en="{call}: HTTP {status} {message}", ja="{call}に失敗: HTTP {status} {message}")
NO_OBJECT = Template(en="{call}: the response is not a JSON object", ja="{call}に失敗: 応答の形式が不正")

# remove_iam_member.
GRANT = Template(en="{member} as {role}", ja="{member} ({role})")
CONDITIONAL_GRANT = Template(en="{member} as {role} with a condition", ja="{member} ({role}、条件付き)")
WOULD_REMOVE = Template(en="would remove {grants} from {resource}", ja="{resource} から {grants} を削除する予定")
REMOVED = Template(en="removed {grants} from {resource}", ja="{resource} から {grants} を削除")
OTHERS_KEPT = Template(
    en="kept, because another event granted it: {grants}", ja="このイベント以外で付与された {grants} は変更なし"
)
ALREADY_REMOVED = Template(
    en="nothing to do: {resource} no longer has the grant", ja="対応不要: {resource} の権限付与は削除済み"
)
WOULD_GRANT = Template(en="would grant {grants} on {resource} again", ja="{resource} に {grants} を再び付与する予定")
GRANTED = Template(en="granted {grants} on {resource} again", ja="{resource} に {grants} を再び付与")
GRANTED_ALREADY = Template(
    en="nothing to do: {resource} has the grant again", ja="対応不要: {resource} には再び付与済み"
)
NOTHING_TO_REMOVE = Text(
    en="the evidence does not contain a public or external member that the event added",
    ja="イベントの記録に、公開または外部のメンバーの追加が見当たりません",
)
NOTHING_ADDED = Text(
    en="the evidence does not contain a role that the event added", ja="イベントの記録に、ロールの付与が見当たりません"
)
GRANTED_AGAIN = Template(
    en="{grants} was granted again on {resource} after it was removed",
    ja="{resource} から削除した {grants} が再び付与されています",
)
NO_POLICY = Template(
    en="'{resource}' ({service}) has no policy that Hinomi can change",
    ja="'{resource}' ({service}) には、Hinomi が変更できるポリシーがありません",
)
READ_POLICY = Template(en="read the policy of {resource}", ja="{resource} のポリシーの読み取り")
WRITE_POLICY = Template(en="write the policy of {resource}", ja="{resource} のポリシーの書き込み")
READ_DATASET = Template(en="read {resource}", ja="{resource} の読み取り")
WRITE_ACCESS = Template(en="write the access entries of {resource}", ja="{resource} のアクセス権の書き込み")

# clear_airflow_task.
AIRFLOW_CALL = Template(en="Airflow {path}", ja="Airflow API ({path}) の呼び出し")
TASK = Template(en="{task} of {run}", ja="{run} の {task}")
NOT_FAILED = Template(en="nothing to do: {task} is {state} now", ja="対応不要: {task} の現在の状態: {state}")
WOULD_CLEAR = Template(en="would clear {task}, which is {state}", ja="{task} ({state}) をクリアする予定")
CLEAR_TASK = Template(en="clear {task}", ja="{task} のクリア")
CLEARED = Template(en="cleared {task} (attempt {attempt} of {most})", ja="{task} をクリア ({most} 回中 {attempt} 回目)")
IS_NOW = Template(en="it is {state} now", ja="現在の状態: {state}")
WAITING = Text(en="waiting for the scheduler", ja="スケジューラ待ち")
FAILED_AGAIN = Plural(
    one="{task} failed again after it was cleared once",
    many="{task} failed again after it was cleared {count} times",
    ja="{task} は {count} 回クリアしても再び失敗",
)
BAD_MAP_INDEX = Template(
    en="the incident's map_index is not a number: '{value}'",
    ja="インシデントの map_index が数値ではありません: '{value}'",
)
NO_ID = Template(en="the incident has no valid {name}", ja="インシデントに有効な {name} がありません")
TOO_MANY_TASKS = Template(
    en="clearing {task} would affect {count} task instances: clear it by hand",
    ja="{task} をクリアすると {count} 件のタスクインスタンスに影響するため中止。手動でクリアしてください",
)
OTHER_AIRFLOW = Template(
    en="the incident belongs to environment {environment}, which connection '{name}' does not serve: nothing "
    "was changed. If it does, set {setting}={environment}",
    ja="インシデントの環境 {environment} は接続 '{name}' の対象ではないため、何も変更していません。対象である場合は {setting}={environment} を設定してください",
)
AMBIGUOUS_SYSTEM = Template(
    en="several systems are named {named}, and the connection '{name}' does not say which one it "
    "serves: nothing was done. Set {setting} to one of {values}",
    ja="{named} という名前のシステムが複数あり、接続 '{name}' がどれを対象とするか不明なため、何も変更していません。{setting} に {values} のいずれかを設定してください",
)
UNKNOWN_PROJECT = Template(
    en="environment {named} may be in any of several monitored projects, and connection '{name}' does not say "
    "in which one: nothing was changed. Set {setting} to PROJECT/{named}",
    ja="複数のプロジェクトを監視していますが、環境 {named} がどのプロジェクトにあるか履歴から判断できず、接続 '{name}' の対象プロジェクトも不明なため、何も変更していません。{setting} にプロジェクト名/{named} の形式で設定してください",
)
NO_ENVIRONMENT = Text(
    en="the Composer incident has no environment name: nothing was changed",
    ja="Composer のインシデントに環境名がないため、何も変更していません",
)
OTHER_JOB = Template(
    en="the report is about the job {job}, but its labels name the DAG {dag}: nothing was done",
    ja="レポートの対象ジョブは {job} ですが、ラベルの DAG は {dag} のため、何も変更していません",
)
NO_AIRFLOW = Template(
    en="no Airflow connection is named '{name}': set {setting}",
    ja="Airflow 接続 '{name}' が未設定です。{setting} を設定してください",
)
