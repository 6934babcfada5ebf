"""Changes that came before an incident, and the evidence for each."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

LINE = Template(en="{change} ({evidence})", ja="{change} ({evidence})")
CHANGE = Template(en="{kind}: {what}", ja="{kind}: {what}")
CHANGE_BY = Template(en="{kind}: {what} by {who}", ja="{kind}: {what}、実行者 {who}")
AND = Text(en="; ", ja="、")

DEPLOYMENT = Text(en="deployment", ja="デプロイ・設定変更")
GRANT = Text(en="grant", ja="権限変更")
SCHEMA = Text(en="schema", ja="スキーマ変更")
FAILED_JOB = Text(en="failed job", ja="ジョブ失敗")
SLOW_JOB = Text(en="slow job", ja="ジョブ遅延")

GRANTED = Template(en="{role} granted to {member} on {resource}", ja="{resource} で {member} に {role} を付与")
HELD = Template(
    en="{member} has had {role} on {resource} since {day}", ja="{resource} で {member} は {day} から {role} を保有"
)
REVOKED = Template(en="{role} revoked from {member} on {resource}", ja="{resource} で {member} の {role} を取り消し")
DEPLOYED = Template(en="{method} on {resource}", ja="{resource} に対する {method}")
COLUMNS_CHANGED = Template(en="columns of {resource} changed", ja="{resource} の列構成を変更")
JOB_FAILED = Template(
    en="{job_name} failed in {failed} of {runs} runs: {error}", ja="{job_name} が {runs} 回中 {failed} 回失敗: {error}"
)
JOB_FAILED_WITHOUT_ERROR = Template(
    en="{job_name} failed in {failed} of {runs} runs: no reason given",
    ja="{job_name} が {runs} 回中 {failed} 回失敗 (理由の記録なし)",
)
JOB_SLOW = Template(
    en="{job_name} took {seconds} s instead of {past} s", ja="{job_name} の所要時間が {seconds} 秒 (通常は {past} 秒)"
)

MINUTES_BEFORE = Template(en="{count} min before", ja="{count} 分前")
HOURS_BEFORE = Template(en="{count} h before", ja="{count} 時間前")
SAME_RESOURCE = Text(en="same resource", ja="同じリソース")
SAME_NAME = Template(en="same name: {resource}", ja="名前が一致: {resource}")
SAME_JOB_NAME = Template(en="same name: {job_name}", ja="名前が一致: {job_name}")
SAME_PRINCIPAL = Template(en="same principal: {principal}", ja="同じ実行者: {principal}")
SAME_MEMBER = Template(en="concerns {member}", ja="{member} に関する変更")
AUDIT_LOG = Text(en="audit log", ja="監査ログで確認")
FIRST_SEEN = Text(en="first seen by a snapshot", ja="スナップショットで初めて確認")
NO_LONGER_SEEN = Text(en="no longer seen by a snapshot", ja="スナップショットで消失を確認")
CALLS = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 回")
BETWEEN_DAYS = Template(en="between the snapshots of {before} and {day}", ja="{before} と {day} のスナップショットの間")
RUNS = Plural(
    one="{count} run compared with {past} in {days} days",
    many="{count} runs compared with {past} in {days} days",
    ja="直近 {count} 回の実行を過去 {days} 日間の {past} 回と比較",
)
