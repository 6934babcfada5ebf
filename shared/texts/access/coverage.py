"""The limits of an answer about access."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

DENIED = Text(
    en="deny policies and principal access boundaries are not read: they may block some of this access",
    ja="拒否ポリシーとプリンシパルアクセス境界は対象外です。実際には使えないアクセス権が含まれる可能性があります",
)
NO_POLICIES = Text(
    en="no policies have been read yet: run `hinomi snapshot run iam.bindings`",
    ja="ポリシーがまだ収集されていません。`hinomi snapshot run iam.bindings` を実行してください",
)
NEVER_SEEN = Template(
    en="no snapshot has seen {name}: it may not exist, or it has no grants of its own",
    ja="{name} はスナップショットに記録がありません。存在しないか、直接の権限付与がない可能性があります",
)
MISSING_SINCE = Template(
    en="{name} has not been seen since {time}: it may have been deleted",
    ja="{name} は {time} 以降記録がありません。削除された可能性があります",
)
NO_PROJECT = Template(
    en="the project of {name} is unknown, so grants on the project and above are not included",
    ja="{name} のプロジェクトが不明なため、プロジェクト以上の階層の権限付与は含まれません",
)
NOT_READ = Template(
    en="no snapshot has read the policies of {scope}", ja="{scope} のポリシーはスナップショットに記録がありません"
)
NOT_READ_FAILING = Template(
    en="no snapshot has read the policies of {scope}: the snapshots of {failing} have been failing since {since}",
    ja="{scope} のポリシーはスナップショットに記録がありません。{failing} のスナップショットは {since} から失敗しています",
)
FAILING = Template(
    en="{scope} was last read completely on {time}: its snapshots have been failing since {since}",
    ja="{scope} を最後に完全に収集したのは {time} です。スナップショットは {since} から失敗しています",
)
SINCE_WITH_ERROR = Template(en="{time} ({error})", ja="{time} ({error})")
STALE = Template(
    en="{scope} was last read completely on {time}: later changes are unknown",
    ja="{scope} を最後に完全に収集したのは {time} です。以降の変更は不明です",
)
PAUSE = Template(
    en="no snapshot of {scope} was taken between {start} and {end}",
    ja="{start} から {end} まで、{scope} のスナップショットがありません",
)
BEGINNING = Template(
    en="the history of {scope} begins on {time}: earlier grants are unknown",
    ja="{scope} の履歴は {time} からです。それ以前の権限付与は不明です",
)
ABOVE_SCOPE = Template(
    en="grants on {levels} are unknown: levels above HINOMI_SCOPE are not read",
    ja="{levels} での権限付与は不明です (HINOMI_SCOPE より上の階層は収集しません)",
)
UNKNOWN_GROUP = Template(en="the members of {group} are unknown", ja="{group} のメンバーは不明です")
NEVER_MENTIONED = Template(
    en="{member} was never seen in a binding, a group or a log",
    ja="{member} は、バインディング、グループ、ログのいずれにも記録がありません",
)
NEVER_MENTIONED_AS = Template(
    en="{name} was never seen in a binding, a group or a log, neither as {kinds}",
    ja="{name} は、バインディング、グループ、ログのいずれにも記録がありません (種類: {kinds})",
)
NOR = Text(en=" nor as ", ja="、")

# Drift.
IN_NO_LAYER = Plural(
    one="{count} dataset, bucket or topic is in no layer and was not compared",
    many="{count} datasets, buckets and topics are in no layer and were not compared",
    ja="データセット、バケット、トピックのうち {count} 件は、どの層にも属さないため比較していません",
)
UNSEEN = Plural(
    one="cannot tell which access is missing on {count} resource: no snapshot had recorded it by then",
    many="cannot tell which access is missing on {count} resources: no snapshot had recorded them by then",
    ja="{count} 件のリソースは、その時点でスナップショットに記録がないため、不足しているアクセス権が不明です",
)
UNKNOWN_GROUPS = Template(
    en="the members of {groups} are unknown: their grants appear as unintended",
    ja="{groups} のメンバーが不明なため、そのメンバーへの権限付与が想定外に見える可能性があります",
)
AND_MORE = Template(en="{names} and {count} more", ja="{names} ほか {count} 件")
CONDITION_OF = Template(en="the condition of {role}", ja="{role} の条件")
PERMISSIONS_OF = Template(en="the permissions of {role}", ja="{role} の権限")
GROUPS = Text(en="groups whose members are unknown", ja="メンバーが不明なグループ")

RESOURCE_FORMS = Text(
    en="gs://BUCKET, PROJECT.DATASET[.TABLE], PROJECT, projects/P, folders/N, organizations/N, "
    "projects/P/topics/T (also datasets, subscriptions, serviceAccounts, zones/Z/instances and the like), "
    "or a full name such as //spanner.googleapis.com/projects/P/instances/I",
    ja="gs://BUCKET、PROJECT.DATASET[.TABLE]、PROJECT、projects/P、folders/N、organizations/N、"
    "projects/P/topics/T (datasets、subscriptions、serviceAccounts、zones/Z/instances なども可)、"
    "または //spanner.googleapis.com/projects/P/instances/I のような完全な名前",
)
NO_RESOURCE = Template(
    en="'{name}' is not a resource name: use {forms}",
    ja="'{name}' はリソース名ではありません。次のいずれかの形式で指定してください: {forms}",
)
