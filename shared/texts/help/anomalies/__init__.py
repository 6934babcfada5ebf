"""Help of `hinomi anomalies`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["anomalies"],
        details=Text(
            en="Needs no database and no configuration. FILE has a line `timestamp,value` for each point; a "
            "missing value is empty. The output adds a column anomaly_score from 0 to 1: a "
            "point that deviates from what earlier values predict scores high, and the points after it score "
            "0 unless they deviate more. Later rows do not affect the score of a row.",
            ja="データベースも設定も不要です。FILE は各行が `timestamp,value` の CSV です (欠測値は空)。出力には 0 から 1 の"
            " anomaly_score 列が加わります。それ以前の値から説明できない点ほど高くなり、その後の点はさらに異常でない限り 0 です。"
            "各行のスコアに、それより後の行は影響しません。",
        ),
        parameters={
            "file": Text(en="A CSV file; - is standard input.", ja="CSV ファイル。- は標準入力です。"),
            "alarms": Text(en="Print only points that would raise an alarm.", ja="アラームになる点だけを出力します。"),
        },
        examples=(
            Example(
                "hinomi anomalies cpu.csv --alarms",
                Text(en="Show what is unusual in a series.", ja="系列の異常な点を表示します。"),
            ),
        ),
    )
}
