"""Texts of the pages about handlers: approvals, rules, runs, channels, silences, on call."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Handlers", ja="ハンドラー")
RULES = Text(en="Rules", ja="ルール")
RUNS = Text(en="Runs", ja="実行履歴")
CHANNELS = Text(en="Channels", ja="チャネル")
SILENCES = Text(en="Silences", ja="サイレンス")

WAIT = Plural(
    one="{count} action waits for your approval.",
    many="{count} actions wait for your approval.",
    ja="承認待ちのアクションが {count} 件あります。",
)
NONE_WAITS = Text(en="No action waits for approval.", ja="承認待ちのアクションはありません。")
LATELY = Plural(
    one="In {days} days {count} remediation ran: {worked} worked, {undone} undone.",
    many="In {days} days {count} remediations ran: {worked} worked, {undone} undone.",
    ja="過去 {days} 日間の自動修復: {count} 件 (成功 {worked} 件、取り消し {undone} 件)。",
)
STOPPED = Template(en="{rule} is stopped until {time}: {reason}", ja="{rule} は {time} まで停止中です: {reason}")
RULE_ON = Template(en="{rule} on {target}", ja="{target} への {rule}")
ASKED = Template(en="asked {time}", ja="依頼 {time}")
DENIED_AT = Template(en="denied automatically at {time}", ja="{time} に自動的に却下")
MAY_APPROVE = Template(en="may approve: {approvers}", ja="承認できる人: {approvers}")
APPROVE = Text(en="Approve and run", ja="承認して実行")
DENY = Text(en="Deny", ja="却下")
LOOKED_AT_APPROVALS = Text(
    en="Rules with `mode: approve` plan their action and ask here before they change anything.",
    ja="`mode: approve` のルールは、変更の前にここで承認を求めます。",
)
ASKING = Text(en="Rules that ask", ja="承認を求めるルール")
NONE_ASKS = Text(en="No rule asks for approval.", ja="承認を求めるルールはありません。")
ANYBODY_APPROVES = Text(en="every operator may approve", ja="承認できる人: すべての運用担当者")
WITHIN = Template(en="denied automatically after {duration}", ja="{duration}後に自動的に却下")
LATEST = Text(en="Last remediations", ja="直近の自動修復")
SPAN_DAYS = Plural(one="{count} day", many="{count} days", ja="過去 {count} 日間")
NONE_RAN = Text(en="No remediation ran.", ja="自動修復は実行されていません。")
NONE_RAN_DO = Text(
    en="A rule with `mode: dry_run` shows on each incident what it would have done: set `mode: approve` once you trust it.",
    ja="`mode: dry_run` のルールは、実行した場合の内容を各インシデントに表示します。内容が妥当なら `mode: approve` に変更してください。",
)
TO_DO = Text(en="What you can do", ja="できること")
DO_RULES = Text(
    en="Change a rule, after a simulation on past incidents", ja="過去のインシデントで試してからルールを変更"
)
DO_RUNS = Text(en="See every run, and undo one", ja="すべての実行を確認し、必要なら取り消し")
DO_CHANNELS = Text(en="Send a test to a channel", ja="チャネルにテストを送信")
DO_SILENCES = Text(en="Plan a maintenance window", ja="メンテナンスウィンドウを設定")
DO_ON_CALL = Text(en="See who is on call", ja="当番を確認")
NUMBER = Template(en="#{id}", ja="#{id}")

RULE_COUNT = Plural(
    one="{count} handler rule is on.",
    many="{count} handler rules are on.",
    ja="有効なハンドラールールは {count} 件です。",
)
STAGED_COUNT = Plural(
    one="{count} of them only decides, and changes nothing.",
    many="{count} of them only decide, and change nothing.",
    ja="うち {count} 件は判定のみで、変更は行いません。",
)
NO_RULES = Text(en="No handler rules.", ja="ハンドラールールはありません。")
NO_RULES_DO = Text(
    en="Add one with Edit all or `hinomi handlers add`, or apply a file with `hinomi handlers apply`.",
    ja="「すべて編集」または `hinomi handlers add` で追加するか、`hinomi handlers apply` でファイルを適用してください。",
)
IN_ORDER = Text(en="Rules, in order", ja="ルール (評価順)")
STATE = Text(en="State", ja="状態")
STATES: Mapping[str, Text] = {
    "on": Text(en="on", ja="有効"),
    "staged": Text(en="dry run", ja="ドライラン"),
    "off": Text(en="off", ja="無効"),
}
RULE = Text(en="Rule", ja="ルール")
WHEN = Text(en="When", ja="条件")
EVERYTHING = Text(en="every incident", ja="すべてのインシデント")
DOES = Text(en="Does", ja="アクション")
APPROVAL = Text(en="Approval", ja="承認")
NO_APPROVAL = Text(en="none", ja="不要")
ALWAYS = Text(en="always", ja="必要")
LIMITS = Text(en="Limits", ja="上限")
RAN = Text(en="30 days", ja="30 日間")
EDIT = Text(en="Edit", ja="編集")
ENABLE = Text(en="Enable", ja="有効にする")
DISABLE = Text(en="Disable", ja="無効にする")
VERSIONS = Text(en="Versions", ja="バージョン")
VERSION = Template(en="v{number}", ja="v{number}")
BY = Template(en="{who}, {source}", ja="{who}、{source}")
UNKNOWN_PERSON = Text(en="unknown", ja="不明")
NO_VERSIONS = Text(en="No versions yet.", ja="バージョンはまだありません。")
VERSION_TITLE = Plural(
    one="Version {number} changed {count} rule.",
    many="Version {number} changed {count} rules.",
    ja="バージョン {number} の変更: {count} 件",
)
CHANGES = Text(en="Changes", ja="変更内容")
SHARED = Text(en="Defaults, rotations and owners", ja="既定値、当番表、オーナー")
SAME = Text(en="No rules differ.", ja="ルールの違いはありません。")
RESTORE = Text(en="Restore this version", ja="このバージョンに戻す")
WOULD_CHANGE = Text(en="Restoring it would change", ja="戻した場合の変更")
IS_CURRENT = Text(en="The current rules are the rules of this version.", ja="現在のルールはこのバージョンと同じです。")

EDIT_TITLE = Template(en="Change {name}", ja="{name} の編集")
AS_YAML = Text(en="The rule", ja="ルール")
EDIT_HELP = Text(
    en="The next step shows what would have been decided differently. Nothing is saved before that.",
    ja="次の画面で、判定がどう変わるかを確認できます。それまで保存されません。",
)
EDIT_ALL = Text(en="Edit all", ja="すべて編集")
EDIT_ALL_TITLE = Text(en="Change rules, owners, rotations and defaults", ja="ルール、オーナー、当番表、既定値の編集")
AS_FILE = Text(en="Everything, as in handlers.yaml", ja="すべて (handlers.yaml と同じ形式)")
INVALID_ALL = Text(en="The rules are invalid.", ja="ルールが正しくありません。")
SIMULATE = Text(en="Show what changes", ja="変更の影響を確認")
SAVE = Text(en="Save as a new version", ja="新しいバージョンとして保存")
NOTE = Text(en="Why (optional)", ja="理由 (任意)")
INVALID = Text(en="The rule is invalid.", ja="ルールが正しくありません。")
BEFORE_SAVING = Text(en="Before saving", ja="保存前の確認")
SIMULATED = Plural(
    one="on {count} incident since {day}",
    many="on {count} incidents since {day}",
    ja="{day} 以降のインシデント {count} 件",
)
COUNTS = Template(
    en="matches: {matched} (now {matched_before}); runs: {after} (now {before}).",
    ja="一致 {matched} 回 (現在は {matched_before} 回)、実行 {after} 回 (現在は {before} 回)。",
)
STOPPED_BY = Text(en="Stopped:", ja="実行しない理由:")
TIMES = Template(en="{reason} {count}×", ja="{reason} {count} 回")
SIMULATED_DAYS = Text(en="Past days", ja="再現する日数")
NOT_SIMULATED = Text(
    en="Simulated: openings, ends and escalations, with the silences, hours, cooldowns and budgets of the time. "
    "Not simulated: reminders, circuit breakers, and what approvers would have decided.",
    ja="発生、復旧、エスカレーションを、当時のサイレンス、通知時間、クールダウン、実行回数の上限で再現しています。"
    "再通知、サーキットブレーカー、承認者の判断は含みません。",
)
EVENT = Text(en="On", ja="契機")
AS_IT_IS = Text(en="Now", ja="現在")
NOTHING_DIFFERS = Text(en="No differences.", ja="違いはありません。")
INCIDENT = Text(en="Incident", ja="インシデント")
WHAT = Text(en="What", ja="内容")
WITH_CHANGE = Text(en="With the change", ja="変更後")
WHY = Text(en="Why", ja="理由")

INCIDENTS_OF = Plural(one="{count} incident", many="{count} incidents", ja="インシデント {count} 件")
RUN_COUNT = Plural(one="{count} run", many="{count} runs", ja="実行 {count} 件")
RUNS_VERDICT = Plural(
    one="The last run of an action.", many="The last {count} runs of actions.", ja="直近のアクション {count} 件"
)
NO_RUNS = Text(en="No action has run yet.", ja="アクションはまだ実行されていません。")
RUNS_BEGIN = Text(
    en="A run appears here when an incident matches a handler rule. `hinomi handlers test` shows what would run.",
    ja="インシデントがハンドラールールに一致すると、ここに表示されます。実行内容は `hinomi handlers test` で事前に確認できます。",
)
SEE_RULES = Text(en="Handler rules", ja="ハンドラールール")
TIME = Template(en="When ({zone})", ja="日時 ({zone})")
ACTION = Text(en="Rule and action", ja="ルールとアクション")
TARGET = Text(en="On", ja="対象")
RESULT = Text(en="Result", ja="結果")
UNDO = Text(en="Undo…", ja="取り消す…")
CALLS = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 件")

CHANNELS_WELL = Plural(
    one="{count} channel accepts notifications.",
    many="All {count} channels accept notifications.",
    ja="{count} 件のチャネルはすべて正常です。",
)
CHANNELS_BROKEN = Plural(
    one="{count} channel accepts no notifications.",
    many="{count} channels accept no notifications.",
    ja="{count} 件のチャネルが通知を受け付けていません。",
)
NO_CHANNELS = Text(en="No rule notifies a channel yet.", ja="チャネルに通知するルールはまだありません。")
CHANNELS_BEGIN = Text(
    en="Add a rule with an action such as `teams` or `slack`, then send a test message with `hinomi notify-test`.",
    ja="`teams` や `slack` などのアクションを持つルールを追加し、`hinomi notify-test` でテスト通知を送信してください。",
)
CHANNEL = Text(en="Channel", ja="チャネル")
LAST_SENT = Text(en="Last notification", ja="最後の通知")
NEVER = Text(en="none yet", ja="なし")
WORKS = Text(en="works", ja="正常")
BROKEN = Text(en="broken", ja="不通")
NEVER_USED = Text(en="not used yet", ja="未使用")
BROKEN_SINCE = Template(en="since {time}: {reason}", ja="{time} から: {reason}")
NEXT_TRY = Template(en="next attempt {time}", ja="次の試行 {time}")
TEST = Text(en="Send a test", ja="テスト送信")
TEST_FAILED = Template(
    en="{channel} did not accept the test: {reason}", ja="{channel} へのテスト送信に失敗しました: {reason}"
)

ACTIVE_COUNT = Plural(
    one="{count} silence is active.", many="{count} silences are active.", ja="有効なサイレンスは {count} 件です。"
)
NO_SILENCE = Text(en="No active silences.", ja="有効なサイレンスはありません。")
SILENCE_ABOUT = Text(
    en="Incidents that match are recorded, but no handler rule acts on them.",
    ja="一致したインシデントは記録されますが、ハンドラールールは動作しません。",
)
HIDES = Text(en="Hides", ja="対象")
UNTIL = Text(en="Until", ja="終了")
HIDDEN = Text(en="Suppressed", ja="抑制した件数")
REASON = Text(en="Reason", ja="理由")
OWNER = Text(en="By", ja="作成者")
SILENCE_STATES: Mapping[str, Text] = {
    "active": Text(en="active", ja="有効"),
    "planned": Text(en="planned", ja="予定"),
    "expired": Text(en="expired", ja="終了"),
}
FROM = Template(en="from {time}", ja="{time} から")
EXPIRE = Text(en="End now", ja="今すぐ終了")
NEW_SILENCE = Text(en="New silence or maintenance window", ja="サイレンスまたはメンテナンスウィンドウの追加")
FIELDS: Mapping[str, Text] = {
    "service": Text(en="Service", ja="サービス"),
    "rule": Text(en="Rule", ja="ルール"),
    "resource": Text(en="Resource", ja="リソース"),
    "project": Text(en="Project", ja="プロジェクト"),
    "principal": Text(en="Principal", ja="プリンシパル"),
}
PATTERNS = Text(
    en="Which incidents: fill in at least one field. * stands for any text, a comma separates several patterns, and all filled fields must match.",
    ja="対象のインシデントを 1 項目以上で指定します。* は任意の文字列に一致し、複数のパターンはカンマで区切ります。入力したすべての項目に一致するものが対象です。",
)
FOR = Text(en="For", ja="期間")
EVERY = Text(en="Or every week at", ja="または毎週の時間帯")
PREVIEW = Text(en="Show what it hides", ja="対象を確認")
SILENCE_IT = Text(en="Silence", ja="サイレンスを開始")
WOULD_HIDE = Plural(
    one="Of {total} incidents since {day} it would have hidden {count}.",
    many="Of {total} incidents since {day} it would have hidden {count}.",
    ja="{day} 以降のインシデント {total} 件のうち、{count} 件が対象になります。",
)
IS_WIDE = Text(
    en="It covers a whole service or more: unexpected problems would be hidden too.",
    ja="サービス全体またはそれ以上が対象です。想定外の問題も抑制されます。",
)
CHANGED_MEANWHILE = Text(
    en="Somebody changed the rules in the meantime. Copy your text, open this page again and make your changes there.",
    ja="その間に別の人がルールを変更しました。入力内容をコピーし、このページを開き直してから変更してください。",
)
PATTERN_MISSING = Text(
    en="Fill in at least one of service, rule, resource, project and principal.",
    ja="サービス、ルール、リソース、プロジェクト、プリンシパルのいずれかを入力してください。",
)
LENGTH_MISSING = Text(
    en="Choose how long, or enter the weekly time.", ja="期間を選択するか、毎週の時間帯を入力してください。"
)
REASON_MISSING = Text(en="Enter a reason.", ja="理由を入力してください。")
SILENCED = Template(en="silence {id} is active", ja="サイレンス {id} を開始しました")

ON_CALL_NOW = Template(en="{person} is on call ({rotation}).", ja="当番: {person} ({rotation})")
NO_ROTATIONS = Text(en="No rotations.", ja="当番表はありません。")
NO_ROTATIONS_DO = Text(
    en="Add rotations with Edit all, or to the file of handler rules: `hinomi handlers apply`.",
    ja="「すべて編集」で、またはハンドラールールのファイルに当番表を追加してください (`hinomi handlers apply`)。",
)
OWNERS = Text(en="Owners", ja="オーナー")
NO_OWNERS = Text(en="No owners.", ja="オーナーは登録されていません。")
NO_OWNERS_DO = Text(
    en="Add owners with Edit all, or to the file of handler rules: hinomi handlers apply.",
    ja="「すべて編集」で、またはハンドラールールのファイルにオーナーを追加してください (hinomi handlers apply)。",
)
NO_HANDOVERS = Text(en="No handover is planned.", ja="交代の予定はありません。")
TABS: Mapping[str, Text] = {
    "approvals": Text(en="Approvals", ja="承認"),
    "rules": RULES,
    "runs": RUNS,
    "channels": CHANNELS,
    "silences": SILENCES,
    "oncall": Text(en="On call, owners", ja="当番・オーナー"),
}
