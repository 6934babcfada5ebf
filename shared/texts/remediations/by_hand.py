"""A remediation or a script that a person runs for an incident: `hinomi handlers run`, and the page."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_RULE = Template(
    en="no enabled handler rule '{rule}' with a remediation in mode auto or approve{suggestion}",
    ja="モードが auto または approve の有効な自動修復ルール '{rule}' はありません{suggestion}",
)
SHOW_RULES = Text(en=": `hinomi handlers list` shows the rules", ja=": `hinomi handlers list` で確認できます")
RESOLVED = Template(en="incident {id} is resolved", ja="インシデント {id} は復旧済みです")
IS_PLANNED = Template(
    en="a run of '{rule}' for this incident is planned already",
    ja="このインシデントに対する '{rule}' の実行はすでに予定されています",
)
WAITS = Template(en="run {id} on the same target waits for approval", ja="同じ対象に対する実行 {id} が承認待ちです")
STARTED = Template(
    en="Run {run} of {rule} reads its target within a minute; its plan then waits for approval.",
    ja="{rule} の実行 {run} が 1 分以内に対象を読み取り、実行内容が承認待ちになります。",
)
ASKED = Template(en="{by} asked for {rule}", ja="{by} が {rule} の実行を依頼")
ASKED_UNDO = Template(en="{by} asked to undo run {id}", ja="{by} が実行 {id} の取り消しを依頼")

# The page.
RUN = Text(en="Run…", ja="手動実行…")
TITLE = Template(en="Run an action for #{id}", ja="#{id} に対する手動実行")
VERDICT = Text(en="What should run?", ja="どの対応を実行しますか?")
EXPLAINED = Text(
    en="Nothing changes yet: the plan is shown first, and runs when you approve it. The brakes of the rule apply.",
    ja="まだ何も変更されません。先に実行内容が表示され、承認すると実行されます。ルールの制限も適用されます。",
)
ON = Template(en="{action} on {target}", ja="{target} に {action}")
DIFFERS = Text(en="does not match this incident", ja="このインシデントには自動では一致しないルール")
NO_GRANT = Text(en="the incident has no grant to remove", ja="このインシデントには、削除できる権限付与がありません")
OTHER_SERVICE = Template(en="for other incidents: {patterns}", ja="ほかのインシデント用です: {patterns}")
UNFIT = Plural(
    one="{count} other rule does not apply to this incident",
    many="{count} other rules do not apply to this incident",
    ja="このインシデントには使えないルール {count} 件",
)
NONE_FITS = Text(
    en="No enabled rule has an action that applies to this incident.",
    ja="有効なルールの中に、このインシデントに使えるアクションはありません。",
)
PREPARE = Text(en="Show the plan", ja="実行内容を表示")
NONE = Text(
    en="No handler rule with a remediation or a script is enabled in mode auto or approve.",
    ja="モードが auto または approve の、自動修復またはスクリプトのルールは有効になっていません。",
)
