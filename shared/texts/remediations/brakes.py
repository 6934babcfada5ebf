"""The limits of handler rules in words; circuit breakers: their incident, and `hinomi handlers close-breaker`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

STOPPED_TITLE = Text(en="A remediation is stopped", ja="自動修復の停止")
STOPPED = Template(
    en="Handler rule {rule} does not run until {until}, then once as a trial: {reason}",
    ja="ハンドラールール {rule} は {until} まで実行しません (その後 1 回だけ試行): {reason}",
)
WORKS_AGAIN = Template(
    en="a run of {rule} helped, so the rule runs again", ja="{rule} の実行に効果があったため、ルールを再開"
)
CLOSED_BY = Template(
    en="{by} closed the circuit breaker of {rule}", ja="{by} が {rule} のサーキットブレーカーを閉じ、ルールを再開"
)

CLOSED = Template(
    en="closed the circuit breaker of {rule}: it runs again",
    ja="{rule} のサーキットブレーカーを閉じました。ルールを再開します",
)
NOT_OPEN = Template(
    en="the circuit breaker of {rule} is not open: `hinomi handlers list` shows the open ones",
    ja="{rule} のサーキットブレーカーは開いていません。`hinomi handlers list` で確認できます",
)
BREAKER = Text(en="stopped", ja="停止中")
STOPPED_UNTIL = Template(
    en="circuit breaker open until {until}: {reason}", ja="{until} までサーキットブレーカーが開いた状態: {reason}"
)

COOLDOWN = Template(en="at most once every {duration}", ja="{duration}に 1 回まで")
BUDGET = Template(en="{count} an hour", ja="1 時間に {count} 回まで")
PRINCIPAL_BUDGET = Template(en="{count} an hour for one principal", ja="同じプリンシパルに対し 1 時間に {count} 回まで")
TOTAL_BUDGET = Template(en="{count} an hour for all remediations", ja="自動修復全体で 1 時間に {count} 回まで")
DELAY = Template(en="{duration} after the event", ja="発生から {duration}後")
NEVER = Template(en="never {patterns}", ja="対象外: {patterns}")
NO_TOTAL_BUDGET = Text(en="no limit for all remediations together", ja="自動修復全体の上限なし")
BREAKS = Plural(
    one="stopped for {duration} after {count} failure",
    many="stopped for {duration} after {count} failures",
    ja="{count} 回連続で失敗すると {duration}停止",
)
NO_BREAKER = Text(en="no circuit breaker", ja="サーキットブレーカーなし")
