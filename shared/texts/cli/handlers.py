"""Texts of `hinomi handlers`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

NONE_APPLIED = Text(
    en="No handler rules are applied: run `hinomi handlers apply`.",
    ja="適用されているハンドラールールはありません。`hinomi handlers apply` を実行してください。",
)
NOTHING_TO_TEST = Text(
    en="no handler rule is applied: run `hinomi handlers apply`, or test a file with --rules",
    ja="適用されているハンドラールールがありません。`hinomi handlers apply` を実行するか、--rules でファイルを指定してください",
)
NO_RUNS = Text(en="No action has run.", ja="実行されたアクションはありません。")
NO_RUNS_OF = Template(
    en="No action has run for incident {id}.", ja="インシデント {id} に対して実行されたアクションはありません。"
)
NOTHING_EXPORTED = Text(
    en="no run matches: `hinomi handlers runs` lists the runs",
    ja="該当する実行はありません。`hinomi handlers runs` で確認できます",
)
NOTHING_DETECTED = Text(
    en="no detection rule matches an entry of the file",
    ja="ファイルのエントリに一致する検知ルールがありません",
)
NO_TARGET = Text(en="neither the id of an incident nor a file", ja="インシデントの ID でもファイルでもありません")
IN_ENTRY = Template(en="entry {number}: {error}", ja="エントリ {number}: {error}")
NO_FINDING = Template(
    en="not a finding of `hinomi analyze --json`: {error}",
    ja="`hinomi analyze --json` の検知結果ではありません: {error}",
)

DISABLED = Template(en="{name} (disabled)", ja="{name} (無効)")
WHEN = Text(en="when", ja="契機")
AS_STEP = Template(en="only as the next step of {rule}", ja="{rule} の次の手順としてのみ")
FOR = Text(en="for", ja="対象")
EVERYTHING = Text(en="everything", ja="すべて")
DOES = Text(en="does", ja="アクション")
DOES_HOW = Template(en="{action}: {how}", ja="{action}: {how}")
WITH = Text(en="with", ja="パラメータ")
AFTER = Template(en="after {duration}", ja="{duration}後")
REPEAT = Template(en="again every {duration}", ja="以後 {duration}ごと")
ON_CALL = Template(en="{rotation}: {person} is on call at {at}", ja="{rotation}: {at} の当番は {person}")
NO_HANDOVERS = Text(en="  no handover follows", ja="  以後の交代なし")
NO_ROTATIONS = Text(
    en="No rotations: add `rotations` to handlers.yaml and run `hinomi handlers apply`.",
    ja="当番表はありません。handlers.yaml に `rotations` を追加し、`hinomi handlers apply` を実行してください。",
)
TOO_FAR = Template(en="--at {time} is more than ten years away", ja="--at {time} は 10 年以上離れています")
BY_ROTATION = Template(en="to the person on call of {name}", ja="{name} の当番に通知")
HOURS = Template(en="{windows} ({zone})", ja="通知時間 {windows} ({zone})")
QUIET_HOURS = Template(en="not {windows} ({zone})", ja="{windows} ({zone}) を除く")
AFTER_SUCCESS = Template(en="after its success {rule}", ja="成功したら次に {rule}")
THEN = Template(en="then {rule} if it does not help", ja="効果がなければ次に {rule}")

CHANGE_OF = Template(en="{rule} {trigger}: {summary}", ja="{rule} ({trigger}): {summary}")
RUNS = Text(en="runs", ja="実行あり")
DOES_NOT_RUN = Text(en="does not run", ja="実行なし")
INCIDENT = Template(en="incident {id}", ja="インシデント {id}")
STATE_AND_MODE = Template(en="{state} ({mode})", ja="{state} ({mode})")
WAITS_FOR_WORKER = Template(en="waits for worker {worker}", ja="ワーカー {worker} を待機中")
WAITS_FOR_APPROVAL = Text(en="waits for approval", ja="承認待ち")
APPROVED_BY = Template(en="(approved by {by})", ja="({by} が承認)")
RUN_OF = Template(en="{rule} on {trigger}, {age}", ja="{rule} ({trigger})、{age}")
DONE_WITHOUT_HELP = Text(en="done, did not help", ja="完了 (効果なし)")
WAITS_FOR = Template(en="waits for {target}", ja="{target} の実行待ち")
NOT_SHIPPED = Template(en="no shipped {kind} matches '{pattern}'", ja="'{pattern}' に一致する同梱の{kind}はありません")
KINDS: Mapping[str, Text] = {
    "rule": Text(en="rule", ja="ルール"),
    "service": Text(en="service", ja="サービス"),
}

# The tests beside the rules.
TEST_NAMES_NO_RULE = Template(
    en="there is no handler rule '{name}'{suggestion}", ja="ハンドラールール '{name}' はありません{suggestion}"
)
TEST_IS_NOT_ABOUT = Template(
    en="{name} is not among the `rules` of this file: add it there, or move the test to a file such as handlers.own.tests.yaml",
    ja="{name} はこのファイルの `rules` に含まれていません。追加するか、テストを handlers.own.tests.yaml などの別ファイルに移してください",
)
NO_DETECTION_RULE = Template(
    en="no detection rule is named '{rule}'{suggestion}; otherwise add kind, severity and service",
    ja="検知ルール '{rule}' はありません{suggestion}。同梱されていないルールの場合は kind、severity、service を指定してください",
)
EXPECTED_TO_RUN = Template(en="{name} does not run: {why}", ja="{name} が実行されません: {why}")
NOT_EXPECTED = Template(en="{name} runs, but is not expected", ja="{name} が想定外に実行されます")
OTHER_ORDER = Template(en="the rules run in a different order: {order}", ja="実行順が異なります: {order}")
OTHER_REASON = Template(
    en="{name} does not run because of {reason}, not {expected}",
    ja="{name} が実行されない理由は {expected} ではなく {reason}",
)
INVALID_MOMENT = Template(
    en="Invalid time '{text}'. Use a time with its zone, such as 2026-11-29T03:00+09:00.",
    ja="時刻 '{text}' は無効です。2026-11-29T03:00+09:00 のように、タイムゾーン付きで指定してください。",
)
NOT_DUE = Template(en="its step is due after {after}", ja="通知は発生から {after} 後")
RUNS_LESS_OFTEN = Plural(
    one="{name} runs only once", many="{name} runs only {count} times", ja="{name} の実行は {count} 回のみ"
)
RUNS_MORE_OFTEN = Plural(
    one="{name} runs {count} time, more often than expected",
    many="{name} runs {count} times, more often than expected",
    ja="{name} が想定より多い {count} 回実行されます",
)
OTHER_CHANNEL = Template(
    en="{name} notifies channel {channel}, not {expected}", ja="{name} の通知先は {expected} ではなく {channel}"
)
CANNOT_END = Template(
    en="{name} does not run, so it can neither fail nor succeed", ja="{name} は実行されないため、失敗も成功もしません"
)
IS_NOT_FOLLOWED = Template(
    en="nothing follows a run of {name} (mode {mode}): only remediations with mode auto or approve have next steps",
    ja="{name} (モード {mode}) の後には何も実行されません。次の手順があるのは、モードが auto か approve の自動修復だけです",
)
TEST_FAILED = Template(en="{place}: {name}: {problem}", ja="{place}: {name}: {problem}")
SKIPPED = Template(
    en="{tests} of {file} skipped: the handler rules no longer include {names}",
    ja="{file} の{tests}をスキップしました: ハンドラールールに {names} がありません",
)
UNTESTED = Template(en="warning: no test expects {name} to run", ja="警告: {name} の実行を想定するテストがありません")
TESTED = Template(en="{tests} of {rules}, {failed} failed", ja="{rules}に対する{tests} (失敗 {failed} 件)")
TESTS = Plural(one="{count} test", many="{count} tests", ja="テスト {count} 件")
RULES = Plural(one="{count} handler rule", many="{count} handler rules", ja="ハンドラールール {count} 件")
ONE_OF_BOTH = Text(
    en="name an incident or a file, or use --all to run the tests beside the rules",
    ja="インシデントまたはファイルを指定するか、--all でルールに付属するテストを実行してください",
)
