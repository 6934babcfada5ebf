"""Whether a grant was used, and why that is unknown."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

USE: Mapping[str, Text] = {
    "used": Text(en="used", ja="使用済み"),
    "unused": Text(en="unused", ja="未使用"),
    "unknown": Text(en="unknown", ja="不明"),
}
CONDITION_NEVER_MET = Template(
    en="its condition has not been met since {day}", ja="{day} 以降、条件を満たしたことがありません"
)
IF_CONDITION_MET = Text(en="if its condition was met", ja="条件を満たしていた場合")
REST_UNUSED = Template(
    en="{reason}; none of its other permissions was used", ja="{reason}。ほかの権限は使用されていません"
)
GRANTED_ONLY = Template(en="it was granted only on {day}", ja="付与されたのは {day}")
CONDITION_MET_SINCE = Template(en="its condition has been met only since {day}", ja="条件を満たすのは {day} から")
DELEGATED = Text(
    en="delegated calls are logged under the first account of the chain",
    ja="委任による呼び出しは、委任元の最初のアカウント名で記録されます",
)
NAMELESS_CALLER = Text(en="a caller without a name", ja="名前のない呼び出し元")
POSSIBLE_CALL = Template(
    en="a call of {service} by {caller}, last on {day}, may have been a use",
    ja="{caller} による {service} の呼び出し (最終 {day}) がこの権限の使用である可能性があります",
)
SAME_AS_PUBLIC = Template(
    en="everybody has the same access to {resource}, and its use is not logged",
    ja="{resource} には全員が同じ権限を持ち、その使用はログに記録されません",
)
EXEMPTED = Template(
    en="{member} is exempted from Data Access logs of {level}",
    ja="{member} は {level} のデータアクセスログの対象から除外されています",
)
NO_PROJECT = Text(en="its project is unknown", ja="プロジェクトが不明")
PARTLY_BELOW = Template(
    en="{level} belonged to it for only part of the period", ja="{level} が配下にあったのは期間の一部のみ"
)
AUDIT_LOGS_UNREAD = Template(
    en="the audit logs of {level} were not read for the whole period",
    ja="{level} の監査ログに未収集の期間があります",
)
DATA_ACCESS_LOGS_UNREAD = Template(
    en="the Data Access logs of {level} were not read for the whole period",
    ja="{level} のデータアクセスログに未収集の期間があります",
)
CONFIGURATION_UNKNOWN = Template(
    en="the audit configuration of {level} is not known for the whole period",
    ja="{level} の監査設定に不明な期間があります",
)
EVERY_SERVICE = Text(en="every service", ja="すべてのサービス")
LOGS_OFF = Template(
    en="{type} logs of {service} in {level} are not known to be on for the whole period",
    ja="{level} の {service} の {type} ログが全期間有効だったとは確認できません",
)
LOGS_SWITCHED = Template(
    en="Data Access logs of {level} were switched on or off",
    ja="{level} のデータアクセスログの有効/無効が切り替えられました",
)
PARTLY_MEMBER = Template(
    en="{principal} was a member of {member} for only part of the period",
    ja="{principal} が {member} に属していたのは期間の一部のみ",
)
MEMBERS_UNKNOWN = Template(
    en="the members of {group} are not known for the whole period", ja="{group} のメンバーに不明な期間があります"
)
HOLDERS_UNKNOWN = Template(
    en="it is unknown who has {role} on {project}", ja="{project} で {role} を持つメンバーが不明"
)
CALLS_OF_EVERYBODY = Text(
    en="calls through a grant to everybody are not logged under a known name",
    ja="不特定多数による呼び出しは既知の名前で記録されません",
)
CALLS_OF = Template(
    en="calls by {member} are not logged under a known name", ja="{member} による呼び出しは既知の名前で記録されません"
)
OTHER_DOMAINS = Template(
    en="members of {domain} may have addresses of other domains",
    ja="{domain} のメンバーが別のドメインのアドレスを持つ可能性があります",
)
AGENT = Template(en="{name} is a service agent of Google", ja="{name} は Google のサービスエージェント")
PERMISSIONS_UNKNOWN = Template(
    en="the permissions of {role} are not known for the whole period", ja="{role} の権限に不明な期間があります"
)
ROLE_UNKNOWN = Template(en="the permissions of {role} are unknown", ja="{role} の権限が不明")
CHANGED_TWICE = Template(
    en="{role} was changed more than once within a day", ja="{role} が 1 日に 2 回以上変更されました"
)
NOT_LOGGED = Template(
    en="the use of {permission} is not logged ({why}: {source})",
    ja="{permission} の使用はログに記録されません ({why}: {source})",
)
NOT_DOCUMENTED = Template(
    en="it is not documented which uses of {permission} are logged",
    ja="{permission} のどの使用がログに記録されるかは文書化されていません",
)
NEVER_LOGGED = Template(
    en="it permits actions that are never logged, such as {action}",
    ja="{action}など、ログに記録されない操作を許可します",
)
ACTING_AS_ACCOUNT = Text(en="acting as a service account", ja="サービスアカウントとしての動作")
READING_IN_CLUSTER = Text(en="reading objects in a cluster", ja="クラスタ内のオブジェクトの読み取り")

# Why the use of a permission is not logged under its name.
UNLOGGED: Mapping[str, Text] = {
    "message operations": Text(en="message operations", ja="メッセージ操作"),
    "checked with another call": Text(en="checked with another call", ja="別の呼び出しと同時に確認されます"),
    "checked with another call, also from other projects": Text(
        en="checked with another call, also from other projects",
        ja="ほかのプロジェクトからの呼び出しも含め、別の呼び出しと同時に確認されます",
    ),
    "requests, not calls of the API": Text(en="requests, not calls of the API", ja="API の呼び出しではなくリクエスト"),
    "delivery of events": Text(en="delivery of events", ja="イベントの配信"),
    "logins to machines": Text(en="logins to machines", ja="VM へのログイン"),
    "logged by k8s.io under other names": Text(
        en="logged by k8s.io under other names", ja="k8s.io により別の名前で記録されます"
    ),
    "telemetry": Text(en="telemetry", ja="テレメトリ"),
    "workers": Text(en="workers", ja="ワーカー"),
    "billing accounts have logs of their own, which are not read": Text(
        en="billing accounts have logs of their own, which are not read",
        ja="請求先アカウント自体のログは収集していません",
    ),
}

# The kinds of reasons, for the counts of a summary.
KINDS: Mapping[str, Text] = {
    "nameless": Text(
        en="audit logs do not record the member (everybody, a domain, a set of identities, a deleted member)",
        ja="監査ログにメンバーの名前が記録されません (全員、ドメイン、ID の集合、削除済みのメンバー)",
    ),
    "agent": Text(
        en="the member is a service agent of Google, whose own work is not logged",
        ja="メンバーが Google のサービスエージェントであり、その動作は記録されません",
    ),
    "unlogged": Text(
        en="the role has a permission whose use is never logged", ja="使用が記録されない権限がロールに含まれます"
    ),
    "role": Text(
        en="the permissions of the role are not known for the whole period",
        ja="ロールの権限に不明な期間があります",
    ),
    "new": Text(en="the member has not had the grant for the whole period", ja="付与されていたのが期間の一部のみ"),
    "group": Text(
        en="the members of a group are not known for the whole period",
        ja="グループのメンバーに不明な期間があります",
    ),
    "perhaps": Text(
        en="a call was logged that may have been a use", ja="権限の使用である可能性のある呼び出しが記録されています"
    ),
    "public": Text(
        en="everybody has the same access there, and calls to public resources are not logged",
        ja="全員が同じ権限を持ち、公開リソースの呼び出しは記録されません",
    ),
    "place": Text(
        en="the projects that the grant reaches are not known for the whole period",
        ja="権限付与が及ぶプロジェクトに不明な期間があります",
    ),
    "unread": Text(en="the audit logs were not read for the whole period", ja="監査ログに未収集の期間があります"),
    "settings": Text(
        en="the audit configuration was not read for the whole period", ja="監査設定に未収集の期間があります"
    ),
    "off": Text(
        en="Data Access logs are not known to be on for the whole period",
        ja="データアクセスログが全期間有効だったとは確認できません",
    ),
    "exempted": Text(
        en="the member, or somebody in it, is exempted from Data Access logs",
        ja="メンバー、またはその中の誰かがデータアクセスログの対象から除外されています",
    ),
}

# Limits of every report on unused grants.
LIMITS = (
    Text(
        en="a use is a call in the audit logs that the role permits; where several grants permit it, "
        "all of them count as used",
        ja="使用とは、ロールが許可する、監査ログに記録された呼び出しです。複数の権限付与が許可する場合は、すべて使用済みとします",
    ),
    Text(
        en="conditions are evaluated as far as they are about time; a call that a condition may have allowed "
        "counts as a use",
        ja="条件は時刻に関するものだけを評価します。条件が許可した可能性のある呼び出しは使用とします",
    ),
    Text(
        en="calls of the last 26 hours count as uses, but their absence proves nothing: "
        "logs and groups are read with a delay",
        ja="直近 26 時間の呼び出しも使用としますが、ログとグループの収集には遅れがあるため、呼び出しがなくても未使用とは判断しません",
    ),
    Text(
        en="entries that a filter or an exclusion of a log sink drops, or that are more than an hour late, are missed",
        ja="ログシンクのフィルタや除外で落ちたエントリ、1 時間を超えて遅れたエントリは検出できません",
    ),
    Text(
        en="a membership that lasts less than the day between two snapshots of a group is not detected",
        ja="グループの 2 回の収集の間 (1 日未満) だけのメンバーは検出できません",
    ),
    Text(
        en="deny policies, principal access boundaries, and access control lists of single objects are not read",
        ja="拒否ポリシー、プリンシパルアクセス境界、オブジェクト単位の ACL は収集しません",
    ),
)
