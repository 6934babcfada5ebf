"""Help of `hinomi tables`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["tables"],
        details=Text(
            en="The usual times and volumes are learned from the metadata of the last five weeks; nothing is scanned. Stale tables "
            "come first (docs/late-jobs.md).",
            ja="通常の更新時刻とデータ量は過去 5 週間のメタデータから学習します。テーブルのスキャンは行いません。更新が遅れているテーブルから順に表示します (docs/late-jobs.md)。",
        ),
        parameters={
            "name": Text(en="Only tables whose name contains this text.", ja="名前にこの文字列を含むテーブルのみ。"),
            "stale": Text(
                en="Only tables that are stale or have an unusual volume.",
                ja="更新が遅れているテーブルと、データ量が通常と異なるテーブルのみ。",
            ),
            "limit": Text(en="Show at most this many tables.", ja="表示するテーブルの最大数。"),
            "as_json": Text(en="Print JSON.", ja="JSON で出力します。"),
        },
        examples=(
            Example("hinomi tables --stale", Text(en="See what is wrong now.", ja="現在の問題を確認します。")),
            Example(
                "hinomi tables mart.",
                Text(en="See the tables of a dataset.", ja="データセットのテーブルを確認します。"),
            ),
        ),
    )
}
