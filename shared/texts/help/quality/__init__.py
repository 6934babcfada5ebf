"""Help of `hinomi quality`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["quality"],
        details=Text(
            en="The checks with a result in the last five weeks, those that fail first, each with its last 14 results: · passed, x"
            " failed, ! warned, ? could not run, - skipped. If one check matches, its results are shown, latest first.",
            ja="過去 5 週間に結果のあるチェックを、不合格のものから順に、直近 14 回の結果 (· 合格、x 不合格、! 警告、? 実行失敗、- スキップ) とともに表示します。"
            "一致するチェックが 1 つであれば、その結果を新しい順に表示します。",
        ),
        parameters={
            "name": Text(
                en="Name of a check, a table, a reporter, or the key of a check.",
                ja="チェック、テーブル、送信元の名前、またはチェックのキー。",
            ),
            "failing": Text(
                en="Only checks whose latest result is not a pass.", ja="直近の結果が合格でないチェックのみ。"
            ),
            "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
        },
        examples=(
            Example("hinomi quality --failing", Text(en="What fails now.", ja="現在不合格のチェックを表示します。")),
            Example(
                "hinomi quality not_null_order_id",
                Text(en="The results of one check.", ja="1 つのチェックの結果を表示します。"),
            ),
        ),
    )
}
