"""Help of `hinomi baselines`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_BUDGET = Text(en="Accepted false alarms per series and week.", ja="1 系列が 1 週間に起こす誤検知の上限 (見込み)。")
_JSON = Text(en="Print JSON.", ja="JSON で出力します。")

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["baselines"],
        details=Text(
            en="Each history run learns the usual range of every stored metric and records the values outside of it"
            " (docs/baselines.md). A metric opens incidents only after `hinomi baselines watch`.",
            ja="履歴を収集するたびに、各メトリクスの通常の範囲を学習し、外れた値を記録します (docs/baselines.md)。"
            "`hinomi baselines watch` で指定したメトリクスだけがインシデントになります。",
        ),
    ),
    "staged": HelpPage(
        summary=Text(
            en="Show the alarms that each series would have raised, and how many may be false.",
            ja="各系列で発生したはずのアラームと、誤検知の見込み件数を表示します。",
        ),
        parameters={
            "days": Text(en="Days to look back.", ja="さかのぼる日数。"),
            "budget": _BUDGET,
            "metric": Text(en="Pattern of metric types.", ja="メトリクスタイプのパターン。"),
            "limit": Text(en="Show at most this many series.", ja="表示する系列の最大数。"),
            "as_json": _JSON,
        },
        examples=(
            Example(
                "hinomi baselines staged --metric 'bigquery.*' --budget 0.05",
                Text(
                    en="Alarms of BigQuery's metrics with a budget of one false alarm in twenty weeks.",
                    ja="20 週に 1 件の誤検知を許す場合に、BigQuery のメトリクスで発生したはずのアラームを表示します。",
                ),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the metrics that open incidents.", ja="インシデントを作成するメトリクスを一覧表示します。"
        ),
        parameters={"as_json": _JSON},
        examples=(
            Example(
                "hinomi baselines list", Text(en="List the watched metrics.", ja="監視中のメトリクスを表示します。")
            ),
        ),
    ),
    "watch": HelpPage(
        summary=Text(
            en="Open incidents for unusual values of metrics from now on.",
            ja="今後、メトリクスの通常と異なる値をインシデントにします。",
        ),
        details=Text(
            en="The latest watch that matches a series applies. The output shows the alarms that it would have "
            "raised in the last 90 days.",
            ja="系列に一致する設定のうち、最新のものが適用されます。過去 90 日間に発生したはずのアラームを出力します。",
        ),
        parameters={
            "metric": Text(en="Pattern of metric types.", ja="メトリクスタイプのパターン。"),
            "label": Text(
                en="NAME=PATTERN of a label, or of project or resource; may be repeated.",
                ja="ラベル、project または resource の NAME=PATTERN。複数指定できます。",
            ),
            "budget": _BUDGET,
            "severity": Text(en="Severity of the incidents.", ja="インシデントの重大度。"),
            "reason": Text(en="Reason; stored with the watch.", ja="理由。設定とともに記録されます。"),
        },
        examples=(
            Example(
                "hinomi baselines watch 'pubsub.googleapis.com/subscription/*' --label subscription_id='orders-*' --severity high",
                Text(
                    en="Watch the subscriptions of orders.",
                    ja="orders- で始まるサブスクリプションを監視します。",
                ),
            ),
        ),
    ),
    "unwatch": HelpPage(
        summary=Text(
            en="Stop watching metrics; the next history run closes their open incidents.",
            ja="メトリクスの監視を終了します。未復旧のインシデントは次の履歴の収集でクローズします。",
        ),
        parameters={
            "number": Text(
                en="Number of the watch, as `hinomi baselines list` shows it.",
                ja="`hinomi baselines list` に表示される番号。",
            )
        },
        examples=(
            Example("hinomi baselines unwatch 3", Text(en="Stop watch number 3.", ja="番号 3 の監視を終了します。")),
        ),
    ),
}
