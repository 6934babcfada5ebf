"""Help of `hinomi dashboard`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["dashboard"],
        details=Text(
            en="The dashboard listens on loopback only, and you may do everything in it. docs/dashboard.md explains how a "
            "deployed dashboard identifies people.",
            ja="ダッシュボードはループバックでのみ待ち受け、すべての操作が可能です。デプロイしたダッシュボードでの利用者の識別については "
            "docs/dashboard.md を参照してください。",
        ),
        parameters={
            "port": Text(en="Port to listen on; 0: any free one.", ja="待ち受けるポート (0: 空いているポート)。")
        },
        examples=(Example("hinomi dashboard", Text(en="Serve the dashboard.", ja="ダッシュボードを起動します。")),),
    )
}
