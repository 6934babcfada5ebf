"""Help of `hinomi report`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["report"],
        details=Text(
            en="Without options it is about yesterday. Days are those of HINOMI_TIMEZONE, or of the channel with --send.",
            ja="オプションを省略すると前日のレポートになります。日付は HINOMI_TIMEZONE (--send の場合はチャネル) のタイムゾーンです。",
        ),
        parameters={
            "daily": Text(
                en="One day: yesterday, or the day of --from.", ja="1 日分: 前日、または --from で指定した日。"
            ),
            "weekly": Text(
                en="One week from Monday to Sunday: the last one, or that of --from.",
                ja="月曜日から日曜日までの 1 週間分: 前週、または --from の日を含む週。",
            ),
            "first": Text(en="First day, such as 2026-11-16.", ja="最初の日 (例: 2026-11-16)。"),
            "last": Text(en="Last day, included. [default: today]", ja="最後の日 (その日を含む)。[既定値: 今日]"),
            "form": Text(en="Format of the report.", ja="出力形式。"),
            "out": Text(en="Write the report to this file.", ja="レポートを書き出すファイル。"),
            "send": Text(
                en="Send it to this channel now, such as teams or email:data.",
                ja="今すぐ送信するチャネル (例: teams、email:data)。",
            ),
            "scheduled": Text(
                en="List the reports of HINOMI_REPORTS: when each is sent next, and the last error.",
                ja="HINOMI_REPORTS のレポートについて、次回の送信日時と最後のエラーを一覧表示します。",
            ),
        },
        examples=(
            Example("hinomi report", Text(en="Print the report on yesterday.", ja="前日のレポートを表示します。")),
            Example(
                "hinomi report --weekly --format html --out week.html",
                Text(en="Write last week as a page to print.", ja="前週のレポートを印刷用のページとして書き出します。"),
            ),
            Example(
                "hinomi report --from 2026-11-01 --to 2026-11-15",
                Text(en="The first half of November.", ja="11 月前半のレポートを表示します。"),
            ),
        ),
    )
}
