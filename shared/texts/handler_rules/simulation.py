"""Texts about simulations of handler rules on past incidents: of the command and of the page."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

INCIDENTS = Plural(one="{count} incident", many="{count} incidents", ja="インシデント {count} 件に一致")
REMEDIATIONS = Plural(one="{count} remediation", many="{count} remediations", ja="自動修復 {count} 回")
DRY_RUNS = Plural(one="{count} dry run", many="{count} dry runs", ja="ドライラン {count} 回")
MESSAGES = Plural(one="{count} message", many="{count} messages", ja="通知 {count} 件")
TOTALS = Template(
    en="matched {incidents}, run {remediations} and {dry_runs}, and sent {messages}",
    ja="{incidents}、{remediations}、{dry_runs}、{messages}",
)
WITH_CHANGE = Template(
    en="With the change, these rules would have {after}. Without it, they would have {before}.",
    ja="変更後: {after}。現在: {before}。",
)
AS_THEY_ARE = Template(en="These rules would have {totals}.", ja="ルールの動作: {totals}。")
NO_DIFFERENCE = Plural(
    one="No decision would have differed in the last day.",
    many="No decision would have differed in the last {count} days.",
    ja="過去 {count} 日間の判定結果は変わりません。",
)
NO_CHANGE = Text(
    en="The file has the rules that are in use: --all simulates them.",
    ja="ファイルの内容は使用中のルールと同じです。--all を付けると使用中のルールを再現します。",
)
SIMULATED_ON = Plural(
    one="Simulated on {count} incident since {day}.",
    many="Simulated on {count} incidents since {day}.",
    ja="{day} 以降のインシデント {count} 件で再現しました。",
)
RULE = Text(en="rule", ja="ルール")
MATCHES = Text(en="matches", ja="一致")
RUNS = Text(en="runs", ja="実行")
STOPPED = Text(en="stopped", ja="実行しない理由")
NOW_AND_THEN = Template(en="{after} (now {before})", ja="{after} (現在 {before})")
REASON = Template(en="{reason} {count}×", ja="{reason} {count} 回")
INCIDENT = Text(en="incident", ja="インシデント")
EVENT = Text(en="on", ja="契機")
AS_IT_IS = Text(en="now", ja="現在")
AFTER = Text(en="with the change", ja="変更後")
MORE = Plural(
    one="{count} more difference: --json lists all of them.",
    many="{count} more differences: --json lists all of them.",
    ja="ほか {count} 件の違いは --json で確認できます。",
)
NOT_SIMULATED = Text(
    en="Not simulated: reminders, circuit breakers, and what approvers would have decided.",
    ja="再通知、サーキットブレーカー、承認者の判断は含みません。",
)
