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
                ja="メトリクスの種類、または '*cpu*' のようなパターン。",
            ),
            "above": Text(en="An incident when the value is above this.", ja="この値を超えるとインシデントにします。"),
            "below": Text(en="An incident when the value is below this.", ja="この値を下回るとインシデントにします。"),
            "lasting": Text(en="How long it must stay there.", ja="状態が継続する長さ。"),
            "days": Text(en="Days of history.", ja="対象とする日数。"),
        },
        examples=(
            Example(
                "hinomi backtest '*subscription/oldest_unacked_message_age' --above 900 --for 10m",
                Text(en="How often would a limit have fired?", ja="しきい値を設定していた場合の発生回数を確認します。"),
            ),
        ),
    )
}
