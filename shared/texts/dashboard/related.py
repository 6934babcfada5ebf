"""The related jobs and bindings on the page of an incident."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text
from shared.texts.dashboard import access

TITLE = Template(en="Related jobs and bindings of incident #{id}", ja="インシデント #{id} に関連するジョブと権限")
LOAD = Text(en="Related jobs and bindings", ja="関連するジョブと権限")
JOBS = Text(en="Related jobs", ja="関連するジョブ")
BINDINGS = Text(en="Related bindings", ja="関連する権限付与")
BINDINGS_ON = Template(en="on {resource}", ja="対象: {resource}")
UNAVAILABLE = Text(en="The Schema DB is unavailable.", ja="Schema DB に接続できません。")
NO_JOBS = Text(
    en="No related jobs: no job in the history uses the same tables, DAG or account.",
    ja="関連するジョブはありません (同じテーブル、DAG、アカウントを使うジョブが履歴にありません)。",
)
NO_BINDINGS = Template(
    en="{accounts} had no binding on this resource or above it, at the incident or in the 7 days before.",
    ja="{accounts} には、発生時点とその前 7 日間に、このリソースと上位階層への権限付与がありません。",
)
NOTHING_KNOWN = Text(
    en="The incident names no account or no resource whose bindings are known.",
    ja="インシデントに、権限を調べられるアカウントまたはリソースの情報がありません。",
)
OWN_JOB = Text(en="the job of this incident", ja="このインシデントのジョブ")
RELATIONS: Mapping[str, Template] = {
    "group": Template(en="same DAG, {name}", ja="同じ DAG ({name})"),
    "writes_input": Template(en="writes {name}, which this job reads", ja="このジョブが読み取る {name} に書き込む"),
    "reads_output": Template(en="reads {name}, which this job writes", ja="このジョブが書き込む {name} を読み取る"),
    "writes": Template(en="writes {name}", ja="{name} に書き込む"),
    "reads": Template(en="reads {name}", ja="{name} を読み取る"),
    "account": Template(
        en="failed about the same time, same account {name}", ja="同時刻前後に失敗、同じアカウント ({name})"
    ),
}
TIMELINE = Text(en="timeline of the day", ja="その日のタイムライン")
FINISHED = Template(en="last finish {time}", ja="直近の終了 {time}")
THEN_AND_NOW = Text(en="at the incident and now", ja="発生時点・現在とも有効")
ONLY_THEN = Text(en="at the incident, not now", ja="発生時点のみ有効")
ONLY_NOW = Text(en="now, not at the incident", ja="現在のみ有効")
NEITHER = Text(en="neither at the incident nor now", ja="発生時点・現在とも無効")
GRANTED = Template(en="granted {time}", ja="{time} に付与")
GRANTED_BY = Template(en="granted {time} by {who}", ja="{time} に {who} が付与")
REMOVED = Template(en="removed {time}", ja="{time} に削除")
REMOVED_BY = Template(en="removed {time} by {who}", ja="{time} に {who} が削除")
USED = Template(en="used {ago}", ja="最終使用 {ago}")
USES: Mapping[str, Text] = {
    "used": Text(en="used", ja="使用済み"),
    "unused": Text(en="not used for 90 days", ja="90 日間未使用"),
    "unknown": Text(en="use unknown", ja="使用状況は不明"),
}
INTENTS: Mapping[str, Text] = {**access.INTENTS, "unknown": Text(en="intent unknown", ja="想定かどうかは不明")}
