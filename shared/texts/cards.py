"""Labels and sentences of cards."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

SEVERITY = Template(en="{severity}", ja="重大度: {severity}")
FALLBACK = Template(
    en="[{severity}] {trigger}: {title} – {summary} (hinomi incidents show {id})",
    ja="[{severity}] {trigger}: {title} – {summary} (hinomi incidents show {id})",
)
INCIDENT = Template(en="Incident #{id}", ja="インシデント #{id}")
COMMAND = Template(en="hinomi incidents show {id}", ja="hinomi incidents show {id}")
LIST_COMMAND = Text(en="hinomi incidents list", ja="hinomi incidents list")

RESOURCE = Text(en="Resource", ja="対象")
SINCE = Text(en="Since", ja="発生日時")
OCCURRENCES = Text(en="Occurrences", ja="発生回数")
PRINCIPAL = Text(en="Principal", ja="実行者")
PROJECT = Text(en="Project", ja="プロジェクト")
RULE = Text(en="Rule", ja="検知ルール")
DURATION = Text(en="Duration", ja="継続時間")
REOCCURRED = Text(en="Reoccurred", ja="再発")
REASON = Text(en="Why:", ja="原因:")
ERROR = Text(en="Error", ja="エラーの種類")
EFFECTS = Text(en="Also failed", ja="影響")
RESOLUTION = Text(en="Resolution:", ja="復旧内容:")
CLOSED = Text(en="Closed:", ja="クローズ:")

REOPENED = Text(
    en="A failure that arrived late was not repaired when the incident resolved.",
    ja="遅れて届いた失敗が、復旧時点で解消していなかったことが判明しました。",
)
MERGED = Plural(
    one="Incident {numbers} is the same fault and was merged into this one.",
    many="Incidents {numbers} are the same fault and were merged into this one.",
    ja="インシデント {numbers} は同じ障害のため、このインシデントに統合されました。",
)
NUMBER_MERGED = Template(en="#{id} (with {numbers})", ja="#{id} ({numbers} を統合)")
FLAPPING = Template(
    en="Has been failing and recovering since {time}. The next message is sent when it has been stable for {duration}.",
    ja="{time} から失敗と復旧を繰り返しています。{duration}安定した時点で通知します。",
)
STABLE = Template(
    en="Flapping ended: no failure for {duration} after the last recovery.",
    ja="失敗と復旧の繰り返しは収束しました (最後の復旧から {duration}以上、失敗なし)。",
)
NOT_ACKNOWLEDGED = Template(
    en="Nobody has acknowledged this incident for {duration}. Acknowledge it with: {command}",
    ja="{duration}経過しても対応者がいません。対応を始める場合: {command}",
)
REMEDIATION_FAILED = Template(en="{rule} failed. Notified: {channels}.", ja="{rule} が失敗しました。通知先: {channels}")
REMEDIATION_NOT_HELPED = Template(
    en="{rule} ran, but the fault remains. Notified: {channels}.",
    ja="{rule} を実行しましたが、復旧していません。通知先: {channels}",
)
REMEDIATION_NOT_APPROVED = Template(
    en="Nobody approved {rule} in time. Notified: {channels}.",
    ja="{rule} は期限までに承認されませんでした。通知先: {channels}",
)
NOT_APPROVED = Text(en="Not approved in time", ja="承認の期限切れ")
SILENCE_ENDED = Text(
    en="Notified now because a silence ended; the incident is still open.",
    ja="サイレンスが終了し、未復旧のため通知します。",
)
MAYBE_SENT = Text(
    en="Possibly sent twice: the response to an earlier attempt was lost.",
    ja="前回の送信の応答を受け取れなかったため、重複して届いている可能性があります。",
)
MISSING = Plural(one="Still missing: the run {runs}", many="Still missing: the runs {runs}", ja="未復旧の実行: {runs}")
NOT_UNDONE = Plural(
    one="Not undone: {changes}",
    many="Not undone, {count} changes: {changes}",
    ja="未取り消しの変更 {count} 件: {changes}",
)
RUN_OF = Template(en="of {time}", ja="{time} の実行")
RUN_FROM = Template(en="from {day}", ja="{day} 以降")
RUN_UP_TO = Template(en="up to {day}", ja="{day} まで")
LATER_SUCCESS = Template(en="(a later run succeeded at {time})", ja="(その後の実行は {time} に成功)")

ONCE = Text(en="1", ja="1 回")
OFTEN = Template(en="{count}, last {when}", ja="{count} 回、最終 {when}")
SINCE_LAST_CARD = Plural(
    one="{count} time since the last message",
    many="{count} times since the last message",
    ja="前回の通知以降 {count} 回",
)
LASTED = Template(en="{duration} ({start} – {end} {zone})", ja="{duration} ({start} ～ {end} {zone})")

EVIDENCE = Text(en="Evidence", ja="検知の根拠")
MORE_EVIDENCE = Template(en="… and {count} more in the log entry", ja="ほか {count} 件 (ログエントリを参照)")
CAUSE = Text(en="Likely cause", ja="推定原因")
NEXT = Text(en="What next", ja="次の対応")
ACTIONS = Text(en="Actions", ja="実施した対応")
NO_ACTIONS = Text(en="No automatic action applies.", ja="自動対応は行われていません。")
MORE_ACTIONS = Template(
    en="… and {count} more: hinomi incidents show {id}", ja="ほか {count} 件 (hinomi incidents show {id} で確認)"
)

DONE = Text(en="Done", ja="完了")
DRY_RUN = Text(en="Dry run, nothing changed", ja="ドライラン (変更なし)")
FAILED = Text(en="Failed", ja="失敗")
DID_NOT_HELP = Text(en="Did not help", ja="効果なし")
RETRYING = Text(en="Failed, will be retried", ja="失敗 (自動で再試行します)")
WAITS_FOR_APPROVAL = Text(en="Waits for approval", ja="承認待ち")
APPROVE_BY = Template(
    en="{plan}. Denied automatically at {until}. To approve: hinomi approvals approve {id}",
    ja="{plan}。{until} に自動的に却下。承認するには hinomi approvals approve {id}",
)
SKIPPED = Text(en="Skipped", ja="見送り")
PLANNED = Text(en="Planned", ja="実行待ち")
RUNNING = Text(en="Running", ja="実行中")
UNDO = Template(en="can be undone: hinomi handlers undo {id}", ja="元に戻すには hinomi handlers undo {id}")
UNDONE = Text(en="undone", ja="取り消し済み")

OPEN_LOG = Text(en="Open log entry", ja="ログを開く")
OPEN_INCIDENT = Text(en="Open incident", ja="インシデントを開く")
OPEN_DASHBOARD = Text(en="Open dashboard", ja="ダッシュボードを開く")
RUNBOOK = Text(en="Runbook", ja="手順書")

DIGEST = Text(en="Digest", ja="まとめ")
DIGEST_TITLE = Plural(one="{count} incident", many="{count} incidents at once", ja="インシデント {count} 件")
DIGEST_REASON = Text(
    en="Grouped into one message to keep the channel readable.",
    ja="短時間に多数発生したため、1 件のメッセージにまとめて通知します。",
)
DIGEST_HELD = Text(
    en="Collected while notifications were silenced, limited, or outside the hours of this channel.",
    ja="サイレンス中、上限到達中、または通知時間外に発生したインシデントをまとめて通知します。",
)
DIGEST_ENDED = Plural(
    one="{count} incident has ended", many="{count} incidents have ended", ja="終了したインシデント {count} 件"
)
DIGEST_ENDED_REASON = Text(en="Ended before this notification.", ja="この通知の前に終了しています。")
DIGEST_MORE = Template(en="… and {count} more", ja="ほか {count} 件")
DIGEST_LIST = Plural(
    one="{count} more: hinomi incidents list",
    many="{count} more: hinomi incidents list",
    ja="残り {count} 件は hinomi incidents list で確認",
)
DIGEST_UNRESOLVED = Template(en="Unresolved: {numbers}", ja="未復旧: {numbers}")
DIGEST_OVER = Template(en="Resolved or closed: {numbers}", ja="復旧またはクローズ: {numbers}")
DIGEST_RESOLVED = Text(en="Resolved", ja="復旧")
DIGEST_CLOSED = Text(en="Closed", ja="クローズ")

NUMBERS = Plural(
    one="Incident {incidents}: the channel rejected its card. See: {command}",
    many="{count} incidents: {incidents}. The channel rejected the full message. See: {command}",
    ja="インシデント {incidents}。詳細なメッセージが拒否されたため、番号のみを通知します。詳細: {command}",
)

TEST = Text(en="Test", ja="テスト")
TEST_TITLE = Text(en="Hinomi can reach this channel", ja="Hinomi からの通知テスト")
TEST_SUMMARY = Text(
    en="Test notification, sent by “hinomi notify-test”. No action is needed.",
    ja="「hinomi notify-test」によるテスト通知です。異常は発生していません。",
)
TEST_CHANNEL = Text(en="Channel", ja="チャネル")
TEST_SENT = Text(en="Sent", ja="送信日時")
