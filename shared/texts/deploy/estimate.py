"""The cost estimate of an installation."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

PUBSUB = Text(en="Pub/Sub", ja="Pub/Sub")
PUBSUB_WHY = Template(en="{gib} GiB through the sinks, in and out", ja="シンクを通る {gib} GiB の送受信")
SCHEDULER = Text(en="Cloud Scheduler", ja="Cloud Scheduler")
JOBS = Plural(one="{count} job", many="{count} jobs", ja="ジョブ {count} 件")
SECRETS = Text(en="Secret Manager", ja="Secret Manager")
SECRETS_WHY = Plural(one="{count} secret", many="{count} secrets", ja="シークレット {count} 件")
ALERTS = Text(en="Alert policies", ja="アラートポリシー")
ALERTS_WHY = Text(
    en="alerts about Hinomi itself; free until September 2027", ja="Hinomi 自身のアラート (2027 年 9 月まで無料)"
)
MONITORING = Text(en="Cloud Monitoring", ja="Cloud Monitoring")
MONITORING_WHY = Template(
    en="{series} time series every {minutes} minutes", ja="{minutes} 分ごとに {series} 本の時系列を読み取り"
)
FUNCTIONS = Text(en="Functions", ja="関数")
FUNCTIONS_WHY = Template(
    en="{entries} entries, ticks and snapshots; no free tier counted",
    ja="エントリ {entries} 件、ティック、スナップショット (無料枠を除く)",
)
DATABASE = Text(en="Cloud SQL", ja="Cloud SQL")
DATABASE_WHY = Template(en="{tier}, {gib} GB and backups", ja="{tier}、{gib} GB、バックアップ")
