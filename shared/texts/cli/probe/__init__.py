"""Texts of `hinomi probe`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_CONNECTION = Text(
    en="no Kafka Connect connection is set: set HINOMI_KAFKA_CONNECT_<NAME>_URL",
    ja="Kafka Connect の接続が設定されていません。HINOMI_KAFKA_CONNECT_<NAME>_URL を設定してください",
)
PUBLISHED = Plural(
    one="Published the state of {cluster}: {count} connector, {failed} failed.",
    many="Published the state of {cluster}: {count} connectors, {failed} failed.",
    ja="{cluster} の状態を送信しました: コネクタ {count} 件、失敗 {failed} 件。",
)
NOT_PUBLISHED = Template(
    en="{error}. The next reading is published instead.", ja="{error}。次回の結果を代わりに送信します。"
)
