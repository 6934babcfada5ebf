"""Help of `hinomi ping`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["ping"],
        details=Text(
            en="A failure opens an incident of the job, and the next success resolves it. Hinomi learns from the runs when the job "
            "usually starts and how long it takes; a missing, late or long run opens an incident too. --every and --finish-by set "
            "the expected interval and deadline instead. The reporter must be declared in rules/reporters.yaml (docs/load.md).\n\n"
            "The output and the exit code of a command are passed on unchanged. If Pub/Sub is unavailable, the report "
            "waits on this machine and is sent with the next ping.",
            ja="失敗するとジョブのインシデントが発生し、次の成功で復旧します。実行の履歴から通常の開始時刻と所要時間を学習し、未実行や遅延もインシデントになります"
            " (--every や --finish-by で期待する間隔や期限を指定できます)。送信元は rules/reporters.yaml で宣言しておく必要があります (docs/load.md)。\n\n"
            "コマンドを指定すると実行し、出力と終了コードをそのまま引き継ぎます。Pub/Sub が応答しない場合、レポートはこのマシンに保存し、次回の実行時に送信します。",
        ),
        parameters={
            "job": Text(en="Name of the job, as people call it.", ja="ジョブの名前。"),
            "command": Text(en="Command to run, after --.", ja="実行するコマンド (-- の後に指定)。"),
            "reporter": Text(
                en="Reporter, as rules/reporters.yaml declares it.",
                ja="送信元 (rules/reporters.yaml で宣言済みのもの)。",
            ),
            "topic": Text(
                en="Pub/Sub topic to publish to; default: hinomi-reports-REPORTER of HINOMI_PROJECT.",
                ja="送信先の Pub/Sub トピック。省略時は HINOMI_PROJECT の hinomi-reports-REPORTER。",
            ),
            "state": Text(
                en="State to report without a command: started, ok or failed.",
                ja="コマンドなしの場合の状態。started、ok、failed のいずれか。",
            ),
            "summary": Text(en="What happened, in a sentence.", ja="何が起きたかを示す一文。"),
            "severity": Text(en="Severity of a failure.", ja="失敗時の重大度。"),
            "run_id": Text(
                en="Id of the run, the same in the reports of its start and its end.",
                ja="実行の ID。開始と終了の報告で同じ値を指定します。",
            ),
            "every": Text(
                en="Longest time between two runs, such as 1h or 1d; default: learned from the runs.",
                ja="実行間隔の上限 (1h、1d など)。省略時は履歴から学習します。",
            ),
            "finish_by": Text(
                en="Time of day by which a run has to succeed, such as 06:00 or '06:00 Asia/Tokyo'.",
                ja="正常終了の期限となる時刻 (06:00、'06:00 Asia/Tokyo' など)。",
            ),
        },
        examples=(
            Example(
                "hinomi ping nightly-backup --reporter cron -- pg_dump --file orders.dump orders",
                Text(en="Run a command, and report how it ended.", ja="コマンドを実行し、結果を報告します。"),
            ),
            Example(
                "hinomi ping nightly-backup --reporter cron --finish-by '06:00 Asia/Tokyo' -- ./backup.sh",
                Text(
                    en="Open an incident too if no run succeeds by six o'clock.",
                    ja="6 時までに正常終了しない場合もインシデントにします。",
                ),
            ),
            Example(
                "hinomi ping stock-import --reporter cron --state failed --summary 'no file by 06:00'",
                Text(en="Report a failure that a script found.", ja="スクリプトが検出した失敗を報告します。"),
            ),
        ),
    )
}
