"""Texts about differences of a resource from the plan."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

AND = Text(en="; ", ja="。")

MISSING = Text(en="missing", ja="なし")
MISSING_INSTANCE = Text(en="missing; creating it takes about ten minutes", ja="なし (作成に 10 分ほどかかります)")
ONLY_CONDITIONAL = Text(en="missing; a grant with a condition does not count", ja="なし (条件付きの権限付与では不十分)")
# Notes on a new resource that the heading of a plan lacks.
NOTES: Mapping[Text, Text] = {
    MISSING_INSTANCE: Text(en="creating it takes about ten minutes", ja="作成に 10 分ほどかかります"),
    ONLY_CONDITIONAL: Text(
        en="the member has this role only with a condition, which does not count",
        ja="このロールは条件付きでのみ付与されており、不十分です",
    ),
}
OWNED = Text(en="belongs to Hinomi", ja="Hinomi が管理")
LEFTOVER = Text(en="left over from an earlier deployment", ja="以前のデプロイで作成されたもの")
UNMANAGED = Text(en="is not marked as managed by Hinomi", ja="Hinomi の管理対象を示すラベルがありません")
DISABLED = Text(en="is disabled", ja="無効化されています")
NO_LABEL = Text(en="no label", ja="ラベルがありません")
DIFFERENT = Template(en="{name} is {actual} instead of {planned}", ja="{name}が {actual} (計画では {planned})")
DUPLICATE = Text(en="exists twice", ja="重複しています")
NOT_ENABLED = Template(en="not enabled: {names}", ja="有効になっていません: {names}")

# Alerts.
GOES_TO = Template(en="goes to {address}", ja="送信先が {address}")
WRONG_TOPIC = Template(
    en="publishes to {topic}, which does not accept notifications",
    ja="通知を受け付けないトピック {topic} に送信しています",
)
NOT_AS_PLANNED = Text(en="is not as planned", ja="計画と異なります")

# The database.
STOPPED = Text(en="is stopped", ja="停止しています")
NO_IAM = Text(
    en="IAM authentication is off (the instance restarts)", ja="IAM 認証が無効 (有効にするとインスタンスが再起動します)"
)
NO_PASSWORD = Text(en="no known password", ja="パスワードが不明")
NO_VALUE = Text(en="no value", ja="値がありません")
OTHER_INSTANCE = Text(
    en="has no label with the name of this instance", ja="このインスタンス用であることを示すラベルがありません"
)
PROTECTED = Text(en="is protected", ja="削除保護が有効")
OPEN_TO = Template(en="is open to {networks}", ja="{networks} からの接続を許可しています")
UNENCRYPTED = Text(en="accepts connections without encryption", ja="暗号化されていない接続を受け付けます")
NOT_ONLY_CONNECTOR = Text(en="accepts connections that do not use the connector", ja="コネクタ以外の接続を受け付けます")
DELETABLE = Text(en="is not protected against deletion", ja="削除保護が無効")
NO_BACKUPS = Text(en="has no backups", ja="バックアップが無効")
NO_RECOVERY = Text(en="cannot be restored to a point in time", ja="ポイントインタイムリカバリが無効")
FIXED_STORAGE = Text(en="automatic storage increase is off", ja="ストレージの自動増量が無効")
NO_ADDRESS = Text(en="has no address for the connector", ja="コネクタ用のアドレスがありません")

# Functions.
NO_DATABASE = Text(en="cannot reach the database", ja="データベースに接続できません")
DATABASE_NEXT = Text(en="needs its connection to the database", ja="データベースへの接続が必要")
STATE = Template(en="state {state}", ja="状態が {state}")
OTHER_SOURCE = Text(en="source or settings differ", ja="ソースまたは設定が異なります")
EDITED = Template(en="edited by hand: {names}", ja="手動で変更されています: {names}")
UNCHECKED_CALLERS = Text(en="its callers are not checked", ja="呼び出し元の認証が無効")
NO_URL = Text(en="its URL is disabled", ja="URL が無効")
FIXED_INSTANCES = Template(
    en="always has {count} instances, whatever the load",
    ja="負荷にかかわらずインスタンス数が {count} に固定されています",
)
HELD_TRAFFIC = Template(
    en="calls go to {revisions}, whatever is deployed",
    ja="デプロイしたリビジョンにかかわらず、呼び出しが {revisions} に送られます",
)
NO_SERVICE = Text(en="its Cloud Run service is missing", ja="Cloud Run サービスがありません")
REVISION_FAILS = Template(
    en="its newest revision {revision} does not start", ja="最新のリビジョン {revision} が起動しません"
)

NO_PROXY = Text(en="is not behind Identity-Aware Proxy", ja="Identity-Aware Proxy で保護されていません")
NOT_ASKED_FOR = Text(en="no longer requested by the options", ja="オプションで指定されていません")
MAYBE_MISSING = Text(en="may not exist yet", ja="まだ作成されていない可能性があります")

# Grants and roles.
NOT_NEEDED = Text(en="nothing needs it", ja="不要になりました")
BASIC_ROLE = Text(en="accounts of Hinomi have no basic roles", ja="Hinomi のアカウントに基本ロールは付与しません")
PUBLIC = Text(en="everybody has it", ja="全員に付与されています")
NO_PUBLISHER = Template(
    en="not a publisher of this topic ({topic})", ja="このトピック ({topic}) の発行元ではありません"
)
DELETED = Text(en="deleted", ja="削除済み")
ROLE_NOT_NEEDED = Text(en="not needed by any enabled part", ja="有効な機能のいずれも必要としていません")
LACKS = Template(en="lacks {permissions}", ja="権限が不足: {permissions}")
TOO_MANY = Template(en="has unneeded permissions: {permissions}", ja="余分な権限: {permissions}")

# Pub/Sub.
SCHEMA = Text(en="rejects messages that do not match its schema", ja="スキーマに合わないメッセージを拒否します")
TRANSFORMS = Text(en="changes messages", ja="メッセージを変換します")
NO_WRAPPER = Text(en="sends messages without wrapper", ja="メッセージをラッパーなしで送信します")
PUSHED_TO = Template(en="its messages are pushed to {url}", ja="メッセージが {url} に push されています")
DETACHED = Text(en="is detached from its topic", ja="トピックから切り離されています")
TOPIC_DELETED = Text(
    en="its topic was deleted; a new topic of the same name is not connected to it",
    ja="トピックが削除されました (同じ名前で作成し直しても別のトピックになります)",
)
FILTERED = Template(en="its filter excludes messages: {filter}", ja="フィルタがメッセージを除外しています: {filter}")
OTHER_TOPIC = Template(en="receives its messages from {topic}", ja="別のトピック {topic} から受信しています")

NOT_DECLARED = Text(en="its reporter is not declared", ja="送信元が宣言されていません")
NO_WORKER = Text(en="its worker is not in the settings", ja="ワーカーが設定にありません")
NOT_THE_WORKER = Template(
    en="it may read the orders for worker {name}, but is another account",
    ja="ワーカー {name} への依頼を読み取れますが、別のアカウントです",
)
SHARED_OVER = Text(en="each reporter has a topic of its own", ja="送信元ごとに専用のトピックがあります")
NO_LAST_DAY = Template(
    en="shared by all reporters; kept until {until}, while they move to their own topics",
    ja="全送信元で共有しています (専用トピックへ移行するまで、{until} まで残します)",
)

# The release job.
OTHER_IMAGE = Text(en="other image or settings", ja="イメージまたは設定が異なります")
NOT_BUILT = Text(en="not built from this source", ja="このソースからビルドされていません")
UNRELEASED = Text(en="not those of this source", ja="このソースのものではありません")
NOT_RUN = Text(en="not yet recorded as run", ja="実行済みとして未記録")
RAN_BEFORE = Template(en="ran before {resources} was lost", ja="{resources}が失われる前に実行されました")

# Scripts.
NO_SCRIPT = Text(en="its script no longer exists", ja="スクリプトが存在しません")
OTHER_SCRIPT = Text(
    en="its folder, its secrets or its limits changed since the last deployment",
    ja="前回のデプロイ後に、フォルダ、シークレット、または制限が変更されました",
)
OTHER_RUNTIME = Text(
    en="runs with the code of another version of Hinomi", ja="別のバージョンの Hinomi のコードで実行されます"
)
NOT_BUILT_SCRIPTS = Text(en="not built with these scripts", ja="これらのスクリプトでビルドされていません")

# Schedules.
GIVEN_UP = Text(en="was disabled by Cloud Scheduler", ja="Cloud Scheduler により無効化されました")
PAUSED = Text(en="is paused", ja="一時停止しています")

# Sinks.
SINK_NOT_NEEDED = Text(en="no longer needed by any rule", ja="必要とするルールがなくなりました")
OTHER_FILTER = Text(en="its filter differs from the enabled rules", ja="フィルタが有効なルールと異なります")
EXCLUSIONS = Template(en="its exclusions leave out entries: {names}", ja="除外フィルタがあります: {names}")
WITHOUT_CHILDREN = Text(en="excludes the projects below", ja="配下のプロジェクトが対象外")

# Names of settings that may differ.
SETTINGS: Mapping[str, Text] = {
    "account": Text(en="account", ja="アカウント"),
    "account in Cloud Run": Text(en="account in Cloud Run", ja="Cloud Run のアカウント"),
    "retries": Text(en="retries", ja="再試行回数"),
    "acknowledgement deadline": Text(en="acknowledgement deadline", ja="確認応答期限"),
    "attempts": Text(en="attempts", ja="配信試行回数"),
    "audience": Text(en="audience", ja="オーディエンス"),
    "concurrency": Text(en="concurrency", ja="同時実行数"),
    "dead letter topic": Text(en="dead letter topic", ja="デッドレタートピック"),
    "deadline of a call": Text(en="deadline of a call", ja="呼び出しの期限"),
    "endpoint": Text(en="endpoint", ja="エンドポイント"),
    "expiry": Text(en="expiry", ja="有効期限"),
    "instances": Text(en="instances", ja="インスタンス数"),
    "longest wait": Text(en="longest wait", ja="最長待機時間"),
    "message": Text(en="message", ja="メッセージ"),
    "method": Text(en="method", ja="メソッド"),
    "retention": Text(en="retention", ja="保持期間"),
    "schedule": Text(en="schedule", ja="スケジュール"),
    "shortest wait": Text(en="shortest wait", ja="最短待機時間"),
    "state": Text(en="state", ja="状態"),
    "time zone": Text(en="time zone", ja="タイムゾーン"),
    "timeout": Text(en="timeout", ja="タイムアウト"),
    "topic": Text(en="topic", ja="トピック"),
    "target": Text(en="URL", ja="URL"),
    "who may call": Text(en="who may call", ja="呼び出し元の制限"),
    "who may call Cloud Run": Text(en="who may call Cloud Run", ja="Cloud Run の呼び出し元の制限"),
}
NEVER_USED = Text(en="31 days of silence", ja="31 日間の未使用")


def setting(name: str) -> Text:
    """The term for a setting of a resource; an environment variable by its name."""
    return SETTINGS.get(name) or Text.verbatim(name)
