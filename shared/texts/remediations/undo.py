"""`hinomi handlers undo`: plans, results, and why a run cannot be undone."""

from __future__ import annotations

from shared.texts import Template, Text

NO_RUN = Template(
    en="there is no run {id}: `hinomi handlers runs` lists them",
    ja="実行 {id} はありません。`hinomi handlers runs` で一覧を確認できます",
)
NOT_FINISHED = Template(en="run {id} is not finished", ja="実行 {id} はまだ完了していません")
ALREADY_UNDONE = Template(en="run {id} was already undone", ja="実行 {id} はすでに取り消し済みです")
NOTHING_CHANGED = Template(
    en="run {id} stored nothing to undo: it changed nothing, or its change cannot be reversed",
    ja="実行 {id} には取り消す内容がありません (変更がないか、元に戻せない変更です)",
)
NO_UNDO = Template(
    en="run {id} cannot be undone: {action} has no undo",
    ja="実行 {id} は取り消せません。{action} は取り消しに対応していません",
)
IS_BEING_UNDONE = Template(
    en="run {id} is being undone by run {other}", ja="実行 {id} は実行 {other} により取り消し中です"
)
NOT_ALLOWED = Template(
    en="{by} may not undo runs of this rule: {approvers} may",
    ja="{by} にはこのルールの実行を取り消す権限がありません ({approvers} のみ可能)",
)
BRAKED = Template(en="not undone: {reason}", ja="取り消せません。{reason}")
REFUSED = Template(en="not undone: {reason}", ja="取り消せません。{reason}")

PLAN = Template(en="{plan}", ja="{plan}")
CONFIRM = Template(en="Undo run {id}?", ja="実行 {id} を取り消しますか?")
NEEDS_YES = Text(
    en="nothing was undone: confirm with --yes", ja="取り消しは行っていません。実行するには --yes を付けてください"
)
STARTED = Template(
    en="run {number} undoes run {id} within a minute", ja="実行 {number} が 1 分以内に実行 {id} を取り消します"
)
ASKED = Template(
    en="Run {number} plans the undo of run {id} within a minute; the plan then waits for approval.",
    ja="1 分以内に、実行 {number} が実行 {id} の取り消しを計画します。その計画は承認待ちになります。",
)
UNDO_WITH = Template(en="[undo: hinomi handlers undo {id}]", ja="[取り消し: hinomi handlers undo {id}]")
UNDONE = Text(en="[undone]", ja="[取り消し済み]")
UNDO_OF = Template(en="(undo of run {id}, by {by})", ja="(実行 {id} の取り消し、{by} による)")
