"""Texts of the pages about access."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Access", ja="アクセス権")
HOME = Text(en="Who can do what?", ja="誰が何をできるか")
HOME_SUB = Text(
    en="Enter a resource or a principal. You can choose any time since the first snapshot.",
    ja="リソースまたはプリンシパルを入力してください。最初のスナップショット以降の任意の時点を調べられます。",
)
FIND = Text(
    en="Resource or principal, such as gs://bucket, project.dataset, name@example.com",
    ja="リソースまたはプリンシパル (例: gs://bucket、project.dataset、name@example.com)",
)
SEARCH = Text(en="Find", ja="検索")
RESOURCES = Text(en="Resources", ja="リソース")
PRINCIPALS = Text(en="Principals", ja="プリンシパル")
OWN_GRANTS = Text(en="Grants on it", ja="直接の権限付与")
FIRST_ROWS = Template(en="the first {count}", ja="先頭の {count} 件")
NOTHING_FOUND = Text(en="No matching resource or principal.", ja="該当するリソースまたはプリンシパルはありません。")
LOOKED_AT = Template(
    en="Looked at: names of resources and members of grants that contain “{text}”.",
    ja="検索対象: 「{text}」を含むリソース名と付与先のメンバー名。",
)
REPORTS = Text(en="Reports", ja="レポート")
NO_POLICIES = Text(en="No policies have been read yet", ja="ポリシーがまだ収集されていません")

MAY = Text(en="Who may", ja="権限")
ON = Text(en="on", ja="リソース")
AT = Text(en="at", ja="時点")
COMPARED_WITH = Text(en="compared with", ja="比較する時点")
WHAT_MAY = Text(en="What may", ja="プリンシパル")
DO_AT = Text(en="do at", ja="時点")
SHOW = Text(en="Show", ja="表示")
NOW_LINK = Text(en="Now", ja="現在")
EXPORT = Text(en="Export CSV", ja="CSV 出力")
ONLY_DIFFERENCES = Template(en="Only differences ({count})", ja="差分のみ ({count})")
EVERYBODY = Text(en="All", ja="すべて表示")
CHANGES_OF_ACCESS = Text(en="Changes of access over time", ja="アクセス権の変更履歴")
CHOSEN_TIME = Text(en="Date", ja="日時")

LEVELS: Mapping[str, Text] = {
    "read": Text(en="read", ja="読み取り"),
    "write": Text(en="change", ja="変更"),
    "admin": Text(en="administer", ja="管理"),
}
CAN: Mapping[str, Text] = {
    "read": Text(en="can read", ja="読み取れる"),
    "write": Text(en="can change", ja="変更できる"),
    "admin": Text(en="can administer", ja="管理できる"),
}
COULD: Mapping[str, Text] = {
    "read": Text(en="could read", ja="読み取れる"),
    "write": Text(en="could change", ja="変更できる"),
    "admin": Text(en="could administer", ja="管理できる"),
}
NOW_COUNT = Plural(
    one="{count} principal {can} {resource}.",
    many="{count} principals {can} {resource}.",
    ja="{resource} を{can}プリンシパルは {count} 件です。",
)
PAST_COUNT = Plural(
    one="{count} principal {can} {resource} at {time}.",
    many="{count} principals {can} {resource} at {time}.",
    ja="{time} 時点で {resource} を{can}プリンシパルは {count} 件でした。",
)
NOBODY = Template(en="Nobody {can} {resource}.", ja="{resource} を{can}プリンシパルはありません。")
UNINTENDED = Plural(
    one="{count} of them is not intended.",
    many="{count} of them are not intended.",
    ja="うち {count} 件は想定外です。",
)
ALL_INTENDED = Text(en="All of them are intended.", ja="すべて想定内です。")
NO_MAP = Text(
    en="Without a platform map (HINOMI_PLATFORM_FILE), it is unknown which access is intended.",
    ja="プラットフォームマップ (HINOMI_PLATFORM_FILE) が未設定のため、想定内かどうかは判定できません。",
)
MAP_INVALID = Template(
    en="The platform map could not be read: {reason}", ja="プラットフォームマップを読み込めません: {reason}"
)

WHO_AND_HOW = Text(en="Who, and how", ja="プリンシパルと権限付与の経路")
SHOWN = Template(en="{first}–{last} of {count}.", ja="{count} 件中 {first} ～ {last} 件目。")
NEXT_PAGE = Text(en="Next page", ja="次のページ")
PREVIOUS_PAGE = Text(en="Previous page", ja="前のページ")
READ_AGO = Template(en="policies read {ago}", ja="ポリシーの収集: {ago}")
HISTORY_SINCE = Template(en="history since {day}", ja="履歴: {day} から")
PRINCIPAL = Text(en="Principal", ja="プリンシパル")
LEVEL = Text(en="Access", ja="権限")
THROUGH = Text(en="Through", ja="経路")
GRANTED = Text(en="Granted", ja="付与日時")
LAST_USED = Plural(one="Last used ({count} day)", many="Last used ({count} days)", ja="最終使用 ({count} 日間)")
INTENDED = Text(en="Intended?", ja="想定")
ROLE_ON_THIS = Template(en="{role} on this resource", ja="このリソースの {role}")
ROLE_ON = Template(en="{role} on {resource}", ja="{resource} の {role}")
THROUGH_GROUPS = Template(en="through {groups}", ja="{groups} 経由")
MORE_WAYS = Plural(one="and {count} more grant", many="and {count} more grants", ja="ほか {count} 件の権限付与")
CONDITIONAL = Template(en="only if {condition}", ja="条件: {condition}")
BEFORE = Template(en="before {time}", ja="{time} 以前")
NOT_USED = Text(en="not used", ja="未使用")
USED = Text(en="used", ja="使用済み")
UNKNOWN_USE = Text(en="unknown", ja="不明")
REMOVED = Text(en="removed", ja="削除済み")
ADDED = Text(en="added", ja="追加")
CHANGED = Text(en="other grants", ja="権限付与の変更")
REMOVED_BY = Template(en="removed by {who}", ja="{who} が削除")
INTENTS: Mapping[str, Text] = {
    "intended": Text(en="intended", ja="想定内"),
    "unintended": Text(en="not intended", ja="想定外"),
    "baseline": Text(en="standard grant", ja="標準の権限付与"),
    "unknown": Text(en="unknown", ja="不明"),
}
KINDS: Mapping[str, Text] = {
    "user": Text(en="person", ja="ユーザー"),
    "group": Text(en="group", ja="グループ"),
    "serviceAccount": Text(en="account", ja="サービスアカウント"),
    "domain": Text(en="domain", ja="ドメイン"),
    "": Text(en="everybody", ja="全員"),
}
LEGEND: Mapping[str, Text] = {
    "ok-used": Text(en="intended, used", ja="想定内、使用済み"),
    "ok-unused": Text(en="intended, unused", ja="想定内、未使用"),
    "bad-used": Text(en="not intended, used", ja="想定外、使用済み"),
    "bad-unused": Text(en="not intended, no known use", ja="想定外、使用は未確認"),
    "unknown": Text(en="unknown", ja="不明"),
    "gone": Text(en="removed", ja="削除済み"),
}
WHY_UNKNOWN = Text(en="Why use is unknown", ja="使用状況が不明な理由")
LIMITS = Text(en="Limits of this answer", ja="この回答の範囲")
MORE_NOTES = Plural(one="and {count} more", many="and {count} more", ja="ほか {count} 件")
SIMILAR = Text(en="Similar names", ja="似た名前")
NOBODY_FOUND = Text(en="No principal has this access.", ja="このアクセス権を持つプリンシパルはありません。")
LOOKED_AT_CHAIN = Template(en="Looked at: {levels}.", ja="検索対象: {levels}。")

NEXT = Text(en="Revoke", ja="取り消し")
REVOKE_WHY = Template(
    en="{member} has had {role} on {resource} since {time}: {why}.",
    ja="{member} は {time} から {resource} に {role} を持っています: {why}。",
)
REVOKE_LEAD = Text(
    en="The command removes this grant only. Hinomi does not run it.",
    ja="このコマンドは該当の権限付与だけを削除します。Hinomi は実行しません。",
)
NO_COMMAND = Text(
    en="No single command revokes this grant.", ja="この権限付与を 1 つのコマンドで取り消すことはできません。"
)
OPEN_PRINCIPAL = Template(en="Other access of {member}", ja="{member} のほかの権限")

CALLS = Text(en="Who did what here", ja="このリソースの操作")
CALLS_IN = Plural(one="last {count} day", many="last {count} days", ja="過去 {count} 日間")
CALL_COUNT = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 回")
DENIED_COUNT = Plural(one="{count} denied", many="{count} denied", ja="拒否 {count} 回")
NO_CALLS = Text(en="No calls in the audit logs.", ja="監査ログに呼び出しはありません。")
NO_CALLS_LOOKED = Plural(
    one="Looked at: audit logs of the last {count} day that were collected. Reads are logged only where Data Access logs are on.",
    many="Looked at: audit logs of the last {count} days that were collected. Reads are logged only where Data Access logs are on.",
    ja="検索対象: 収集済みの過去 {count} 日間の監査ログ。読み取りはデータアクセスログが有効な場合にのみ記録されます。",
)
WHEN = Template(en="When ({zone})", ja="日時 ({zone})")
METHOD = Text(en="Method", ja="メソッド")
CALLED_ON = Text(en="On", ja="対象")
HOW_OFTEN = Text(en="Calls", ja="回数")
FROM_NETWORKS = Text(en="From", ja="接続元")

PRINCIPAL_NOW = Template(
    en="{who} can change {count} of the {total} resources that it has access to.",
    ja="{who} は、アクセスできるリソース {total} 件のうち {count} 件を変更できます。",
)
PRINCIPAL_READS = Plural(
    one="{who} can read {count} resource, and change none.",
    many="{who} can read {count} resources, and change none.",
    ja="{who} は、リソース {count} 件を読み取れます。変更はできません。",
)
PRINCIPAL_NOTHING = Template(en="{who} has no access to data.", ja="{who} はデータへのアクセス権を持っていません。")
PRINCIPAL_UNINTENDED = Plural(
    one="{count} of them is not intended.",
    many="{count} of them are not intended.",
    ja="うち {count} 件は想定外です。",
)
NONE_MEANT = Text(en="None of this access is intended.", ja="すべて想定外です。")
ALL_MEANT = Text(en="All of this access is intended.", ja="すべて想定内です。")
BY_LAYER = Text(en="By layer and resource", ja="層とリソース")
ALIKE = Plural(
    one="{count} resource with data",
    many="{count} resources with data; resources with the same access share a row",
    ja="データを持つリソース {count} 件 (同じ権限は 1 行)",
)
AND_MORE = Plural(one="and {count} more", many="and {count} more", ja="ほか {count} 件")
NO_LAYER = Text(en="In no layer of the map", ja="マップの層に属さないリソース")
USE_OF_GRANT = Text(
    en="Use: of the grants behind each cell, in the period of the page.",
    ja="使用状況は、各欄の権限の元となる権限付与のものです。",
)
GRANTS = Text(en="Grants, and the effect of revoking them", ja="権限付与と、取り消しの影響")
LOSES_NOTHING = Text(
    en="no effect: other grants give the same access", ja="影響なし: ほかの権限付与で同じ権限があります"
)
LOSES_NO_DATA = Text(en="gives no access to data", ja="データへの権限はありません")
LOSES_UNUSED = Plural(
    one="ends access to {count} resource, which was not used",
    many="ends access to {count} resources, which were not used",
    ja="リソース {count} 件の権限を失います (使用実績なし)",
)
LOSES_USED = Plural(
    one="ends access to {count} resource; the grant was used {ago}",
    many="ends access to {count} resources; the grant was used {ago}",
    ja="リソース {count} 件の権限を失います (最終使用: {ago})",
)
LOSES_UNKNOWN = Plural(
    one="ends access to {count} resource; its use is unknown",
    many="ends access to {count} resources; their use is unknown",
    ja="リソース {count} 件の権限を失います (使用状況は不明)",
)
FOR_ALL_OF = Template(en="for every member of {member}", ja="{member} の全メンバーに影響します")
DID = Text(en="Recent calls", ja="最近の操作")
CHANGES = Text(en="Granted and removed", ja="権限の付与と削除の履歴")
NO_CHANGES = Text(en="No grants were added or removed.", ja="追加または削除された権限付与はありません。")
SINCE_DAY = Template(en="since {day}", ja="{day} 以降")
NO_GRANTS = Text(en="No grant includes this principal.", ja="このプリンシパルを含む権限付与はありません。")
LOOKED_AT_GRANTS = Text(
    en="Searched: the principal's own grants, and grants to its groups, to its domain and to everybody.",
    ja="検索対象: 直接の権限付与、グループとドメインの権限付与、全員への権限付与。",
)

MATRIX_TITLE = Text(en="Matrix of principals and resources", ja="プリンシパルとリソースの一覧表")
ONLY_WHO = Template(en="Only the grants of {who} are shown.", ja="{who} への権限付与のみを表示しています。")
UNUSED_TITLE = Text(en="Unused grants", ja="未使用の権限付与")
UNUSED_VERDICT = Plural(
    one="{count} grant was not used for {days} days.",
    many="{count} grants were not used for {days} days.",
    ja="{days} 日間使用されていない権限付与は {count} 件です。",
)
NONE_UNUSED = Template(
    en="No grant is known to be unused for {days} days.",
    ja="{days} 日間使用されていないと確認できた権限付与はありません。",
)
UNUSED_ABOUT = Text(
    en="Each with the command that revokes it. Without complete audit logs the use of a grant is unknown, not unused.",
    ja="権限付与ごとに取り消しコマンドを表示します。監査ログが揃っていない場合、使用状況は「未使用」ではなく「不明」です。",
)
COUNTS = Template(
    en="{used} used, {unused} unused, {unknown} unknown.",
    ja="使用済み {used} 件、未使用 {unused} 件、不明 {unknown} 件。",
)
FIRST_GRANTS = Template(
    en="Only the first {count} grants by member were assessed: `hinomi access unused` assesses all of them.",
    ja="メンバー順で先頭の {count} 件だけを判定しました。`hinomi access unused` はすべての権限付与を判定します。",
)
FIRST_OF_PRINCIPAL = Template(
    en="Only the first {count} grants by resource were read; “Export CSV” has all of them.",
    ja="リソース名順で先頭の {count} 件の権限付与だけを読み込みました。すべての権限付与は「CSV 出力」で確認できます。",
)
SEVERITY = Text(en="Severity", ja="重大度")
COMMAND = Text(en="Command", ja="コマンド")
ROLE = Text(en="Role", ja="ロール")
RESOURCE = Text(en="Resource", ja="リソース")
WHY = Text(en="Why", ja="理由")
DRIFT_TITLE = Text(en="Drift from the platform map", ja="プラットフォームマップとの差分")
DRIFT_VERDICT = Plural(
    one="{count} grant is not intended.",
    many="{count} grants are not intended.",
    ja="想定外の権限付与は {count} 件です。",
)
DRIFT_MISSING = Plural(
    one="{count} member lacks access that the map expects.",
    many="{count} members lack access that the map expects.",
    ja="必要なアクセス権が不足しているメンバーは {count} 件です。",
)
AS_INTENDED = Text(en="Access matches the platform map.", ja="アクセス権はプラットフォームマップのとおりです。")
DRIFT_UNKNOWN = Text(en="Access at this time is unknown.", ja="この時点のアクセス権は不明です。")
DRIFT_NO_MAP = Text(
    en="No platform map is set. Set HINOMI_PLATFORM_FILE: `hinomi platform init` drafts a map from the current access.",
    ja="プラットフォームマップが未設定です。HINOMI_PLATFORM_FILE を設定してください。`hinomi platform init` で現在のアクセス権から下書きを作成できます。",
)
UNINTENDED_GRANTS = Text(en="Unintended grants", ja="想定外の権限付与")
LACKING = Text(en="Missing access", ja="不足しているアクセス権")
PERSONA = Text(en="Persona", ja="ペルソナ")
OF_LAYER = Template(en="{count} of {total} resources in {layer}", ja="{layer} 層 {total} 件中 {count} 件")
NOT_CERTAIN = Template(en="not certain: {reason}", ja="未確定: {reason}")
SHOWN_OF = Template(en="{shown} of {total} shown: the most severe", ja="{total} 件中、重大度の高い {shown} 件を表示")
COUNT_INTENDED = Plural(
    one="{count} grant is explained by a persona.",
    many="{count} grants are explained by a persona.",
    ja="ペルソナに該当する権限付与は {count} 件です。",
)
EVENT_GRANTED = Template(en="{member} got {role} on {resource}", ja="{member} に {resource} の {role} を付与")
EVENT_REMOVED = Template(en="{member} lost {role} on {resource}", ja="{member} から {resource} の {role} を削除")
