"""Approval of action runs: `hinomi approvals`, and why a run cannot be approved."""

from __future__ import annotations

from shared.texts import Template, Text

NOTHING_WAITS = Template(
    en="run {id} is not waiting for approval: `hinomi approvals list` lists the runs that are",
    ja="実行 {id} は承認待ちではありません。承認待ちの実行は `hinomi approvals list` で確認できます",
)
NOT_ALLOWED = Template(
    en="{by} may not decide on this run: {approvers} may",
    ja="{by} にはこの実行を承認または却下する権限がありません ({approvers} のみ可能)",
)
NAME_YOURSELF = Template(en="{refusal}; name yourself with --by", ja="{refusal}。--by で本人を指定してください")
RULE_DISABLED = Template(
    en="not approved: the handler rule '{rule}' was disabled or removed",
    ja="承認できません。ハンドラールール '{rule}' は無効化または削除されています",
)
INCIDENT_RESOLVED = Template(
    en="not approved: incident {id} is resolved", ja="承認できません。インシデント {id} は復旧済みです"
)
BRAKED = Template(en="not approved: {reason}", ja="承認できません。{reason}")
DENIED_BY = Template(en="denied by {by}", ja="{by} が却下")
DENIED_BECAUSE = Template(en="denied by {by}: {reason}", ja="{by} が却下: {reason}")

APPROVED = Template(
    en="approved run {id}: {rule} starts on {target} within a minute",
    ja="実行 {id} を承認しました。{rule} は {target} に対して 1 分以内に開始されます",
)
DENIED = Template(en="denied run {id} of {rule}", ja="{rule} の実行 {id} を却下しました")
NOTHING_TO_APPROVE = Text(en="No actions are waiting for approval.", ja="承認待ちのアクションはありません。")
HEADLINE = Template(
    en="{id}  {rule} on {target} (incident {incident})", ja="{id}  {target} に対する {rule} (インシデント {incident})"
)
UNTIL = Template(en="denied automatically at {until} ({left} left)", ja="{until} に自動的に却下 (残り {left})")
ANYBODY = Text(en="anybody", ja="誰でも可")
MAY_APPROVE = Text(en="may approve", ja="承認者")
PLAN = Text(en="plan", ja="実行内容")
CALLS = Text(en="calls", ja="呼び出し")
LIMIT = Text(en="limit", ja="期限")
DECIDE = Text(en="decide", ja="操作")
