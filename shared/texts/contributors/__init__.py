"""Who contributed most to the load of an incident."""

from __future__ import annotations

from shared.texts import Template, Text

TITLE = Text(en="Top contributors", ja="主な要因")
SHARE = Template(en="{name} {share} %", ja="{name} {share} %")
LINE = Template(en="Top contributors: {shares}", ja="主な要因: {shares}")
OF_KIND = Template(en="{name} {share} % ({kind})", ja="{name} {share} % ({kind})")
ONE = {
    "user": Text(en="user", ja="ユーザー"),
    "job": Text(en="job", ja="ジョブ"),
    "table": Text(en="table", ja="テーブル"),
    "dag": Text(en="DAG", ja="DAG"),
    "resource": Text(en="resource", ja="リソース"),
}
KINDS = {
    "user": Text(en="Users", ja="ユーザー"),
    "job": Text(en="Jobs", ja="ジョブ"),
    "table": Text(en="Tables", ja="テーブル"),
    "dag": Text(en="DAGs", ja="ワークフロー (DAG)"),
    "resource": Text(en="Resources", ja="リソース"),
}
