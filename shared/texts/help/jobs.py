"""Help of `hinomi jobs`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_SERVICE = Text(
    en="Only this service: bigquery, airflow, vertex_ai, dataflow, compute.",
    ja="このサービスのみ: bigquery、airflow、vertex_ai、dataflow、compute。",
)
_HISTORY = {
    "days": Text(en="Period in days, up to now.", ja="対象期間 (現在までの日数)。"),
    "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
    "source": Text(
        en="Read the Schema DB, or its copy in BigQuery.", ja="Schema DB、または BigQuery 上のコピーから読み取ります。"
    ),
}

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["jobs"]),
    "list": HelpPage(
        summary=Text(
            en="List every job with its state; jobs that need attention come first.",
            ja="すべてのジョブを状態とともに、対応が必要なものから順に一覧表示します。",
        ),
        details=Text(
            en="The jobs of the last five weeks. A job is failing if its latest run failed, missing if a run is "
            "due and has not started, slow if its latest run took longer than its usual range, stopped if no "
            "further run is expected, and learning while it has too few runs for a comparison.",
            ja="過去 5 週間のジョブが対象です。状態は、失敗中 (直近の実行が失敗)、未実行 (予定時刻を過ぎても開始していない)、"
            "長時間 (直近の実行の所要時間が通常の範囲を超えた)、停止 (次の実行が見込まれない)、学習中 (比較に必要な実行回数に満たない) などです。",
        ),
        parameters={
            "text": Text(en="Only jobs whose name contains this.", ja="名前にこの文字列を含むジョブのみ。"),
            "states": Text(en="Only jobs in this state; may be repeated.", ja="この状態のジョブのみ (複数指定可)。"),
            "service": _SERVICE,
            "ad_hoc": Text(
                en="Instead, list queries without a job name by account, and operations on machines.",
                ja="代わりに、ジョブ名のないクエリ (アカウント別) とマシンの操作を一覧表示します。",
            ),
            "limit": _HISTORY["limit"],
            "source": _HISTORY["source"],
        },
        examples=(
            Example(
                "hinomi jobs list --state failing --state missing",
                Text(en="Jobs that fail or did not start.", ja="失敗中または未実行のジョブを表示します。"),
            ),
        ),
    ),
    "slow": HelpPage(
        summary=Text(
            en="List jobs that take longer than before. The reference period is four times as long.",
            ja="以前より時間がかかるようになったジョブを一覧表示します。比較対象は、直前の 4 倍の長さの期間です。",
        ),
        details=Text(en="Only successful runs count.", ja="成功した実行だけを比較します。"),
        parameters={**_HISTORY, "service": _SERVICE},
        examples=(
            Example(
                "hinomi jobs slow --days 7 --service bigquery",
                Text(
                    en="BigQuery jobs of the last 7 days against the 28 days before.",
                    ja="過去 7 日間の BigQuery ジョブを、その前の 28 日間と比較します。",
                ),
            ),
        ),
    ),
    "failing": HelpPage(
        summary=Text(
            en="List jobs with failures: jobs that fail now first, then by share of failed runs.",
            ja="失敗のあるジョブを、現在失敗しているもの、失敗率の高いものの順に一覧表示します。",
        ),
        parameters={**_HISTORY, "service": _SERVICE},
        examples=(
            Example(
                "hinomi jobs failing --days 1",
                Text(en="Failures of the last day.", ja="過去 1 日間の失敗を表示します。"),
            ),
        ),
    ),
    "gaps": HelpPage(
        summary=Text(
            en="List missing runs: runs that failed and were never repaired, and runs that never started.",
            ja="失敗したまま復旧していない実行と、予定時刻に開始しなかった実行を一覧表示します。",
        ),
        details=Text(
            en="Hinomi learns from the history when a run is due: after an interval, or at times of day on "
            "weekdays or days of the month.",
            ja="実行予定は、履歴から学習したジョブの実行パターン (実行間隔、曜日ごとの時刻、または毎月の日) をもとに判断します。",
        ),
        parameters={
            "days": _HISTORY["days"],
            "limit": _HISTORY["limit"],
            "service": _SERVICE,
        },
        examples=(
            Example(
                "hinomi jobs gaps --days 7",
                Text(
                    en="Missing runs of the last 7 days, with the command that runs each again.",
                    ja="過去 7 日間の該当する実行を、再実行のコマンドとともに表示します。",
                ),
            ),
        ),
    ),
    "late": HelpPage(
        summary=Text(
            en="List jobs that are or will be late, with their expected end and the upstream run that delays them.",
            ja="遅延しているジョブと遅延が見込まれるジョブを、終了見込みと原因の上流ジョブとともに一覧表示します。",
        ),
        details=Text(
            en="The deadline is the declared time, or else the usual time, learned from the runs on the same kind of day.",
            ja="期限は宣言された時刻です。宣言がない場合は、曜日の種類ごとに実行履歴から学習した通常の終了時刻を使用します。",
        ),
        parameters={"service": _SERVICE, "limit": _HISTORY["limit"]},
        examples=(
            Example(
                "hinomi jobs late",
                Text(en="See what will be late, and why.", ja="遅延が見込まれるジョブとその原因を表示します。"),
            ),
        ),
    ),
    "deadlines": HelpPage(
        summary=Text(
            en="List the deadlines of the next runs of jobs, and whether they will be met.",
            ja="ジョブの次回実行の期限と終了見込みを一覧表示します。",
        ),
        details=Text(
            en="States: `on_time`, `late` (it will probably end after the deadline, or has missed it) and `learning` (too few "
            "runs are known). The list covers the next 24 hours. Each history run updates it; it is empty if the "
            "last history run is more than three hours old.",
            ja="状態は `on_time` (予定どおり)、`late` (期限後の終了が見込まれる、または期限を過ぎた)、`learning` (実行回数が"
            "少なく学習中) です。対象は今後 24 時間です。履歴の収集のたびに更新され、最後の収集から 3 時間を過ぎると表示されません。",
        ),
        parameters={"service": _SERVICE, "limit": _HISTORY["limit"]},
        examples=(
            Example(
                "hinomi jobs deadlines",
                Text(en="List the next deadlines.", ja="次に期限を迎えるジョブを表示します。"),
            ),
        ),
    ),
    "costly": HelpPage(
        summary=Text(
            en="List BigQuery jobs by cost, compared with the same period before.",
            ja="BigQuery ジョブを費用の高い順に、直前の同じ長さの期間と比較して一覧表示します。",
        ),
        parameters=_HISTORY,
        examples=(
            Example(
                "hinomi jobs costly --days 30",
                Text(en="Cost of the last 30 days.", ja="過去 30 日間の費用を表示します。"),
            ),
        ),
    ),
    "show": HelpPage(
        summary=Text(
            en="Show one job over time: its days, its latest runs, the tasks of the latest run with the critical path, and the jobs "
            "downstream and upstream.",
            ja="1 つのジョブの日別の推移、直近の実行、最新の実行のタスクとクリティカルパス、下流と上流のジョブを表示します。",
        ),
        parameters={**_HISTORY, "name": Text(en="Job name, as the lists show it.", ja="一覧に表示されるジョブ名。")},
        examples=(
            Example(
                "hinomi jobs show airflow:daily.load --days 30",
                Text(en="One job over the last 30 days.", ja="ジョブの過去 30 日間の推移を表示します。"),
            ),
        ),
    ),
}
