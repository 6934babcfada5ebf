"""Circuit breakers of handler rules: their incident, and `hinomi handlers close-breaker`."""

from __future__ import annotations

from shared.texts import Template, Text

STOPPED_TITLE = Text(en="A remediation does not help", ja="自動修復の効果なし")
STOPPED = Template(
    en="Handler rule {rule} is stopped until {until}, then one run tries again: {reason}",
    ja="ハンドラールール {rule} を {until} まで停止 (その後 1 回だけ再試行): {reason}",
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
