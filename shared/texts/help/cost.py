"""Help of `hinomi cost`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_SOURCE = Text(
    en="Read the Schema DB, or its copy in BigQuery.", ja="Schema DB、または BigQuery 上のコピーから読み取ります。"
)
_HISTORY = {
    "days": Text(en="Period in days, up to now.", ja="対象期間 (現在までの日数)。"),
    "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
    "source": _SOURCE,
}

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["cost"]),
    "waiting": HelpPage(
        summary=Text(
            en="Show whose slot usage rose most while a job waited, compared with the same time on other days.",
            ja="ジョブの待機中にスロット使用量が最も増えた利用元を、ほかの日の同じ時間帯と比較して表示します。",
        ),
        parameters={
            "run": Text(
                en="Id of a BigQuery job, as `hinomi jobs show` lists it.",
                ja="`hinomi jobs show` に表示される BigQuery ジョブの ID。",
            ),
            "project": Text(
                en="Project of the job, if several projects have a job with this id.",
                ja="同じ ID のジョブが複数のプロジェクトにある場合のプロジェクト。",
            ),
            "days": Text(en="Compare with this many days before.", ja="比較する過去の日数。"),
            "source": _SOURCE,
        },
        examples=(
            Example(
                "hinomi cost waiting bquxjob_1a2b3c --days 14",
                Text(en="Compare with the 14 days before.", ja="過去 14 日間と比較します。"),
            ),
        ),
    ),
    "by": HelpPage(
        summary=Text(
            en="Show the cost of BigQuery by user, job, dataset, project or label.",
            ja="BigQuery の費用をユーザー、ジョブ、データセット、プロジェクト、ラベル別に表示します。",
        )
    ),
    "by user": HelpPage(
        summary=Text(en="Cost by the user who ran the jobs.", ja="ジョブを実行したユーザー別の費用を表示します。"),
        parameters=_HISTORY,
        examples=(
            Example(
                "hinomi cost by user --days 30", Text(en="The last 30 days.", ja="過去 30 日間の内訳を表示します。")
            ),
        ),
    ),
    "by job": HelpPage(
        summary=Text(en="Cost by job name.", ja="ジョブ名別の費用を表示します。"),
        parameters=_HISTORY,
        examples=(
            Example(
                "hinomi cost by job --limit 10", Text(en="The ten most expensive jobs.", ja="上位 10 件を表示します。")
            ),
        ),
    ),
    "by dataset": HelpPage(
        summary=Text(
            en="Cost by the dataset that is read; a job that reads several is split equally.",
            ja="読み取られたデータセット別の費用を表示します。複数を読むジョブの費用は均等に分けます。",
        ),
        parameters=_HISTORY,
        examples=(
            Example(
                "hinomi cost by dataset --days 30", Text(en="The last 30 days.", ja="過去 30 日間の内訳を表示します。")
            ),
        ),
    ),
    "by project": HelpPage(
        summary=Text(
            en="Cost by the project in which the jobs run.", ja="ジョブを実行したプロジェクト別の費用を表示します。"
        ),
        parameters=_HISTORY,
        examples=(
            Example(
                "hinomi cost by project --days 30",
                Text(en="The last 30 days.", ja="過去 30 日間の内訳を表示します。"),
            ),
        ),
    ),
    "by label": HelpPage(
        summary=Text(en="Cost by the value of a job label.", ja="ジョブのラベルの値別の費用を表示します。"),
        parameters={**_HISTORY, "key": Text(en="Label key, such as team.", ja="ラベルのキー (例: team)。")},
        examples=(
            Example("hinomi cost by label --key team", Text(en="Cost by team.", ja="チーム別の費用を表示します。")),
        ),
    ),
}
