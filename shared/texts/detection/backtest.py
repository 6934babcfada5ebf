"""Texts of backtests of detection rules: of the command and of the page."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

CALLS = Plural(
    one="{method}, {count} call in the hour",
    many="{method}, {count} calls in the hour",
    ja="{method} (1 時間に {count} 回)",
)
WOULD_HAVE = Plural(
    one="{rule} would have fired {count} time in {days}, in {incidents}.",
    many="{rule} would have fired {count} times in {days}, in {incidents}.",
    ja="{rule} は{days}で {count} 回検知したはずです ({incidents})。",
)
NEVER = Template(en="{rule} would not have fired in {days}.", ja="{rule} は{days}で一度も検知しなかったはずです。")
DAYS = Plural(one="{count} day", many="{count} days", ja="過去 {count} 日間")
INCIDENTS = Plural(one="{count} incident", many="about {count} incidents", ja="インシデント約 {count} 件")
WEEK_FROM = Text(en="week from", ja="週の開始")
TIMES = Text(en="times", ja="回数")
TIME = Text(en="time", ja="時刻")
RESOURCE = Text(en="resource", ja="リソース")
PRINCIPAL = Text(en="principal", ja="プリンシパル")
WHAT = Text(en="what happened", ja="事象")
KNOWN_AS = Text(en="known as", ja="既存のインシデント")
KNOWN_INCIDENT = Template(en="#{number} {rule}", ja="#{number} {rule}")
MOST_OFTEN = Template(en="Most often on {names}.", ja="最も多い対象: {names}。")
TIMES_ON = Template(en="{name} ({count})", ja="{name} ({count})")
KNOWN = Plural(
    one="{count} of these events is in an incident of other rules already: {rules}.",
    many="{count} of these events are in incidents of other rules already: {rules}.",
    ja="うち {count} 件は、ほかのルールのインシデントに含まれています: {rules}。",
)
ALL_NEW = Text(
    en="None of these events is in an incident of another rule.",
    ja="これらの事象は、ほかのルールのインシデントには含まれていません。",
)
MORE = Plural(one="{count} more", many="{count} more", ja="ほか {count} 件")
READ_STORED = Template(
    en="Examined: {events} found by rules, and {calls} counted in the history of the audit logs.",
    ja="検証対象: ルールが検知した{events}、監査ログの履歴にある{calls}。",
)
READ_ENTRIES = Template(en="Examined: {entries}.", ja="検証対象: {entries}。")
EVENTS = Plural(one="{count} event", many="{count} events", ja="事象 {count} 件")
CALLS_READ = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 回")
ENTRIES = Plural(one="{count} log entry", many="{count} log entries", ja="ログエントリ {count} 件")
UNJUDGED = Plural(
    one="Unknown: {count} event or call, because a field that the rule needs is not stored: {fields}.",
    many="Unknown: {count} events or calls, because a field that the rule needs is not stored: {fields}.",
    ja="判定不可: {count} 件。判定に必要なフィールドが保存されていません: {fields}。",
)
UNJUDGED_LISTS = Plural(
    one="Unknown: {count} event or call, because lists are stored only in part.",
    many="Unknown: {count} events or calls, because lists are stored only in part.",
    ja="判定不可: {count} 件。リストは一部しか保存されていません。",
)
NOT_KEPT = Text(
    en="Entries that no rule matched are not stored, so the rule would have found at least this.",
    ja="どのルールにも一致しなかったエントリは保存されないため、実際の検知はこれより多い可能性があります。",
)
CUT = Template(
    en="Only the latest rows were read ({most} of each kind): earlier ones are not evaluated.",
    ja="最新の行のみを検証しました (種類ごとに {most} 件)。それより前は対象外です。",
)
CUT_ENTRIES = Plural(
    one="Only the first entry was read: raise --limit, or shorten --since.",
    many="Only the first {count} entries were read: raise --limit, or shorten --since.",
    ja="先頭の {count} 件のみ検証しました。--limit を増やすか、--since を短くしてください。",
)
TRY_LOGS = Template(
    en="To test all entries of Cloud Logging: `hinomi rules backtest {rule} --from-logging`.",
    ja="Cloud Logging のすべてのエントリで検証するコマンド: `hinomi rules backtest {rule} --from-logging`",
)
NEEDS_ENTRIES = Template(
    en="{rule} counts entries, including those that are not stored: use --from-logging, or a file of entries "
    "with --entries",
    ja="{rule} は保存されないエントリも数えるルールです。--from-logging、または --entries でエントリのファイルを指定してください",
)
NO_PROJECT = Text(
    en="no project to read: set HINOMI_PROJECT or HINOMI_PROJECTS",
    ja="読み取るプロジェクトがありません。HINOMI_PROJECT または HINOMI_PROJECTS を設定してください",
)
NO_LOGGING = Template(en="Cloud Logging cannot be read: {error}", ja="Cloud Logging を読み込めません: {error}")
ONE_SOURCE = Text(
    en="use --entries or --from-logging, not both", ja="--entries と --from-logging は同時に指定できません"
)
REMEMBERS = Text(
    en="The rule also remembers fields of earlier entries, which only log entries have.",
    ja="このルールは以前のエントリのフィールドも使用しますが、それらはログエントリにしかありません。",
)

# On the page of a rule.
TITLE = Text(en="Backtest", ja="過去のデータでの検証")
RUN = Plural(one="Try on the last day", many="Try on the last {count} days", ja="過去 {count} 日間で検証")
LEAD = Text(
    en="What the rule would have found in the stored data.",
    ja="この環境に保存されているデータで、ルールが何を検知したはずかを確認します。",
)
WEEK = Template(en="{day}: {count}", ja="{day}: {count} 回")
