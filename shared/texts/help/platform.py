"""Help of `hinomi platform`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["platform"]),
    "init": HelpPage(
        summary=Text(
            en="Draft a platform map from the snapshots: layers by resource names, a persona for each group.",
            ja="スナップショットからプラットフォームマップの下書きを作成します。層はリソース名から推定し、グループごとにペルソナを作ります。",
        ),
        parameters={
            "file": Text(
                en="Write it to this new file instead of standard output.",
                ja="標準出力の代わりに、この新しいファイルに書き込みます。",
            )
        },
        examples=(
            Example(
                "hinomi platform init --write platform.yaml",
                Text(en="Write a draft to edit.", ja="編集用の下書きを書き出します。"),
            ),
        ),
    ),
    "check": HelpPage(
        summary=Text(
            en="Check a platform map. Every error is shown with file and line.",
            ja="プラットフォームマップを検査します。エラーはすべてファイル名と行番号とともに表示します。",
        ),
        parameters={"file": Text(en="The platform map.", ja="プラットフォームマップ。")},
        examples=(
            Example("hinomi platform check platform.yaml", Text(en="Check a file.", ja="ファイルを検査します。")),
        ),
    ),
}
