"""The reasons why unintended grants matter, and why others are only counted."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

COMMA = Text(en=", ", ja="。")
AND = Text(en=" and ", ja="、")

# The access that a grant gives: for members of a kind, and for others.
MAY = Template(en="{who} may {do}", ja="{who}が{do}")
MAY_ALONE = Template(en="may {do}", ja="{do}")
ANYBODY = Text(en="anybody on the internet", ja="インターネット上の全員")
ANYBODY_SIGNED_IN = Text(en="anybody with a Google account", ja="Google アカウントを持つ全員")
DEFAULT_ACCOUNT = Text(
    en="every workload with the default account", ja="デフォルトアカウントを使うすべてのワークロード"
)
AGENT = Text(en="a service agent of Google", ja="Google のサービスエージェント")
FOREIGN_AGENT = Text(
    en="a service agent of a project that is not monitored", ja="監視対象外のプロジェクトのサービスエージェント"
)

READ = Template(en="read data in {layers}", ja="{layers} のデータを読み取れます")
WRITE = Template(en="change data in {layers}", ja="{layers} のデータを変更できます")
ADMIN = Template(
    en="administer everything in {layers} and grant access to others",
    ja="{layers} のすべてを管理し、ほかのメンバーに権限を付与できます",
)
ADMIN_OF_RESOURCE = Text(
    en="administer it and grant access to others", ja="リソースを管理し、ほかのメンバーに権限を付与できます"
)
LIST_ONLY = Text(en="list resources, but not read data", ja="リソースを一覧表示できます (データは読み取れません)")
ANYTHING = Text(
    en="do anything: the permissions of the role are unknown",
    ja="ロールの権限が不明なため、何でもできる可能性があります",
)
RESOURCE = Text(en="it", ja="リソース")

MORE_THAN = Template(en="more than persona {personas} allows", ja="ペルソナ {personas} の範囲を超えています")
UNDER_CONDITION = Text(
    en="under a condition that cannot be evaluated here", ja="ここでは評価できない条件が付いています"
)

# Why a grant that no persona explains is only counted.
BASELINE: Mapping[str, Text] = {
    "AGENT": Text(en="of Google's own service agents", ja="Google のサービスエージェントへの権限付与"),
    "DEFAULT": Text(
        en="that buckets and datasets have by default, to members with a basic role on the project",
        ja="バケットとデータセットの既定の権限付与 (プロジェクトの基本ロールを持つメンバー)",
    ),
    "HINOMI": Text(en="of Hinomi's own accounts", ja="Hinomi のアカウントへの権限付与"),
    "NOT_IN_EFFECT": Text(en="whose condition is not met at that time", ja="その時点で条件を満たさない権限付与"),
    "NO_DATA": Text(
        en="on projects, folders and the organization that give no access to data of the layers",
        ja="層のデータに及ばない、プロジェクト、フォルダ、組織での権限付与",
    ),
}
