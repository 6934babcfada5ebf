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
            en="Without options, the report is about yesterday. Days are those of HINOMI_TIMEZONE, or of the "
            "channel with --send.",
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
                "hinomi report send target/run_results.json",
                Text(en="Send the results of dbt tests to Hinomi.", ja="dbt テストの結果を Hinomi に送信します。"),
            ),
            Example(
                "hinomi report --from 2026-11-01 --to 2026-11-15",
                Text(en="The first half of November.", ja="11 月前半のレポートを表示します。"),
            ),
        ),
    ),
    "send": HelpPage(
        summary=Text(
            en="Send results of data quality checks, and other reports, of a file.",
            ja="ファイルにあるデータ品質チェックの結果などのレポートを送信します。",
        ),
        details=Text(
            en="Each result goes to the topic of its reporter, which rules/reporters.yaml declares (docs/data-quality.md). The format is"
            " recognized: dbt (run_results.json, sources.json), gx (Great Expectations 0.18 and 1.x), soda (scan results), or"
            " plain: reports as docs/report.schema.json describes them, as one JSON object, an array or JSON lines.\n\n"
            "Every report is checked before the first one is sent. If Pub/Sub does not answer, the reports wait on this machine and are"
            " sent with the next call.",
            ja="結果は、rules/reporters.yaml で宣言した送信元のトピックに送信します (docs/data-quality.md)。形式は自動で判別します: dbt (run_results.json、"
            "sources.json)、gx (Great Expectations 0.18 と 1.x)、soda (スキャン結果)、plain (docs/report.schema.json の形式。JSON オブジェクト、"
            "配列、JSON Lines)。\n\n"
            "すべてのレポートを検査してから送信します。Pub/Sub が応答しない場合、レポートはこのマシンに保存し、次回の実行時に送信します。",
        ),
        parameters={
            "file": Text(en="File with results; - reads standard input.", ja="結果のファイル。- は標準入力。"),
            "form": Text(en="Format of the file; default: recognized.", ja="ファイルの形式。省略時は自動判別。"),
            "reporter": Text(
                en="Declared reporter; default: the one in each report, else the name of the format.",
                ja="宣言済みの送信元。省略時は各レポートの値、なければ形式の名前。",
            ),
            "manifest": Text(
                en="dbt's manifest.json, for names of tests and tables; default: the one beside the file.",
                ja="テストとテーブルの名前を得る dbt の manifest.json。省略時は同じフォルダのもの。",
            ),
            "topic": Text(
                en="Topic; default: hinomi-reports-REPORTER of HINOMI_PROJECT.",
                ja="トピック。省略時は HINOMI_PROJECT の hinomi-reports-REPORTER。",
            ),
            "dry_run": Text(
                en="Print the reports as JSON lines, and send nothing.",
                ja="送信せずに、レポートを JSON Lines で表示します。",
            ),
        },
        examples=(
            Example(
                "hinomi report send target/run_results.json --dry-run",
                Text(en="See what would be sent of a dbt run.", ja="dbt の実行結果から何が送信されるかを確認します。"),
            ),
            Example(
                "hinomi report send scan.json --from soda --reporter soda-nightly",
                Text(en="Send the results of a Soda scan.", ja="Soda のスキャン結果を送信します。"),
            ),
            Example(
                "./checks.sh | hinomi report send - --reporter checks",
                Text(en="Send reports that a script prints.", ja="スクリプトが出力したレポートを送信します。"),
            ),
        ),
    ),
}
