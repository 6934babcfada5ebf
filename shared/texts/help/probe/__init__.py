"""Help of `hinomi probe`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_KAFKA = Example(
    "hinomi probe kafka --reporter kafka --every 1m",
    Text(en="Read and publish every minute.", ja="1 分ごとに読み取り、送信します。"),
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["probe"], examples=(_KAFKA,)),
    "kafka": HelpPage(
        summary=Text(
            en="Read Kafka Connect, its brokers and its source databases, and publish their state.",
            ja="Kafka Connect、ブローカー、ソースデータベースの状態を読み取り、送信します。",
        ),
        details=Text(
            en="For installations whose functions cannot reach Kafka Connect: the probe runs beside it and needs only Pub/Sub. It reads the "
            "connections HINOMI_KAFKA_CONNECT_<NAME>_… of this machine. The reporter must be declared in rules/reporters.yaml "
            "(docs/kafka.md). No value of a connector's configuration leaves the machine. SIGTERM ends it.",
            ja="関数から Kafka Connect に接続できない環境で、その近くのマシンで実行します。必要な通信先は Pub/Sub だけです。"
            "このマシンの接続設定 HINOMI_KAFKA_CONNECT_<NAME>_… を読み取ります。送信元は rules/reporters.yaml で宣言しておく必要があります "
            "(docs/kafka.md)。コネクタの設定値は送信しません。SIGTERM で停止します。",
        ),
        parameters={
            "names": Text(
                en="Names of connections in the settings; default: all of them.",
                ja="設定内の接続の名前。省略時はすべて。",
            ),
            "reporter": Text(en="Declared reporter.", ja="宣言済みの送信元。"),
            "topic": Text(
                en="Topic; default: hinomi-reports-REPORTER of HINOMI_PROJECT.",
                ja="トピック。省略時は HINOMI_PROJECT の hinomi-reports-REPORTER。",
            ),
            "every": Text(
                en="Repeat with this pause, such as 1m; default: read once.",
                ja="指定した間隔 (1m など) で繰り返します。省略時は 1 回だけ読み取ります。",
            ),
            "show": Text(
                en="Print the state as JSON, and publish nothing.", ja="状態を JSON で表示し、何も送信しません。"
            ),
        },
        examples=(
            _KAFKA,
            Example(
                "hinomi probe kafka cdc --print",
                Text(en="Print what one connection shows.", ja="1 つの接続の状態を表示します。"),
            ),
        ),
    ),
}
