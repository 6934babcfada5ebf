"""Incidents about Kafka Connect, consumer groups, and the replication slots that Debezium reads."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

INVALID_OBSERVATION = Template(
    en="the field 'kafka' is not an observation of a Connect cluster ({reason}): publish what `hinomi probe kafka` prints",
    ja="フィールド 'kafka' が Connect クラスタの観測結果として無効です ({reason})。`hinomi probe kafka` の出力を送信してください",
)
READ_DIRECTLY = Template(
    en="the Connect cluster '{cluster}' is read by the function itself: rename the probe's connection",
    ja="Connect クラスタ '{cluster}' は関数が直接読み取っています。プローブの接続には別の名前を付けてください",
)

# Connectors.
FAILED_TITLE = Text(en="Kafka connector failed", ja="Kafka コネクタの失敗")
CONNECTOR_FAILED = Template(
    en="Connector {connector} of {cluster} failed: {error}", ja="{cluster} のコネクタ {connector} が失敗: {error}"
)
TASK_FAILED = Template(
    en="Task {tasks} of connector {connector} of {cluster} failed: {error}",
    ja="{cluster} のコネクタ {connector} のタスク {tasks} が失敗: {error}",
)
TASKS_FAILED = Plural(
    one="{count} of {all} tasks of connector {connector} of {cluster} failed ({tasks}): {error}",
    many="{count} of {all} tasks of connector {connector} of {cluster} failed ({tasks}): {error}",
    ja="{cluster} のコネクタ {connector} のタスク {all} 個のうち {count} 個 ({tasks}) が失敗: {error}",
)
NO_TRACE = Text(en="Kafka Connect gives no reason", ja="Kafka Connect からの理由の情報なし")
WITHOUT_SLOT = Template(
    en="{summary}; replication slot {slot} does not exist in database {database}",
    ja="{summary}。データベース {database} にレプリケーションスロット {slot} が存在しません",
)
CONFIG_CHANGED = Template(
    en="{summary}; its configuration was changed before {time}: {keys}",
    ja="{summary}。設定が {time} までに変更されています: {keys}",
)
WITH_TABLES = Template(en="{summary}; tables: {tables}", ja="{summary}。対象テーブル: {tables}")

UNASSIGNED_TITLE = Text(en="Kafka connector without a worker", ja="Kafka コネクタのワーカー未割り当て")
UNASSIGNED = Template(
    en="Connector {connector} of {cluster} has not been running on any worker since {since}",
    ja="{cluster} のコネクタ {connector} が {since} からどのワーカーでも実行されていません",
)
PAUSED_TITLE = Text(en="Kafka connector paused", ja="Kafka コネクタの一時停止")
PAUSED = Template(
    en="Connector {connector} of {cluster} has been {state} since at least {since}: no data is copied",
    ja="{cluster} のコネクタ {connector} が少なくとも {since} から {state}: データはコピーされません",
)
UNREACHABLE_TITLE = Text(en="Kafka Connect unavailable", ja="Kafka Connect の応答なし")
UNREACHABLE = Template(
    en="Kafka Connect {cluster} has not responded since {since}: {error}",
    ja="Kafka Connect {cluster} が {since} から応答しません: {error}",
)
SNAPSHOT_TITLE = Text(en="Debezium snapshot stuck", ja="Debezium スナップショットの停滞")
SNAPSHOT = Template(
    en="The initial snapshot of connector {connector} of {cluster} has read no row since {since}",
    ja="{cluster} のコネクタ {connector} の初期スナップショットが {since} から 1 行も読み取れていません",
)

# Sources and their slots.
SOURCE_TITLE = Text(en="Source database unavailable", ja="ソースデータベースの応答なし")
SOURCE = Template(
    en="Database {database} has been unreadable since {since}: {error}",
    ja="データベース {database} を {since} から読み取れません: {error}",
)
READ_BY = Template(
    en="{summary}; connectors that read it: {connectors}", ja="{summary}。読み取るコネクタ: {connectors}"
)
INACTIVE_TITLE = Text(en="Replication slot inactive", ja="レプリケーションスロットの停止")
INACTIVE = Template(
    en="Nothing has read replication slot {slot} of database {database} since {since}: it retains {retained} of WAL",
    ja="データベース {database} のレプリケーションスロット {slot} が {since} から読み取られていません: 保持中の WAL は {retained}",
)
OF_RUNNING = Template(
    en="{summary}, although connector {connector} is RUNNING", ja="{summary}。コネクタ {connector} の状態は RUNNING"
)
WITHOUT_READER = Template(
    en="{summary}; no connector of {cluster} is configured to read it",
    ja="{summary}。{cluster} にはこのスロットを読み取るコネクタがありません",
)
LOST_TITLE = Text(en="Replication slot lost", ja="レプリケーションスロットの喪失")
LOST = Template(
    en="Replication slot {slot} of database {database} is lost: PostgreSQL removed WAL that it needed",
    ja="データベース {database} のレプリケーションスロット {slot} が喪失: 必要な WAL が PostgreSQL によって削除されました",
)
MISSING = Template(
    en="Replication slot {slot} of database {database} does not exist: changes since its deletion are not copied",
    ja="データベース {database} にレプリケーションスロット {slot} が存在しません: 削除以降の変更はコピーされません",
)
OF_CONNECTOR = Template(en="{summary}; connector {connector}", ja="{summary}。コネクタ {connector}")
WAL_TITLE = Text(en="Replication slot retains too much WAL", ja="レプリケーションスロットによる WAL の増大")
WAL = Template(
    en="Replication slot {slot} of database {database} retains {retained} of WAL (limit {limit}); {behind} are not confirmed",
    ja="データベース {database} のレプリケーションスロット {slot} が WAL を {retained} 保持 (上限 {limit})。未確認は {behind}",
)
LEFT = Template(
    en="{summary}; after {left} more the slot is lost", ja="{summary}。さらに {left} 書き込まれるとスロットは失われます"
)
STALLED_TITLE = Text(en="Debezium does not advance", ja="Debezium の読み取りの停滞")
STALLED = Template(
    en="Connector {connector} of {cluster} is RUNNING, but has confirmed nothing since {since} while database {database} wrote {written}",
    ja="{cluster} のコネクタ {connector} は RUNNING ですが、データベース {database} が {written} 書き込む間、{since} から何も確認していません",
)
NO_HEARTBEAT = Template(
    en="{summary}; it has no heartbeat, so this is also what happens if only other tables change",
    ja="{summary}。ハートビートの設定がないため、ほかのテーブルだけが更新されている場合にも起こります",
)

# Consumers.
LAG_TITLE = Text(en="Kafka consumer falls behind", ja="Kafka コンシューマーの遅延")
LAG = Template(
    en="Consumer group {group} has not read {messages} messages of topic {topic} (limit {limit}), since {since}",
    ja="コンシューマーグループ {group} のトピック {topic} の未読メッセージが {messages} 件 (上限 {limit} 件、{since} から)",
)
NO_MEMBERS = Template(en="{summary}; it has no active consumer", ja="{summary}。稼働中のコンシューマーがありません")
BROKERS_TITLE = Text(en="Kafka brokers unavailable", ja="Kafka ブローカーの応答なし")
BROKERS = Template(
    en="The brokers of {cluster} have been unreadable since {since}: {error}",
    ja="{cluster} のブローカーを {since} から読み取れません: {error}",
)

# Recoveries.
RUNS = Template(en="{connector} is running", ja="{connector} が稼働中")
DELETED = Template(en="{connector} was deleted", ja="{connector} が削除されました")
ANSWERS = Template(en="{name} responds", ja="{name} が応答しました")
SLOT_READ = Template(en="replication slot {slot} is read again", ja="レプリケーションスロット {slot} の読み取りが再開")
SLOT_GONE = Template(en="replication slot {slot} was dropped", ja="レプリケーションスロット {slot} が削除されました")
CAUGHT_UP = Template(en="{name} has caught up", ja="{name} の遅延が解消")
NOT_WATCHED = Template(en="{name} is no longer monitored", ja="{name} は監視対象ではなくなりました")

# What to do next.
READ_STATUS = Text(
    en='Read the whole trace: the last "Caused by" has the reason.',
    ja="トレース全体を確認します。最後の「Caused by」に原因があります。",
)
READ_WORKERS = Text(
    en="See which workers of the Connect cluster run, and their logs.",
    ja="Connect クラスタのどのワーカーが稼働しているかと、そのログを確認します。",
)
READ_LOCKS = Text(
    en="See what the connector waits for: a lock on its tables, or a transaction that stays open.",
    ja="コネクタの待機の原因 (テーブルのロック、終了しないトランザクション) を確認します。",
)
FIX_THEN_RESTART = Text(
    en="When the cause is fixed, restart the connector with its failed tasks.",
    ja="原因を取り除いたら、失敗したタスクとともにコネクタを再起動します。",
)
RESUME = Text(
    en="Ask who paused the connector; resume the connector if the reason no longer applies.",
    ja="一時停止した人に確認し、理由がなくなっていれば再開します。",
)
READ_SLOTS = Text(
    en="See whether the slot is read, and how much WAL it retains.",
    ja="スロットが読み取られているかと、保持している WAL の量を確認します。",
)
DROP_SLOT = Text(
    en="If nothing will read the slot again, drop it, so that PostgreSQL can remove its WAL.",
    ja="スロットが今後使われない場合は削除し、PostgreSQL が WAL を削除できるようにします。",
)
ADD_HEARTBEAT = Text(
    en="Set heartbeat.interval.ms and heartbeat.action.query, so that the connector confirms its position while its tables are quiet.",
    ja="heartbeat.interval.ms と heartbeat.action.query を設定すると、対象テーブルに更新がない間も位置が確認されます。",
)
NEW_SNAPSHOT = Text(
    en="Changes are missing: delete the offsets of the connector, or start an ad-hoc snapshot, and let consumers know.",
    ja="変更が欠落しています。コネクタのオフセットを削除するかアドホックスナップショットを実行し、利用者に知らせます。",
)
CHECK_DATABASE = Text(
    en="Check the database: whether it runs, its network, and the password of the role.",
    ja="データベースの稼働状況、ネットワーク、ロールのパスワードを確認します。",
)
CHECK_CONSUMER = Text(
    en="See whether the consumers of the group run, and what blocks them: the target, its quota, one bad message.",
    ja="グループのコンシューマーの稼働状況と、遅延の原因 (書き込み先、割り当て、不正なメッセージ) を確認します。",
)
CHECK_BROKERS = Text(
    en="Check the brokers, the network to them, and the user of HINOMI_KAFKA_CONNECT_<NAME>_BROKER_USER.",
    ja="ブローカー、ブローカーまでのネットワーク、HINOMI_KAFKA_CONNECT_<NAME>_BROKER_USER のユーザーを確認します。",
)
