"""Texts of the actions seek_subscription, replay_dead_letter and publish_message."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_SUBSCRIPTION = Template(
    en="'{value}' is not a subscription: the incident needs a label 'subscription_id'",
    ja="'{value}' はサブスクリプションではありません。インシデントにラベル subscription_id が必要です",
)
OTHER_PROJECT = Template(
    en="the subscription '{value}' is not in the project of the incident ({project}): nothing was done",
    ja="サブスクリプション '{value}' はインシデントのプロジェクト ({project}) のものではないため、何も変更していません",
)
READ_SUBSCRIPTION = Template(en="read {name}", ja="{name} の読み取り")
READ_SNAPSHOT = Template(en="read {name}", ja="{name} の読み取り")
READ_TOPIC = Template(en="list the subscriptions of {topic}", ja="{topic} のサブスクリプションの一覧取得")
PULL = Template(en="pull messages of {name}", ja="{name} のメッセージの取得")
CREATE_SNAPSHOT = Template(en="create a snapshot of {subscription}", ja="{subscription} のスナップショットの作成")
DELETE_SNAPSHOT = Template(en="delete {name}", ja="{name} の削除")
SEEK = Template(en="seek {name}", ja="{name} のシーク")
PUBLISH = Template(en="publish to {topic}", ja="{topic} への発行")
ACKNOWLEDGE = Template(en="acknowledge messages of {name}", ja="{name} のメッセージの確認応答")
DETACHED = Template(
    en="{name} is detached from its topic: nothing was done",
    ja="{name} はトピックから切り離されているため、何も変更していません",
)

# seek_subscription.
TO = Template(en="to must be one of {choices}", ja="to には {choices} のいずれかを指定してください")
MINUTES = Template(
    en="minutes_before must be a number from 0 to {most}, not {value}",
    ja="minutes_before には 0 から {most} までの数を指定してください (指定値: {value})",
)
SNAPSHOT_ID = Text(
    en="snapshot is the id of a snapshot: required with to: snapshot, not allowed otherwise",
    ja="snapshot には、to: snapshot の場合に限り、スナップショットの ID を指定してください",
)
TO_TIME = Template(
    en="{time}, so that messages published since are delivered again",
    ja="{time} にシーク (それ以降のメッセージを再配信)",
)
TO_NOW = Text(
    en="now, so that no message published so far is delivered",
    ja="現在時刻にシーク (これまでのメッセージは配信しません)",
)
TO_SNAPSHOT = Template(en="the snapshot {name}", ja="スナップショット {name} にシーク")
WOULD_SEEK = Template(en="would seek {name} to {where}", ja="{name}: {where} (予定)")
MOVED = Template(en="moved {name} to {where}", ja="{name}: {where}")
NOT_RETAINED = Template(
    en="{name} keeps no acknowledged messages, so none could be delivered again: set retainAckedMessages, or the retention of its topic",
    ja="{name} は確認応答済みのメッセージを保持していないため、再配信できません。retainAckedMessages またはトピックのメッセージ保持期間を設定してください",
)
NO_SNAPSHOT = Template(en="{name} does not exist", ja="{name} は存在しません")
OTHER_TOPIC = Template(
    en="{name} belongs to another topic than the subscription: nothing was done",
    ja="{name} はサブスクリプションとは別のトピックのものであるため、何も変更していません",
)
SNAPSHOT_GONE = Template(
    en="{name} no longer exists: it expired or was deleted", ja="{name} は期限切れまたは削除により存在しません"
)
WOULD_RESTORE = Template(
    en="would restore the earlier acknowledgements of {name}", ja="{name} の確認応答の状態を元に戻す予定"
)
RESTORED = Template(en="restored the earlier acknowledgements of {name}", ja="{name} の確認応答の状態を復元")
NOT_MOVED = Template(
    en="the run did not move {name}; its snapshot is deleted",
    ja="この実行では {name} をシークしていないため、作成したスナップショットのみを削除",
)

# replay_dead_letter.
MOST_MESSAGES = Template(
    en="max_messages must be a number from 1 to {most}, not {value}",
    ja="max_messages には 1 から {most} までの数を指定してください (指定値: {value})",
)
MOST_REPLAYS = Template(
    en="max_replays must be a number from 1 to {most}, not {value}",
    ja="max_replays には 1 から {most} までの数を指定してください (指定値: {value})",
)
DEAD_LETTERS_FORM = Text(
    en="subscription must be projects/PROJECT/subscriptions/SUBSCRIPTION",
    ja="subscription は projects/PROJECT/subscriptions/SUBSCRIPTION の形式で指定してください",
)
NO_DEAD_LETTERS = Template(en="{name} has no dead-letter topic", ja="{name} にはデッドレタートピックがありません")
NO_READER = Template(
    en="no subscription keeps the messages of the dead-letter topic {topic}",
    ja="デッドレタートピック {topic} のメッセージを保持するサブスクリプションがありません",
)
SEVERAL_READERS = Template(
    en="the dead-letter topic {topic} has {count} subscriptions: name one with the parameter 'subscription'",
    ja="デッドレタートピック {topic} に {count} 個のサブスクリプションがあります。パラメータ subscription で指定してください",
)
OTHER_READER = Template(
    en="{name} is not a subscription of the dead-letter topic {topic}",
    ja="{name} はデッドレタートピック {topic} のサブスクリプションではありません",
)
NOT_PULLED = Template(
    en="{name} delivers its messages itself (push, BigQuery or Cloud Storage), so they cannot be replayed",
    ja="{name} はメッセージを自動配信するサブスクリプション (プッシュ、BigQuery、Cloud Storage) のため、再送できません",
)
WOULD_REPLAY = Template(
    en="would publish up to {most} dead letters of {subscription} to {topic} again",
    ja="{subscription} のデッドレターを最大 {most} 件 {topic} に再送する予定",
)
REPLAY = Template(
    en="published dead letters of {subscription} to {topic} again", ja="{subscription} のデッドレターを {topic} に再送"
)
REPLAYED = Plural(
    one="published one dead letter of {subscription} to {topic} again",
    many="published {count} dead letters of {subscription} to {topic} again",
    ja="{subscription} のデッドレター {count} 件を {topic} に再送",
)
NONE_WAITS = Template(
    en="nothing to do: no dead letter of {subscription} waits in {source}",
    ja="対応不要: {source} に {subscription} のデッドレターはありません",
)
LEFT = Plural(
    one="one message stays in {source}: it is of another subscription, or was replayed as often as allowed (max_replays: {most})",
    many="{count} messages stay in {source}: they are of other subscriptions, or were replayed as often as allowed (max_replays: {most})",
    ja="{count} 件は {source} に残しました (別のサブスクリプションのもの、または再送回数が上限の {most} 回に到達)",
)

# publish_message.
WOULD_PUBLISH = Template(en="would publish a message to {topic}", ja="{topic} にメッセージを発行する予定")
PUBLISHED = Template(en="published a message to {topic}", ja="{topic} にメッセージを発行")
PUBLISHED_AS = Template(en="published message {id} to {topic}", ja="{topic} にメッセージ {id} を発行")
NO_TOPIC = Template(
    en="no topic is named '{name}': set {setting}", ja="トピック '{name}' はありません。{setting} を設定してください"
)
ATTRIBUTE = Template(
    en="the attribute '{name}' is not allowed: a name has 1 to 256 bytes, begins with neither 'goog' nor a name that the action sets "
    "({own}), and its value is text of at most 1,024 bytes",
    ja="属性 '{name}' は使用できません。名前は 1 から 256 バイトで、goog で始まらず、アクションが設定する名前 ({own}) 以外、値は 1,024 バイト以内のテキストです",
)
