"""Texts of `hinomi dlq`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

NO_SUBSCRIPTION = Text(
    en="HINOMI_DEAD_LETTER_SUBSCRIPTION is not set", ja="HINOMI_DEAD_LETTER_SUBSCRIPTION が設定されていません"
)
ONLY_ERROR_DB = Template(en="{problem}: only the Error DB was searched", ja="{problem}。Error DB のみを検索しました")
SET_SUBSCRIPTION = Template(
    en="{problem}: set it to projects/P/subscriptions/S",
    ja="{problem}。projects/P/subscriptions/S の形式で設定してください",
)
MAYBE_MORE = Template(
    en="A source may have more messages than the limit of {limit}: raise --limit.",
    ja="{limit} 件以外にもある可能性があります。--limit を増やしてください。",
)
NO_MESSAGES = Text(
    en="No rejected or undelivered messages.", ja="拒否されたメッセージ、配信できなかったメッセージはありません。"
)
NO_MATCH = Template(
    en="No rejected or undelivered messages match ({filters}).",
    ja="条件に一致するメッセージはありません ({filters})。",
)
SINCE = Template(en="since {time}", ja="{time} 以降")
REASON_CONTAINS = Template(en="reason contains '{text}'", ja="理由に '{text}' を含む")
SUMMARY = Plural(
    one="{count} message ({counts}), the oldest {age}",
    many="{count} messages ({counts}), the oldest {age}",
    ja="メッセージ {count} 件 ({counts})、最も古いものは {age}",
)
COUNTS: Mapping[str, Plural] = {
    "rejected": Plural(one="{count} rejected", many="{count} rejected", ja="拒否 {count} 件"),
    "dead letter": Plural(one="{count} dead letter", many="{count} dead letters", ja="デッドレター {count} 件"),
}
SOURCES: Mapping[str, Text] = {
    "rejected": Text(en="rejected", ja="拒否"),
    "dead letter": Text(en="dead letter", ja="デッドレター"),
}
ID = Text(en="id", ja="ID")
RECEIVED = Text(en="received", ja="受信")
REASON = Text(en="reason", ja="理由")
REPLAYED = Text(en="replayed", ja="再送")
ROWS: Mapping[str, Text] = {
    "id": Text(en="id", ja="ID"),
    "source": Text(en="source", ja="種別"),
    "message_id": Text(en="message_id", ja="メッセージ ID"),
    "time": Text(en="time", ja="日時"),
    "reason": Text(en="reason", ja="理由"),
    "attempts": Text(en="attempts", ja="試行回数"),
    "replayed_at": Text(en="replayed_at", ja="再送日時"),
}
ATTRIBUTE = Template(en="attribute {name}", ja="属性 {name}")
NO_MESSAGE = Template(en="no message '{id}': {hint}", ja="メッセージ '{id}' はありません。{hint}")
LIST_SHOWS = Text(en="`hinomi dlq list` shows all", ja="`hinomi dlq list` で確認できます")
IDS_OR_ALL = Text(en="use message ids, or --all", ja="メッセージの ID または --all を指定してください")
FILTERS_NEED_ALL = Text(
    en="--from, --since and --text are filters for --all: add --all",
    ja="--from、--since、--text は --all とともに指定してください",
)
ALREADY_REPLAYED = Template(
    en="{id} was already replayed: use --again to replay it once more",
    ja="{id} は再送済みです。もう一度再送するには --again を指定してください",
)
UNTRUSTED = Template(
    en="{id} is skipped, because its sender is not allowed to publish it ({reason}): check it with `hinomi dlq show {id}`, "
    "then replay it by its id if it is genuine",
    ja="{id} は発行を許可されていない送信元のメッセージのため、再送しません ({reason})。`hinomi dlq show {id}` で内容を確認し、"
    "正当なものであれば ID を指定して再送してください",
)
FAILED = Template(en="{id}: {error}", ja="{id}: {error}")
DONE = Template(en="{id} replayed", ja="{id} を再送しました")
STILL = Template(en="still rejected: {reason}", ja="再び拒否されました: {reason}")
NOT_DELIVERED = Text(en="delivery failed", ja="配信に失敗")
NOT_DELIVERED_OFTEN = Template(en="delivered {count} times without success", ja="{count} 回の配信がすべて失敗")
NO_PUBSUB_MESSAGE = Template(
    en="{id} was not a Pub/Sub message: replay it with --local",
    ja="{id} は Pub/Sub のメッセージではありません。--local で再送してください",
)
NO_TOPIC = Text(
    en="no topic to publish to: set HINOMI_EVIDENCE_TOPIC, or use --local",
    ja="送信先のトピックがありません。HINOMI_EVIDENCE_TOPIC を設定するか、--local を使用してください",
)
LOG_IN = Template(
    en="{error}: run `gcloud auth application-default login`",
    ja="{error}。`gcloud auth application-default login` を実行してください",
)
OF_RESOURCE = Template(en="{name}: {error}", ja="{name}: {error}")
