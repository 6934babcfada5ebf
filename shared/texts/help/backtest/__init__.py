"""Help of `hinomi backtest`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["backtest"],
        details=Text(
            en="Reads the Schema DB and changes nothing. Up to 13 days are tried on samples, longer times on hourly or daily means."
            " Values are in the unit of the metric, a share from 0 to 1.",
            ja="Schema DB を読み取り、何も変更しません。13 日まではサンプル、それより長い期間は 1 時間または 1 日の平均で判定します。"
            "値はメトリクスの単位で、割合は 0 から 1 で指定します。",
        ),
        parameters={
            "metric": Text(
                en="A metric type, or a pattern such as '*cpu*'.",
                ja="メトリクスタイプ、または '*cpu*' のようなパターン。",
            ),
            "above": Text(en="Upper limit, in the unit of the metric.", ja="しきい値の上限 (メトリクスの単位)。"),
            "below": Text(en="Lower limit, in the unit of the metric.", ja="しきい値の下限 (メトリクスの単位)。"),
            "lasting": Text(
                en="How long the value must stay beyond the limit before an incident opens, such as 10m.",
                ja="値がしきい値を外れてからインシデントになるまでの時間 (例: 10m)。",
            ),
            "days": Text(en="Number of past days to try.", ja="さかのぼる日数。"),
        },
        examples=(
            Example(
                "hinomi backtest '*subscription/oldest_unacked_message_age' --above 900 --for 10m",
                Text(
                    en="See how often a limit of 15 minutes would have opened an incident.",
                    ja="しきい値を 15 分とした場合の発生回数を確認します。",
                ),
            ),
        ),
    )
}
