"""Help of `hinomi doctor`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.deploy import PROJECT, REGION

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="Check an installation and show the command that fixes each problem. The exit code is 1 if there is one.",
            ja="インストール状態を検査し、問題ごとに修正用のコマンドを表示します。問題があれば終了コードは 1 です。",
        ),
        parameters={
            "project": PROJECT,
            "region": REGION,
            "verbose": Text(
                en="Show complete commands, and every check even before the first deployment.",
                ja="コマンドを省略せずに表示し、初回デプロイ前でもすべての検査を行います。",
            ),
        },
        examples=(
            Example(
                "hinomi doctor --project my-monitoring --region asia-northeast1",
                Text(en="Check an installation.", ja="インストール状態を検査します。"),
            ),
        ),
    )
}
