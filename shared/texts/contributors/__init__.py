"""Who contributed most to the load of an incident."""

from __future__ import annotations

from shared.texts import Template, Text

TITLE = Text(en="Top contributors", ja="主な要因")
SHARE = Template(en="{name} {share} %", ja="{name} {share} %")
KINDS = {
    "user": Text(en="Users", ja="ユーザー"),
    "job": Text(en="Jobs", ja="ジョブ"),
    "table": Text(en="Tables", ja="テーブル"),
    "dag": Text(en="DAGs", ja="ワークフロー (DAG)"),
    "resource": Text(en="Resources", ja="リソース"),
}
