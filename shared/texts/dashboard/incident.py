"""Texts of the page of an incident, of creating a silence there, and of undoing a run."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Incident", ja="インシデント")
UP = Text(en="Incidents", ja="インシデント")
SENTENCE = Template(en="{text}.", ja="{text}。")
NUMBER = Template(en="#{id} {summary}", ja="#{id} {summary}")
SINCE = Text(en="since", ja="発生")
LASTED = Template(en="lasted {duration}", ja="継続時間 {duration}")
OWNER = Text(en="owner", ja="オーナー")
ON_CALL = Template(en="on call {person}", ja="当番 {person}")
NO_OWNER = Text(en="no owner", ja="オーナーなし")
TIMES = Plural(one="{count} occurrence", many="{count} occurrences", ja="発生 {count} 回")
FLAPPING = Template(en="has failed and recovered repeatedly since {time}", ja="{time} から失敗と復旧を繰り返し")
MERGED = Template(en="merged with {numbers}", ja="{numbers} を統合")
IS_SILENCED = Template(
    en="Silenced until {time} by {owner}: {reason}", ja="{owner} が {time} までサイレンス中: {reason}"
)

WHY = Text(en="Why", ja="原因")
RULED_OUT = Plural(one="{count} change ruled out", many="{count} changes ruled out", ja="除外した変更 {count} 件")
MOST_LIKELY = Template(en="Likely cause: {cause}.", ja="推定原因: {cause}。")
NO_CAUSE = Text(
    en="No likely cause found. Looked at: grants, deployments, tables, quotas, upstream jobs, load and platform events before it.",
    ja="有力な原因は見つかりませんでした。確認対象: 直前の権限付与、デプロイ、テーブル、割り当て、上流ジョブ、負荷、基盤側のイベント。",
)
NO_HISTORY = Text(
    en="Changes before the incident are unknown: the Schema DB is unavailable or has no history.",
    ja="Schema DB に接続できないか履歴がないため、直前の変更は不明です。",
)
ERROR = Text(en="Error", ja="エラーの種類")
EFFECTS = Text(en="Effects", ja="影響")
FAILED_WITH_IT = Text(en="failed because of this incident", ja="このインシデントの影響で失敗")
STILL_MISSING = Text(en="not repaired yet", ja="未復旧")

DONE = Text(en="What was done", ja="実施した対応")
NOTHING_DONE = Text(en="No automatic action ran.", ja="自動対応は実行されていません。")
CALLS = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 件")
OUTPUT = Text(en="Output", ja="出力")
UNDO = Text(en="Undo…", ja="取り消す…")

NEXT = Text(en="What next", ja="次の対応")
RUNBOOK = Text(en="Runbook", ja="手順書")
OPEN_LOG = Text(en="Open in Logs Explorer", ja="ログ エクスプローラーで開く")
BY_HAND = Text(en="Commands that do the same", ja="同じ操作をするコマンド")
PLAN_OF = Template(en="{rule} runs {action} on {target}.", ja="{rule} は {target} に {action} を実行します。")
PLANNED_CALLS = Plural(
    one="The plan makes {count} call", many="The plan makes {count} calls", ja="計画された呼び出し {count} 件"
)
DENIED_AT = Template(
    en="Without a decision it is denied at {time}.", ja="{time} までに判断がなければ自動的に却下されます。"
)
MAY_APPROVE = Template(en="May approve: {approvers}.", ja="承認できる人: {approvers}。")
APPROVE = Text(en="Approve and run", ja="承認して実行")
DENY = Text(en="Deny", ja="却下")
NO_PLAN = Text(
    en="No decision is needed. Acknowledge the incident while you work on it; it resolves when the problem is fixed.",
    ja="承認待ちの対応はありません。対応を始める場合は「対応を開始」を押してください。問題が解消すると自動的に復旧します。",
)
OVER = Text(en="Nothing is left to do.", ja="必要な対応はありません。")
SEE_PLAN = Text(en="See the plan", ja="実行内容を確認")
ACKNOWLEDGE = Text(en="Acknowledge", ja="対応を開始")
SILENCE = Text(en="Silence…", ja="サイレンス…")
RESOLVE = Text(en="Resolve…", ja="復旧済みにする…")
RESOLVE_IT = Text(en="Resolve", ja="復旧済みにする")
IT_IS_FALSE = Text(en="It is a false alarm", ja="誤検知として記録する")
MARK_FALSE = Text(en="Mark as false alarm", ja="誤検知として記録")
UNMARK_FALSE = Text(en="Not a false alarm", ja="誤検知の記録を取り消す")
IS_FALSE = Template(en="false alarm according to {by}", ja="誤検知 ({by})")
IS_FALSE_BECAUSE = Template(en="false alarm according to {by}: {reason}", ja="誤検知 ({by}: {reason})")
MARKED_FALSE = Template(en="{by} marked it as a false alarm", ja="{by} が誤検知として記録")
REASON = Text(en="Reason", ja="理由")
REASON_NEEDED = Text(en="Enter a reason.", ja="理由を入力してください。")
SCOPE_MISSING = Text(en="Choose what to silence.", ja="サイレンスの対象を選択してください。")
LENGTH_MISSING = Text(en="Choose how long.", ja="期間を選択してください。")

TIMELINE = Text(en="Timeline", ja="タイムライン")
EVENTS = Plural(one="{count} event", many="{count} events", ja="{count} 件")
CHANGE = Text(en="change", ja="変更")
FAILED = Text(en="failed", ja="失敗")
OCCURRED = Text(en="occurred", ja="発生")
MESSAGE = Text(en="message", ja="通知")
ACTION = Text(en="action", ja="対応")
PERSON = Text(en="person", ja="担当者")
NEEDS_PERSON = Text(en="needs a person", ja="対応待ち")
ENDED = Text(en="ended", ja="終了")
OPENED = Text(en="the incident opened", ja="インシデントが発生")
MORE_OCCURRENCES = Plural(one="{count} more occurrence", many="{count} more occurrences", ja="ほかに {count} 回発生")
NOTIFIED = Template(en="{target} notified by {rule}: {result}", ja="{rule} が {target} に通知: {result}")
SENT = Template(en="{result} ({rule})", ja="{result} ({rule})")
NOT_NOTIFIED = Template(
    en="{target} not notified by {rule}: {result}", ja="{rule} から {target} への通知は未完了: {result}"
)
WILL_NOTIFY = Template(en="{rule} waits for {target}", ja="{rule} は {target} への通知待ち")
OF_FAILURE = Template(en="{change} ({rule}): {text}", ja="{change} ({rule}): {text}")
RUN_FAILED = Template(en="{rule} failed: {result}", ja="{rule} が失敗: {result}")
RUN_WAITS = Template(en="{rule} waits for approval", ja="{rule} が承認待ち")
RUN_DID = Template(en="{rule}: {result}", ja="{rule}: {result}")
APPROVED_RUN = Template(en="{by} approved {rule}", ja="{by} が {rule} を承認")
DENIED_RUN = Template(en="{by} denied {rule}", ja="{by} が {rule} を却下")
TAKEN = Template(en="{by} acknowledged the incident", ja="{by} が対応を開始")
RESOLVED_BECAUSE = Template(en="resolved: {reason}", ja="復旧: {reason}")
CLOSED_BECAUSE = Template(en="closed: {reason}", ja="クローズ: {reason}")

EVIDENCE = Text(en="Evidence", ja="検知の根拠")
LATEST_OF = Template(en="latest of {count}", ja="全 {count} 回のうち最新")
MATCHED_BY = Template(en="matched by {rule}", ja="{rule} に一致")
OCCURRENCES = Text(en="Occurrences", ja="発生履歴")
CALLER = Text(en="Who", ja="実行者")
SEEN = Template(en="Time ({zone})", ja="日時 ({zone})")
WHAT = Text(en="What", ja="内容")

LOG_LINES = Text(en="Log lines around it", ja="前後のログ")
FETCH_LINES = Text(en="Fetch log lines", ja="前後のログを取得")
FETCHED = Template(en="fetched by {by} at {time}", ja="{by} が {time} に取得")
NO_LINES_FOUND = Text(en="No log lines in these minutes.", ja="前後のログはありません。")
NO_LOG_ENTRY = Text(
    en="Log lines are available only for a log entry, and only if HINOMI_DASHBOARD_LOG_LINES is above 0.",
    ja="前後のログは、検知の根拠がログエントリで、HINOMI_DASHBOARD_LOG_LINES が 1 以上の場合のみ取得できます。",
)
NO_LINES = Template(en="No log lines were read: {reason}", ja="ログを取得できませんでした: {reason}")
LINES_KEPT = Plural(
    one="{count} log line kept as evidence.",
    many="{count} log lines kept as evidence.",
    ja="ログ {count} 行を検知の根拠として記録しました。",
)
CALL = Text(en="Call", ja="呼び出し")
ADDRESS = Text(en="Address", ja="送信元アドレス")
PROGRAM = Text(en="Program", ja="プログラム")
OF_LATEST = Template(en="counted in the latest {count}", ja="最新の {count} 回を集計")
MORE_VALUES = Plural(one="{count} more value", many="{count} more values", ja="ほか {count} 種類")
COURSE = Text(en="Over time", ja="推移")
LIMIT = Template(en="limit {limit}", ja="上限 {limit}")
USUALLY = Template(en="Usually {low} to {high} at that time.", ja="この時刻の通常の範囲は {low} ～ {high} です。")
OPEN_MEASURE = Text(en="Open the metric", ja="メトリクスを開く")
STRIP = Template(en="occurrences, at most {count} per mark", ja="発生回数 (1 本あたり最大 {count} 回)")
STRIP_TITLE = Template(en="{count} occurrences from {start} to {end}", ja="{start} から {end} までに発生 {count} 回")
AT = Template(en="{time}: {count}", ja="{time}: {count} 回")
RESOLVED_AT = Text(en="resolved", ja="復旧")
NOW_END = Text(en="now", ja="現在")
OTHER_RULES = Plural(
    one="{count} other rule did not run", many="{count} other rules did not run", ja="実行のないルール {count} 件"
)
AS_RULES_ARE = Text(
    en="The decisions of these rules if the incident opened now.", ja="いま発生した場合の各ルールの判定です。"
)
NO_RUN = Text(en="no run", ja="実行なし")

SIMILAR = Text(en="Similar incidents", ja="類似のインシデント")
SIMILAR_OF = Text(en="same problem first, then the same rule, 30 days", ja="同じ問題、次に同じルール (30 日間)")
NONE_SIMILAR = Text(en="None in the last 30 days.", ja="直近 30 日間にはありません。")
AROUND = Text(en="About the same time", ja="同時刻前後のインシデント")
SAME = Text(en="same resource or person, within an hour", ja="同じ対象または実行者、前後 1 時間")
FURTHER = Text(en="Related", ja="関連情報")
ACCESS_TO = Template(en="Access to {name}", ja="{name} へのアクセス権")
ACCESS_OF = Template(en="Access of {name}", ja="{name} のアクセス権")
HANDLERS = Text(en="Handler rules", ja="ハンドラールール")
NO_HANDLERS = Text(en="No handler rule matched this incident.", ja="一致するハンドラールールはありません。")
ABOUT = Text(en="Details", ja="詳細")
KIND = Text(en="Kind", ja="種類")
SERVICE = Text(en="Service", ja="サービス")
PROJECT = Text(en="Project", ja="プロジェクト")
RESOURCE = Text(en="Resource", ja="対象")

WAITS_FOR_APPROVAL = Text(en="waits for approval", ja="承認待ち")
WILL_RETRY = Text(en="failed, will be retried", ja="失敗 (再試行予定)")
IS_PLANNED = Text(en="planned", ja="実行待ち")
IS_RUNNING = Text(en="running", ja="実行中")
WAS_SKIPPED = Text(en="skipped", ja="見送り")
HAS_NOT_HELPED = Text(en="did not help: the problem remains", ja="効果なし、未解消")
HAS_FAILED = Text(en="failed", ja="失敗")
TRIED_FAILED = Text(en="tried, failed", ja="効果なし")
DRY_RUN = Text(en="dry run", ja="ドライラン")
WAS_DONE = Text(en="done", ja="完了")
UNDO_OF_RUN = Template(en="undo of run {id}", ja="実行 {id} の取り消し")
WAS_UNDONE = Text(en="undone", ja="取り消し済み")

NOW_ACKNOWLEDGED = Template(en="#{id} acknowledged.", ja="#{id} の対応を開始しました。")
NOW_RESOLVED = Template(en="#{id} resolved.", ja="#{id} を復旧済みにしました。")
NOW_FALSE_ALARM = Template(en="#{id} marked as a false alarm.", ja="#{id} を誤検知として記録しました。")
ALREADY_FALSE_ALARM = Template(
    en="#{id} is already marked as a false alarm: nothing was changed.",
    ja="#{id} はすでに誤検知として記録されています。変更はありません。",
)
NO_FALSE_ALARM = Template(
    en="#{id} is no longer marked as a false alarm. It stays resolved.",
    ja="#{id} の誤検知の記録を取り消しました。インシデントは復旧済みのままです。",
)
NOT_MARKED = Template(
    en="#{id} is not marked as a false alarm: nothing was changed.",
    ja="#{id} は誤検知として記録されていません。変更はありません。",
)
ALREADY = Template(
    en="#{id} is already {status}: nothing was changed.", ja="#{id} はすでに「{status}」です。変更はありません。"
)
PLAN_CHANGED = Text(
    en="The plan changed since you saw it: read it again before you approve.",
    ja="表示後に実行内容が変わりました。もう一度確認してから承認してください。",
)

SILENCE_TITLE = Template(en="Silence #{id}", ja="#{id} のサイレンス")
SILENCE_VERDICT = Text(en="What should be silenced, and until when?", ja="どの通知をいつまで停止しますか?")
SILENCE_EXPLAINED = Text(
    en="Incidents that match are still recorded, but no handler rule notifies anyone or acts on them.",
    ja="該当するインシデントは引き続き記録されますが、通知と自動対応は行われません。",
)
SCOPE_BOTH = Template(en="{rule} on {resource}", ja="{resource} の {rule}")
SCOPE_RESOURCE = Template(en="everything on {resource}", ja="{resource} のすべて")
SCOPE_RULE = Template(en="{rule} everywhere", ja="すべての対象の {rule}")
WOULD_HIDE = Plural(
    one="would have hidden {count} of {total} incidents of the last 30 days",
    many="would have hidden {count} of {total} incidents of the last 30 days",
    ja="直近 30 日間の {total} 件のうち {count} 件が該当",
)
FOR = Text(en="For", ja="期間")
COUNTED_CALLS = Text(en="Counted calls", ja="集計対象の呼び出し")
CALLS_OF = Template(en="Calls of {who} within an hour of it", ja="前後 1 時間の {who} の呼び出し")
UNTIL = Template(en="{duration}, until {time}", ja="{duration} ({time} まで)")
START_SILENCE = Text(en="Silence", ja="サイレンスを開始")
NOW_SILENCED = Template(en="Silenced until {time}.", ja="{time} までサイレンスにしました。")

UNDO_TITLE = Template(en="Undo run {id}", ja="実行 {id} の取り消し")
UNDO_VERDICT = Template(en="Undo {action} on {target}?", ja="{target} への {action} を取り消しますか?")
UNDO_HELP = Template(
    en="Hinomi reads {target} within a minute and shows what it would reverse. Nothing changes until you approve that plan.",
    ja="1 分以内に {target} の現在の状態を確認し、元に戻す内容を表示します。その計画を承認するまで、何も変更されません。",
)
CALLS_MADE = Plural(
    one="{count} call that the run made:",
    many="{count} calls that the run made:",
    ja="この実行による呼び出し {count} 件:",
)
PLAN_UNDO = Text(en="Plan the undo", ja="取り消しを計画")
BACK_TO = Template(en="Back to #{id}", ja="#{id} に戻る")
