"""Help of `hinomi snapshot`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["snapshot"]),
    "run": HelpPage(
        summary=Text(
            en="Run the collectors that are due. The exit code is 1 if one failed.",
            ja="実行時期が来たコレクターを実行します。失敗したものがあれば終了コードは 1 です。",
        ),
        details=Text(
            en="With names, only these collectors; `bigquery` means all of bigquery. Without names, hourly and daily "
            "values are computed and expired history is deleted too.",
            ja="名前を指定すると、そのコレクターだけを実行します。`bigquery` は bigquery のすべてを指します。名前を指定しない場合は、"
            "時間・日単位の集計と、保存期間を過ぎた履歴の削除も行います。",
        ),
        parameters={
            "collectors": Text(
                en="Collectors, as `snapshot collectors` lists them.",
                ja="`snapshot collectors` に表示されるコレクターの名前。",
            ),
            "at": Text(
                en="Run as if called at this time (ISO 8601, UTC without a zone), or this long ago, such as 1h.",
                ja="この日時 (ISO 8601、タイムゾーンがなければ UTC)、または現在からこの時間 (1h など) だけ前に呼び出されたものとして実行します。",
            ),
        },
        examples=(
            Example(
                "hinomi snapshot run",
                Text(en="Run every collector that is due.", ja="実行時期が来たものをすべて実行します。"),
            ),
            Example(
                "hinomi snapshot run iam bigquery.jobs",
                Text(
                    en="Run the collectors of IAM and BigQuery jobs that are due.",
                    ja="IAM と BigQuery ジョブのうち、実行時期が来たものを実行します。",
                ),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="Show the latest run of each collector: last success, rows, calls, cost, error.",
            ja="各コレクターの直近の実行結果 (最終成功、行数、呼び出し回数、費用、エラー) を表示します。",
        ),
        examples=(Example("hinomi snapshot list", Text(en="Show the runs.", ja="実行結果を表示します。")),),
    ),
    "collectors": HelpPage(
        summary=Text(
            en="List every collector: how often it runs, what it records, the permissions it needs.",
            ja="すべてのコレクターの実行間隔、記録内容、必要な権限を一覧表示します。",
        ),
        examples=(
            Example("hinomi snapshot collectors", Text(en="List the collectors.", ja="コレクターを一覧表示します。")),
        ),
    ),
}
